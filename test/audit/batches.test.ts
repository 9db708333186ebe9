/** All appends of one turn are one batch: in the file together or not at all, and verify knows how far an anchor may lag (promise 6). */
import { mkdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import * as fc from '../random.ts'
import { describe, expect, test } from 'vitest'
import { MAX_BATCH } from '../../src/audit/chain/files.ts'
import type { AuditRecord } from '../../src/audit/chain/chain.ts'
import { AuditLog } from '../../src/audit/write/log.ts'
import { NotWritten } from '../../src/audit/not-written.ts'
import type { Write } from '../../src/audit/write/segment.ts'
import { verifyAudit } from '../../src/audit/verify/verify.ts'
import { anchorFor, inTemp, linesIn, segments } from './support.ts'

const open = (dir: string, write?: Write): Promise<AuditLog> =>
  AuditLog.open({ dir, required: true, now: Date.now, ...(write && { write }) })

/** The numbers of the calls that are in the log, in its order. */
function numbersIn(dir: string): unknown[] {
  return segments(dir).flatMap((name) =>
    linesIn(dir, name).flatMap((line) => (JSON.parse(line) as AuditRecord)['n'] ?? []),
  )
}

const range = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

interface Written {
  readonly text: string
  readonly isAnchor: boolean
}

/** A write that tells what went through it. */
function watched(): { readonly write: Write; readonly all: Written[] } {
  const all: Written[] = []
  const write: Write = (fd, bytes, position) => {
    all.push({ text: Buffer.from(bytes).toString(), isAnchor: position !== null })
    return writeSync(fd, bytes, 0, bytes.length, position)
  }
  return { write, all }
}

describe('one turn, one batch', () => {
  test('what is appended in one turn, also behind promises, is one write and one anchor, in order', async () => {
    await inTemp(async (dir) => {
      const { write, all } = watched()
      const log = await open(dir, write)
      all.length = 0
      let behind: Promise<void> | undefined
      const direct = range(5).map((n) => log.append('call', { n }))
      void Promise.resolve()
        .then(() => undefined)
        .then(() => (behind = log.append('call', { n: 5 }, 'after')))
      await Promise.all(direct)
      await behind
      expect(all.map(({ isAnchor, text }) => [isAnchor, text.split('\n').length - 1])).toEqual([
        [false, 6],
        [true, 1],
      ])
      expect(numbersIn(dir)).toEqual(range(6))
      await log.append('call', { n: 6 })
      expect(all).toHaveLength(4)
      await log.close()
      expect(await verifyAudit(dir)).toMatchObject({ ok: true, records: 9 })
    })
  })

  test('no append resolves before all of its batch is in the file and anchored', async () => {
    await inTemp(async (dir) => {
      const log = await open(dir)
      const seen = await Promise.all(
        range(50).map(async (n) => {
          await log.append('call', { n })
          return numbersIn(dir).length
        }),
      )
      expect(new Set(seen)).toEqual(new Set([50]))
      await log.close()
    })
  })

  test('who is told that a record is written may write another, which is one more batch', async () => {
    await inTemp(async (dir) => {
      const { write, all } = watched()
      const log = await open(dir, write)
      all.length = 0
      const behind = new Promise<number>((resolve) => {
        log.write('call', { n: 0, text: '€'.repeat(50_000) }, 'before', () =>
          log.write('call', { n: 2 }, 'after', () => resolve(numbersIn(dir).length)),
        )
      })
      await log.append('call', { n: 1 })
      expect([await behind, numbersIn(dir)]).toEqual([3, [0, 1, 2]])
      expect(all.map(({ isAnchor }) => isAnchor)).toEqual([false, true, false, true])
      await log.close()
      expect(await verifyAudit(dir)).toMatchObject({ ok: true, records: 5 })
    })
  })

  test('a record that can not be written is refused alone', async () => {
    await inTemp(async (dir) => {
      const log = await open(dir)
      const kept = [
        log.append('call', { n: 0 }),
        log.append('call', { n: 1n }),
        log.append('call', { n: 1 }),
        log.append('call', { text: 'ä'.repeat(2_200_000) }),
        log.append('call', { seq: 3 }),
        log.append('call', { n: 2 }),
      ]
      const settled = await Promise.allSettled(kept)
      expect(settled.map(({ status }) => status === 'fulfilled')).toEqual([
        true,
        false,
        true,
        false,
        false,
        true,
      ])
      expect(numbersIn(dir)).toEqual([0, 1, 2])
      await log.close()
      expect(await verifyAudit(dir)).toMatchObject({ ok: true, records: 5 })
    })
  })

  test('no batch has more records than verify lets an anchor lag, nor is much larger than a MiB', async () => {
    await inTemp(async (dir) => {
      const { write, all } = watched()
      const log = await open(dir, write)
      const many = range(3 * MAX_BATCH + 7).map((n) => log.append('call', { n }))
      const long = range(5).map((n) => log.append('call', { long: n, text: 'x'.repeat(900_000) }))
      await Promise.all([...many, ...long])
      const batches = all.filter(({ isAnchor }) => !isAnchor).map(({ text }) => text)
      expect(Math.max(...batches.map((text) => text.split('\n').length - 1))).toBe(MAX_BATCH)
      expect(Math.max(...batches.map((text) => text.length))).toBeLessThan(2_000_000)
      expect(numbersIn(dir)).toEqual(range(3 * MAX_BATCH + 7))
      await log.close()
      expect(await verifyAudit(dir)).toMatchObject({ ok: true })
    })
  })

  test('closing writes what waits, and what comes later is refused', async () => {
    await inTemp(async (dir) => {
      const log = await open(dir)
      const waiting = range(3).map((n) => log.append('call', { n }))
      const closed = log.close()
      const late = log.append('call', { n: 3 })
      await expect(late).rejects.toThrow(NotWritten)
      await Promise.all([...waiting, closed])
      expect(numbersIn(dir)).toEqual([0, 1, 2])
      expect(await verifyAudit(dir)).toMatchObject({ ok: true, records: 5, unfinished: 0 })
    })
  })
})

const HARMS = {
  'takes nothing': 0,
  'takes a byte': 1,
  'takes a record and a half': 1.5,
  'takes all and says it did not': Infinity,
} as const

/** A disk that takes only a part of what it is given. */
function harmed(harm: keyof typeof HARMS, throws: boolean): Write {
  return (fd, bytes, position) => {
    const line = bytes.indexOf(10) + 1
    const part = HARMS[harm] === 1.5 ? Math.min(bytes.length - 1, Math.floor(line * 1.5)) : HARMS[harm]
    const written = writeSync(fd, bytes, 0, Math.min(bytes.length, part), position)
    if (throws) throw Object.assign(new Error('no space'), { code: 'ENOSPC' })
    return Math.min(written, bytes.length - 1)
  }
}

describe('a batch that the disk takes only in part', () => {
  const turns = fc.array(
    fc.record({
      appends: fc.integer({ min: 1, max: 5 }),
      fails: fc.constantFrom('nothing', 'lines', 'anchor', 'both'),
      harm: fc.constantFrom(...(Object.keys(HARMS) as (keyof typeof HARMS)[])),
      throws: fc.boolean(),
    }),
    { minLength: 1, maxLength: 8 },
  )

  test('counts not at all: file, chain, anchor and what callers were told agree after every turn', async () => {
    await fc.assert(
      fc.asyncProperty(turns, async (all) => {
        await inTemp(async (dir) => {
          let broken: Write | undefined
          const write: Write = (fd, bytes, position) =>
            (broken ?? ((...plain) => writeSync(plain[0], plain[1], 0, plain[1].length, plain[2])))(
              fd,
              bytes,
              position,
            )
          const log = await open(dir, write)
          const told: number[] = []
          let n = 0
          for (const { appends, fails, harm, throws } of all) {
            const harmful = harmed(harm, throws)
            let failed = false
            if (fails !== 'nothing')
              broken = (fd, bytes, position) => {
                const isMeant = fails === 'both' || (fails === 'anchor') === (position !== null)
                // What is put right afterwards works, except where both fail.
                if (!isMeant || (failed && fails !== 'both'))
                  return writeSync(fd, bytes, 0, bytes.length, position)
                failed = true
                return harmful(fd, bytes, position)
              }
            const settled = await Promise.allSettled(
              Array.from({ length: appends }, async () => {
                const own = n++
                await log.append('call', { n: own })
                return own
              }),
            )
            broken = undefined
            const reasons = settled.flatMap((one) =>
              one.status === 'rejected' ? [one.reason as unknown] : [],
            )
            expect(reasons.every((reason) => reason instanceof NotWritten)).toBe(true)
            expect([0, appends]).toContain(reasons.length)
            told.push(...settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])))
            expect(numbersIn(dir)).toEqual(told)
            expect(await verifyAudit(dir)).toMatchObject({ ok: true, records: told.length + 1, cutOff: 0 })
          }
          await log.append('call', { n })
          await log.close()
          expect(numbersIn(dir)).toEqual([...told, n])
          expect(await verifyAudit(dir)).toMatchObject({ ok: true, records: told.length + 3 })
        })
      }),
      { numRuns: 25 },
    )
  })
})

/** A run that was killed between a batch and its anchor, and the anchor from before. */
async function killed(
  batch: number,
  use: (files: {
    dir: string
    file: string
    lines: string[]
    head: (seq: number) => string
  }) => Promise<void>,
): Promise<void> {
  await inTemp(async (dir) => {
    const log = await open(dir)
    await log.append('call', { n: 0 })
    const [name = ''] = segments(dir)
    await Promise.all(range(batch).map((n) => log.append('call', { n: n + 1 })))
    const file = join(dir, name)
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1)
    const head = (seq: number): string => anchorFor(dir, name, lines[seq - 1] ?? '')
    writeFileSync(`${file}.head`, head(2))
    await use({ dir, file, lines, head })
    await log.close()
  })
}

const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')

describe('a batch whose anchor was not written', () => {
  test('cut wherever it may be it is the trace of a crash, and before it it is not', async () => {
    await killed(2, async ({ dir, file, lines, head }) => {
      const whole = Buffer.from(text(lines))
      const anchored = Buffer.byteLength(text(lines.slice(0, 2)))
      // Each in a directory of its own, at the same time: half a line is looked at again after a while.
      const cut = async (end: number): Promise<object> => {
        // Beside it, so that they have one key.
        const copy = join(dirname(dir), String(end))
        mkdirSync(copy)
        writeFileSync(join(copy, basename(file)), whole.subarray(0, end))
        writeFileSync(join(copy, `${basename(file)}.head`), head(2))
        const { ok, cutOff } = await verifyAudit(copy)
        return { end, ok, ...(ok && { cutOff }) }
      }
      // At and around the end of each line, and often within one.
      const isNearEnd = (end: number): boolean => whole.subarray(Math.max(0, end - 2), end + 1).includes(10)
      const ends = range(whole.length + 1).filter((end) => end % 7 === 0 || isNearEnd(end))
      expect(await Promise.all(ends.map(cut))).toEqual(
        ends.map((end) =>
          end < anchored ? { end, ok: false } : { end, ok: true, cutOff: whole[end - 1] === 10 ? 0 : 1 },
        ),
      )
    })
  })

  test.each<[string, (lines: string[]) => string[]]>([
    ['two of its records are swapped', ([a, b, c, d, ...rest]) => [a, b, d, c, ...rest].map(String)],
    ['one of them is missing', (lines) => lines.toSpliced(3, 1)],
    ['one of them stands twice', (lines) => lines.toSpliced(3, 0, lines[3] ?? '')],
    ['one of them was changed', (lines) => lines.with(3, (lines[3] ?? '').replace('"n":2', '"n":3'))],
  ])('%s: a fault as everywhere', async (_what, change) => {
    await killed(5, async ({ dir, file, lines }) => {
      expect(await verifyAudit(dir)).toMatchObject({ ok: true, records: 7 })
      writeFileSync(file, text(change(lines)))
      expect(await verifyAudit(dir)).toMatchObject({ ok: false })
    })
  })

  test('an anchor ahead of the file, of another record, or lost, is a fault', async () => {
    await killed(5, async ({ dir, file, lines, head }) => {
      writeFileSync(`${file}.head`, head(7))
      expect(await verifyAudit(dir)).toMatchObject({ ok: true })
      writeFileSync(file, text(lines.slice(0, 6)))
      expect(await verifyAudit(dir)).toMatchObject({ ok: false, problem: { line: 7 } })
      writeFileSync(
        `${file}.head`,
        head(5).replace(/^\d+/, (seq) => seq.replace('5', '4')),
      )
      expect(await verifyAudit(dir)).toMatchObject({ ok: false, problem: { line: 0 } })
      writeFileSync(`${file}.head`, 'x')
      expect(await verifyAudit(dir)).toMatchObject({ ok: false })
    })
  })

  test('an anchor may be a whole batch behind, and not a record more', async () => {
    await killed(MAX_BATCH, async ({ dir, file, head }) => {
      expect(await verifyAudit(dir)).toMatchObject({ ok: true, records: MAX_BATCH + 2 })
      writeFileSync(`${file}.head`, head(1))
      expect(await verifyAudit(dir)).toMatchObject({
        ok: false,
        problem: {
          line: MAX_BATCH + 2,
          message: expect.stringMatching(/further ahead of its anchor/) as string,
        },
      })
      // Half a record behind it changes nothing.
      writeFileSync(file, '{"seq', { flag: 'a' })
      expect(await verifyAudit(dir)).toMatchObject({ ok: false })
      // A power loss can have taken the anchor's last state, where nobody touched the files since.
      expect(await verifyAudit(dir, { bootedAt: Date.now() + 60_000 })).toMatchObject({ ok: true })
    })
  })
})
