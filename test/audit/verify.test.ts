import { readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { GENESIS, seal, verifyRecords } from '../../src/audit/chain.ts'
import type { AuditRecord, Head } from '../../src/audit/chain.ts'
import { formatAnchor } from '../../src/audit/files.ts'
import { verifyAudit } from '../../src/audit/verify.ts'
import { inTemp, linesIn, segments, tampered, writeSegment } from './support.ts'

const COUNT = 50
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

describe('every change of every record is noticed, and where (promise 6)', () => {
  test('the log as it was written is whole', async () => {
    expect(await verifyAudit(dir)).toEqual({ ok: true, segments: 1, records: COUNT, unfinished: 0 })
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
    for (let at = 0; at < COUNT; at += 7) {
      const change = (text: string): string => {
        const lines = text.split('\n')
        return [...lines.slice(0, at), lines[at]?.slice(0, 20)].join('\n')
      }
      const { problem } = await tampered(dir, segment, change, verifyAudit)
      expect(problem).toMatchObject({ line: at + 1, seq: at + 1, message: 'is cut off' })
    }
  })

  test('only the last line end is missing', async () => {
    const { problem } = await tampered(dir, segment, (text) => text.slice(0, -1), verifyAudit)
    expect(problem?.line).toBe(COUNT)
  })

  test('written anew from some record on, with every hash right', async () => {
    const { problem } = await tampered(dir, segment, (text) => forged(text, 20), verifyAudit)
    expect(problem).toMatchObject({ line: COUNT, message: 'is not the record that its anchor knows' })
  })
})

/** The chain with record `at` changed and all behind it made to follow. */
function forged(text: string, at: number): string {
  let head: Head = GENESIS
  const lines = text
    .split('\n')
    .slice(0, -1)
    .map((line, i) => {
      const { seq: _seq, time, type, prev: _prev, hash: _hash, ...facts } = JSON.parse(line) as AuditRecord
      const record = seal(type, time, i === at ? { ...facts, forged: true } : facts, head)
      head = record
      return `${JSON.stringify(record)}\n`
    })
  return lines.join('')
}

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

describe('segments vouch for each other (promise 6)', () => {
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
      writeFileSync(join(dir, `${second}.head`), formatAnchor(JSON.parse(lines[3] ?? '') as AuditRecord))
      const { problem } = await verifyAudit(dir)
      expect(problem).toMatchObject({ segment: second, line: 5, seq: 5 })
      expect(problem?.message).toContain(newest)
    })
  })

  test('an older one that was written anew together with its anchor', async () => {
    await three(async (dir, [first, second]) => {
      const text = forged(readFileSync(join(dir, first), 'utf8'), 2)
      writeFileSync(join(dir, first), text)
      writeFileSync(
        join(dir, `${first}.head`),
        formatAnchor(JSON.parse(text.trim().split('\n').at(-1) ?? '') as AuditRecord),
      )
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

describe('nothing in the files makes it throw', () => {
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
    const record = seal(
      'call',
      '2026-01-01T00:00:00.000Z',
      { a: undefined, b: Number.NaN, c: '\ud800', d: [1] },
      GENESIS,
    )
    expect(record).toMatchObject({ seq: 1, b: null, c: '\ufffd', d: [1] })
    expect(verifyRecords([JSON.stringify(record)])).toEqual({ ok: true, head: record })
  })

  test('any JSON as a fact makes a record that verifies', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue({ stringUnit: 'binary' })), (facts) => {
        let head: Head = GENESIS
        const lines = facts.map((fact) => {
          const record = seal('call', '2026-01-01T00:00:00.000Z', { fact }, head)
          head = record
          return JSON.stringify(record)
        })
        expect(verifyRecords(lines).ok).toBe(true)
      }),
    )
  })

  test.each(['seq', 'time', 'type', 'prev', 'hash'])('a fact can not pass for %s', (name) => {
    expect(() => seal('call', '', { [name]: 1 }, GENESIS)).toThrow(TypeError)
  })
})
