import { readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from '../random.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { GENESIS, seal } from '../../src/audit/chain/chain.ts'
import type { AuditRecord, Head } from '../../src/audit/chain/chain.ts'
import { AuditLog } from '../../src/audit/write/log.ts'
import type { Sealing } from '../../src/audit/chain/key.ts'
import { verifyAudit } from '../../src/audit/verify/verify.ts'
import { together } from '../together.ts'
import { workOf } from '../work.ts'
import {
  anchorFor,
  inTemp,
  keyIn,
  linesIn,
  segments,
  tampered,
  verifyRecords,
  writeSegment,
} from './support.ts'

// They wait for the disk.
together()

/** Each of them is changed in each way. */
const COUNT = 20
let dir = ''
let segment = ''
let foreign = ''
let done = (): void => undefined

beforeAll(async () => {
  const ready = new Promise<void>((resolve) => {
    void inTemp(async (temp) => {
      dir = temp
      segment = await writeSegment(dir, COUNT)
      foreign = await inTemp(async (other) => linesIn(other, await writeSegment(other, 10))[4] ?? '')
      resolve()
      await new Promise<void>((end) => (done = end))
    })
  })
  await ready
})
afterAll(() => done())

type Edit = (lines: string[], at: number) => string[]
const flip = (line: string, at: number): string => {
  const place = Math.floor(at * line.length)
  return line.slice(0, place) + (line[place] === 'x' ? 'y' : 'x') + line.slice(place + 1)
}

/** What is done to record `at`, and the line, from 1, at which it is noticed first. */
const edits: [string, Edit, (at: number) => number][] = [
  ['flip in its first half', (lines, at) => lines.with(at, flip(lines[at] ?? '', 0.3)), (at) => at + 1],
  ['flip in its second half', (lines, at) => lines.with(at, flip(lines[at] ?? '', 0.8)), (at) => at + 1],
  ['add a blank', (lines, at) => lines.with(at, `${lines[at]} `), (at) => at + 1],
  ['delete', (lines, at) => lines.toSpliced(at, 1), (at) => at + 1],
  ['duplicate', (lines, at) => lines.toSpliced(at, 0, lines[at] ?? ''), (at) => at + 2],
  [
    'move to the end',
    (lines, at) => [...lines.toSpliced(at, 1), lines[at] ?? ''],
    (at) => (at === COUNT - 1 ? 0 : at + 1),
  ],
  ['truncate before', (lines, at) => lines.slice(0, at), (at) => at + 1],
  ['put a record of another log before', (lines, at) => lines.toSpliced(at, 0, foreign), (at) => at + 1],
  ['put garbage before', (lines, at) => lines.toSpliced(at, 0, '{"seq":'), (at) => at + 1],
  ['put an empty line before', (lines, at) => lines.toSpliced(at, 0, ''), (at) => at + 1],
]

describe.concurrent('every change of every record is noticed, and where (promise 6)', () => {
  test('the log as it was written is whole', async () => {
    expect(await verifyAudit(dir)).toEqual({
      ok: true,
      segments: 1,
      records: COUNT,
      unfinished: 0,
      cutOff: 0,
      sealed: { key: keyIn(dir).id, since: expect.any(String) as string, readableBy: [] },
      heads: [{ segment, seq: COUNT, hash: expect.any(String) as string }],
    })
  })

  test.each(edits)('%s', async (_, edit, noticed) => {
    for (let at = 0; at < COUNT; at++) {
      const line = noticed(at)
      if (line === 0) continue
      const change = (text: string): string =>
        edit(text.split('\n').slice(0, -1), at)
          .map((line) => `${line}\n`)
          .join('')
      const found = await tampered(dir, segment, change, verifyAudit)
      expect({ at, ok: found.ok, segment: found.problem?.segment, line: found.problem?.line }).toEqual({
        at,
        ok: false,
        segment,
        line,
      })
    }
  })

  test('cut off within a line', async () => {
    for (let at = 0; at < COUNT; at += 3) {
      const change = (text: string): string => {
        const lines = text.split('\n')
        return [...lines.slice(0, at), lines[at]?.slice(0, 20)].join('\n')
      }
      const { problem } = await tampered(dir, segment, change, verifyAudit)
      expect(problem).toMatchObject({
        line: at + 1,
        seq: at + 1,
        message: expect.stringMatching(/^is cut off, and was whole before: a power loss/),
      })
    }
  })

  test('only the last line end is missing', async () => {
    const { problem } = await tampered(dir, segment, (text) => text.slice(0, -1), verifyAudit)
    expect(problem?.line).toBe(COUNT)
  })

  test('written anew from some record on, with every hash right', async () => {
    const { problem } = await tampered(dir, segment, (text) => forged(text, 8, keyIn(dir).seal), verifyAudit)
    expect(problem).toMatchObject({ line: COUNT, message: 'is not the record that its anchor knows' })
  })
})

/** The chain with record `at` changed and all behind it made to follow. */
function forged(text: string, at: number, sealing?: Sealing): string {
  let head: Head = GENESIS
  const lines = text
    .split('\n')
    .slice(0, -1)
    .map((line, i) => {
      const { seq: _seq, time, type, prev: _prev, hash: _hash, ...facts } = JSON.parse(line) as AuditRecord
      const sealed = seal(type, time, i === at ? { ...facts, forged: true } : facts, head, sealing)
      head = sealed
      return `${sealed.line}\n`
    })
  return lines.join('')
}

describe.concurrent('half a line at the end of a run that was stopped by force', () => {
  const killed = async (use: (dir: string, segment: string) => Promise<void>): Promise<void> =>
    inTemp(async (dir) => {
      const log = await AuditLog.open({ dir, required: true, now: () => 0 })
      for (let n = 0; n < 3; n += 1) await log.append('call', { n })
      const [segment = ''] = segments(dir)
      await use(dir, segment)
      await log.close()
    })
  const last = (text: string): string => text.trimEnd().split('\n').at(-1) ?? ''

  test.each<[string, (text: string) => string]>([
    ['of a record that was being written', (text) => `${text}${last(text).slice(0, 90)}`],
    ['a single character of it', (text) => `${text}{`],
    ['all but its end of line', (text) => `${text}${last(text)}`],
    ['of zeros, as file systems leave', (text) => `${text}${'\0'.repeat(512)}`],
  ])('%s is the trace of a crash, and is said', async (_what, change) => {
    await killed(async (dir, segment) => {
      const found = await tampered(dir, segment, change, verifyAudit)
      expect(found).toMatchObject({ ok: true, segments: 1, records: 4, unfinished: 1, cutOff: 1 })
    })
  })

  test.each<[string, (text: string) => string, RegExp]>([
    ['of a record that its anchor knows', (text) => text.slice(0, -20), /^is cut off, and was whole/],
    [
      'behind records that were taken away',
      (text) => `${text.split('\n', 2).join('\n')}\n{"seq`,
      /^is cut off, and was whole/,
    ],
    ['and a line behind it', (text) => `${text}{"seq\n${last(text)}\n`, /./],
    [
      'that is longer than any record',
      (text) => `${text}${'x'.repeat(4 * 1024 * 1024 + 1)}`,
      /^is longer than any record/,
    ],
  ])('%s is not', async (_what, change, message) => {
    await killed(async (dir, segment) => {
      const { ok, problem } = await tampered(dir, segment, change, verifyAudit)
      expect([ok, problem?.message]).toEqual([false, expect.stringMatching(message)])
    })
  })

  test('behind an orderly end is not', async () => {
    await inTemp(async (dir) => {
      const segment = await writeSegment(dir, 5)
      const { problem } = await tampered(dir, segment, (text) => `${text}{"seq`, verifyAudit)
      expect(problem).toMatchObject({ line: 6, message: 'stands behind the end of the segment' })
    })
  })
})

const three = async (use: (dir: string, names: [string, string, string]) => Promise<void>): Promise<void> =>
  inTemp(async (dir) => {
    const names: [string, string, string] = [
      await writeSegment(dir, 5),
      await writeSegment(dir, 6),
      await writeSegment(dir, 7),
    ]
    expect(await verifyAudit(dir)).toMatchObject({ ok: true, segments: 3, records: 18 })
    await use(dir, names)
  })

describe.concurrent('segments vouch for each other (promise 6)', () => {
  test.each([0, 1])('an older one that was removed with its anchor (%i)', async (which) => {
    await three(async (dir, names) => {
      const gone = names[which] ?? ''
      rmSync(join(dir, gone))
      rmSync(join(dir, `${gone}.head`))
      const { problem } = await verifyAudit(dir)
      expect(problem).toEqual({
        segment: gone,
        line: 0,
        message: `is missing, but ${names[which + 1]} knows of it`,
      })
    })
  })

  test('the newest that was removed, but for its anchor', async () => {
    await three(async (dir, [, , newest]) => {
      rmSync(join(dir, newest))
      expect((await verifyAudit(dir)).problem).toEqual({
        segment: newest,
        line: 0,
        message: 'is missing, but its anchor knows of it',
      })
    })
  })

  test('an older one that was shortened together with its anchor', async () => {
    await three(async (dir, [, second, newest]) => {
      const lines = linesIn(dir, second).slice(0, 4)
      writeFileSync(join(dir, second), lines.map((line) => `${line}\n`).join(''))
      writeFileSync(join(dir, `${second}.head`), anchorFor(dir, second, lines[3] ?? ''))
      const { problem } = await verifyAudit(dir)
      expect(problem).toMatchObject({ segment: second, line: 5, seq: 5 })
      expect(problem?.message).toContain(newest)
    })
  })

  test('an older one that was written anew together with its anchor', async () => {
    await three(async (dir, [first, second]) => {
      const text = forged(readFileSync(join(dir, first), 'utf8'), 2, keyIn(dir).seal)
      writeFileSync(join(dir, first), text)
      writeFileSync(join(dir, `${first}.head`), anchorFor(dir, first, text.trim().split('\n').at(-1) ?? ''))
      expect((await verifyAudit(dir)).problem).toEqual({
        segment: first,
        line: 5,
        seq: 5,
        message: `is not the record that ${second} knows`,
      })
    })
  })

  test('one that was put under another name', async () => {
    await three(async (dir, [first]) => {
      const other = first.replace(/^\d{4}/, '2030')
      renameSync(join(dir, first), join(dir, other))
      renameSync(join(dir, `${first}.head`), join(dir, `${other}.head`))
      expect((await verifyAudit(dir)).problem).toMatchObject({ segment: first, line: 0 })
    })
  })

  test('the list of what a segment saw stays short', async () => {
    await inTemp(async (dir) => {
      for (let i = 0; i < 5; i++) await writeSegment(dir, 3)
      const witnessed = segments(dir).map((name) => {
        const start = JSON.parse(linesIn(dir, name)[0] ?? '') as { witness: { segment: string }[] }
        return start.witness.map(({ segment }) => segment)
      })
      expect(witnessed).toEqual([
        [],
        ...segments(dir)
          .slice(0, -1)
          .map((name) => [name]),
      ])
    })
  })
})

describe.concurrent('nothing in the files makes it throw', () => {
  test('no directory, and an empty one', async () => {
    await inTemp(async (dir) => {
      expect(await verifyAudit(dir)).toMatchObject({ ok: true, segments: 0, records: 0 })
    })
  })

  test.each<[string, (file: string) => void]>([
    ['no anchor', (file) => rmSync(`${file}.head`)],
    ['an unreadable anchor', (file) => writeFileSync(`${file}.head`, 'x'.repeat(500))],
    [
      'a link in place of the segment',
      (file) => {
        renameSync(file, `${file}.away`)
        symlinkSync(`${file}.away`, file)
      },
    ],
    ['a segment that is empty', (file) => writeFileSync(file, '')],
    ['a line without an end', (file) => writeFileSync(file, 'x'.repeat(6_000_000))],
    ['nesting without an end', (file) => writeFileSync(file, `${'['.repeat(1_000_000)}\n`)],
  ])('%s', async (_, harm) => {
    await inTemp(async (dir) => {
      const name = await writeSegment(dir, 5)
      harm(join(dir, name))
      expect(await verifyAudit(dir)).toMatchObject({ ok: false, problem: { segment: name } })
    })
  })

  test('random bytes in segment and anchor', async () => {
    await inTemp(async (dir) => {
      const name = await writeSegment(dir, 5)
      const bytes = fc.oneof(
        fc.uint8Array({ maxLength: 300 }),
        fc
          .array(fc.jsonValue(), { maxLength: 4 })
          .map((values) => Buffer.from(values.map((v) => `${JSON.stringify(v)}\n`).join(''))),
      )
      await fc.assert(
        fc.asyncProperty(bytes, bytes, async (segment, anchor) => {
          writeFileSync(join(dir, name), segment)
          writeFileSync(join(dir, `${name}.head`), anchor)
          expect((await verifyAudit(dir)).ok).toBe(false)
        }),
        { numRuns: 200 },
      )
    })
  })
})

describe('records', () => {
  test('facts are taken as JSON carries them', () => {
    const { line, seq, hash } = seal(
      'call',
      '2026-01-01T00:00:00.000Z',
      { a: undefined, b: Number.NaN, c: '\ud800', d: [1] },
      GENESIS,
    )
    expect(JSON.parse(line)).toMatchObject({ seq: 1, b: null, c: '\ufffd', d: [1] })
    expect(verifyRecords([line])).toMatchObject({ ok: true, head: { seq, hash } })
  })

  test.each(['seq', 'time', 'type', 'prev', 'hash'])('a fact can not pass for %s', (name) => {
    expect(() => seal('call', '', { [name]: 1 }, GENESIS)).toThrow(TypeError)
  })
})

test('heads that are known of one run cost a look each, as many as a journal has after weeks', async () => {
  await inTemp(async (dir) => {
    const segment = await writeSegment(dir, 100)
    const records = linesIn(dir, segment).map((line) => JSON.parse(line) as AuditRecord)
    const told = Array.from({ length: 100 }, () => records).flatMap((all) =>
      all.map(({ seq, hash }) => ({ segment, seq, hash, by: "the system's journal" })),
    )
    const once = await workOf(async () => verifyAudit(dir))
    const taken = await workOf(async () =>
      expect(await verifyAudit(dir, { told })).toMatchObject({ ok: true }),
    )
    expect(taken).toBeLessThan(once + 5)
  })
})
