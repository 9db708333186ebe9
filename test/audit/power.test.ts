/** What a power loss leaves of the log, told apart from what somebody does to it (promise 6). */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { formatMark, readAnchor } from '../../src/audit/chain/files.ts'
import { headBookFile } from '../../src/audit/seals/head-book.ts'
import { AuditLog } from '../../src/audit/write/log.ts'
import { sealsOf } from '../../src/audit/seals/seals.ts'
import { verifyAudit } from '../../src/audit/verify/verify.ts'
import { anchorFor, inTemp, keyIn, segments, writeSegment } from './support.ts'
import { together } from '../together.ts'

together()

/** Of six records this many were on the disk itself. */
const MARK = 3

interface Files {
  readonly lines: readonly string[]
  readonly anchor: string
}
type Harm = (files: Files) => { readonly text: string; readonly anchor?: string }

const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')
const whole = ({ lines }: Files): string => text(lines)

/** A run that had no end, in the middle of two that had one, and what became of its files. */
async function harmed(
  harm: Harm,
  { mark = MARK, stepMs = 10, ends = false } = {},
): ReturnType<typeof verifyAudit> {
  return inTemp(async (dir) => {
    let now = Date.UTC(2026, 1, 1)
    await writeSegment(dir, 4)
    const before = new Set(segments(dir))
    const log = await AuditLog.open({ dir, required: true, now: () => (now += stepMs) })
    for (let n = 0; n < (ends ? 4 : 5); n += 1) await log.append('call', { n })
    const name = segments(dir).find((segment) => !before.has(segment)) ?? ''
    if (!ends) await writeSegment(dir, 4)
    const book = readFileSync(headBookFile(sealsOf(dir)))
    await log.close()
    // A run that was ended by a power loss told the book of no end.
    if (!ends) writeFileSync(headBookFile(sealsOf(dir)), book)
    const file = join(dir, name)
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, 6)
    const anchor = `${anchorFor(dir, name, lines[5] ?? '')}${formatMark(mark, name, keyIn(dir))}`
    const after = harm({ lines, anchor })
    writeFileSync(file, after.text)
    writeFileSync(`${file}.head`, after.anchor ?? anchor)
    const [sinceBoot, beforeBoot] = [
      await verifyAudit(dir, { bootedAt: 0 }),
      await verifyAudit(dir, { bootedAt: Date.now() + 60_000 }),
    ]
    // Nothing that was changed since this machine was started was changed by a power loss.
    if (beforeBoot.ok) expect(sinceBoot).toMatchObject({ ok: false, problem: { segment: name } })
    else expect(sinceBoot.problem).toEqual(beforeBoot.problem)
    return beforeBoot
  })
}

describe.concurrent('what a power loss takes is said, and is no fault for good', () => {
  test.each<[string, Harm, number | undefined, number?]>([
    ['whole records', ({ lines }) => ({ text: text(lines.slice(0, 4)) }), 2],
    ['half a record, and its anchor is ahead', ({ lines }) => ({ text: text(lines).slice(0, -20) }), 1],
    ['the end of the last line alone', ({ lines }) => ({ text: text(lines).slice(0, -1) }), 1],
    [
      'records, with zeros in their place',
      ({ lines }) => ({ text: text(lines.slice(0, 4)) + '\0'.repeat(300) }),
      2,
    ],
    [
      'half a record, with zeros in its place',
      ({ lines }) => ({ text: `${text(lines).slice(0, -150)}${'\0'.repeat(150)}` }),
      1,
    ],
    [
      'a block in the middle, and what is behind it is there',
      ({ lines }) => ({
        text: text([...lines.slice(0, 3), '\0'.repeat(40) + lines[4]?.slice(40), ...lines.slice(5)]),
      }),
      3,
    ],
    ['all of the anchor', (files) => ({ text: whole(files), anchor: '' }), undefined],
    [
      'the anchor, with zeros in its place',
      (files) => ({ text: whole(files), anchor: '\0'.repeat(99) }),
      undefined,
    ],
    ['half of the anchor', (files) => ({ text: whole(files), anchor: files.anchor.slice(0, 40) }), undefined],
    [
      'all but the first digits of the anchor',
      (files) => ({ text: whole(files), anchor: files.anchor.slice(0, 7) }),
      undefined,
    ],
    ['everything, of a run that was on the way to the disk', () => ({ text: '' }), 6, 0],
    ['the first record too, with zeros in its place', () => ({ text: '\0'.repeat(4096) }), 6, 0],
  ])('%s', async (_what, harm, lost, mark = MARK) => {
    const found = await harmed(harm, { mark })
    expect(found).toMatchObject({ ok: true, segments: 3, cutOff: 1 })
    expect(found.lost).toBe(lost)
  })
})

describe.concurrent('what a power loss can not have done is a fault', () => {
  const OLD = { stepMs: 60_000 }
  test.each<[string, Harm, Parameters<typeof harmed>[1]?]>([
    ['a record is gone that was on the disk', ({ lines }) => ({ text: text(lines.slice(0, 2)) })],
    [
      'half of a record is gone that was on the disk',
      ({ lines }) => ({ text: text(lines.slice(0, 3)).slice(0, -20) }),
    ],
    ['a record was taken out', ({ lines }) => ({ text: text(lines.toSpliced(1, 1)) })],
    [
      'a record was changed',
      ({ lines }) => ({ text: text(lines.with(2, (lines[2] ?? '').replace('"n":', '"m":'))) }),
    ],
    ['the first record is gone', ({ lines }) => ({ text: text(lines.slice(1)) })],
    ['the end of a run that had one', ({ lines }) => ({ text: `${text(lines)}{"seq":7` }), { ends: true }],
    ['an anchor that says what no anchor does', (files) => ({ text: whole(files), anchor: 'x'.repeat(99) })],
    ['the anchor of a run that went on for long', (files) => ({ text: whole(files), anchor: '' }), OLD],
    [
      'nobody wrote down what was on the disk',
      ({ lines, anchor }) => ({ text: text(lines.slice(0, 4)), anchor: anchor.slice(0, 115) }),
    ],
  ])('%s', async (_what, harm, how = {}) => {
    expect(await harmed(harm, how)).toMatchObject({ ok: false })
  })
})

test('records get to the disk by themselves, and the anchor says so', async ({ expect }) => {
  await inTemp(async (dir) => {
    const log = await AuditLog.open({ dir, required: true, now: Date.now })
    const [name = ''] = segments(dir)
    await expect.poll(() => readAnchor(dir, name)?.onDisk).toBe(1)
    for (let n = 0; n < 3; n += 1) await log.append('call', { n })
    expect(readAnchor(dir, name)).toMatchObject({ seq: 4 })
    await expect.poll(() => readAnchor(dir, name)?.onDisk).toBe(4)
    await log.close()
    expect(await verifyAudit(dir)).toMatchObject({ ok: true, records: 5, unfinished: 0 })
  })
})
