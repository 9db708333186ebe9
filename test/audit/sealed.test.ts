/**
 * The log against who can write all of its files but read no key, and what is said where the key is gone (promise 6). Each
 * attack makes everything agree that can be made to agree without the key.
 */
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createHmac } from 'node:crypto'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { GENESIS, seal, type AuditRecord } from '../../src/audit/chain/chain.ts'
import { readAnchor } from '../../src/audit/chain/files.ts'
import { headBookFile } from '../../src/audit/seals/head-book.ts'
import { AuditKey, keyFile } from '../../src/audit/chain/key.ts'
import { AuditLog } from '../../src/audit/write/log.ts'
import { headLine, headsOf } from '../../src/audit/seals/system-journal.ts'
import { sealsOf } from '../../src/audit/seals/seals.ts'
import { verifyAudit } from '../../src/audit/verify/verify.ts'
import { anchorFor, inTemp, keyIn, linesIn, segments, writeSegment } from './support.ts'

interface Log {
  readonly dir: string
  readonly seals: string
  readonly first: string
  readonly last: string
}

async function logged<T>(use: (log: Log) => Promise<T>): Promise<T> {
  return inTemp(async (dir) => {
    const first = await writeSegment(dir, 5)
    const last = await writeSegment(dir, 6)
    expect(await verifyAudit(dir)).toMatchObject({ ok: true, segments: 2, records: 11 })
    return await use({ dir, seals: sealsOf(dir), first, last })
  })
}

const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('')

function erase({ dir }: Log, ...names: readonly string[]): void {
  for (const name of names) for (const end of ['', '.head']) rmSync(join(dir, name + end))
}

/** A run without its calls, every hash right, as who has this key makes it; without one as version 0.1 did. */
function anew(log: Log, segment: string, key?: AuditKey, keyId = key?.id): void {
  let head = GENESIS
  const lines = linesIn(log.dir, segment).flatMap((line) => {
    const {
      seq: _seq,
      time,
      type,
      prev: _prev,
      hash: _hash,
      key: _key,
      ...facts
    } = JSON.parse(line) as AuditRecord
    if (type === 'call') return []
    const own = type === 'start' && keyId !== undefined ? { ...facts, key: keyId } : facts
    const sealed = seal(type, time, own, head, key?.seal)
    head = sealed
    return [sealed.line]
  })
  writeFileSync(join(log.dir, segment), text(lines))
  const plain = `${String(head.seq).padStart(16, '0')} ${head.hash}`
  const anchor =
    key === undefined ? `${plain}\n` : `${plain} ${key.tag('anchor', segment, head.seq, head.hash)}\n`
  writeFileSync(join(log.dir, `${segment}.head`), anchor)
}

function shorten({ dir, last }: Log, anchor: (line: string) => string): void {
  const lines = linesIn(dir, last).slice(0, 3)
  writeFileSync(join(dir, last), text(lines))
  writeFileSync(join(dir, `${last}.head`), anchor(lines[2] ?? ''))
}

/** Another key and a book that says what an attacker wants, in the place of those of the log. */
function ownSeals({ seals }: Log): AuditKey {
  const key = AuditKey.make()
  rmSync(keyFile(seals))
  key.write(seals)
  return key
}

describe('who writes the files and can not read the key is noticed', () => {
  test.each<[string, (log: Log) => void, RegExp]>([
    ['erases the last run', (log) => erase(log, log.last), /is missing, but the book of heads knows of it/],
    ['erases all runs', (log) => erase(log, log.first, log.last), /is missing, but the book of heads/],
    [
      'removes the directory',
      ({ dir }) => rmSync(dir, { recursive: true }),
      /is missing, but the book of heads/,
    ],
    ['writes the last run anew without its calls', (log) => anew(log, log.last), /is not sealed/],
    [
      'writes all runs anew without their calls',
      (log) => [log.first, log.last].forEach((one) => anew(log, one)),
      /is not sealed/,
    ],
    [
      'writes the last run anew with a key of its own',
      (log) => anew(log, log.last, AuditKey.make()),
      /was sealed with another key/,
    ],
    [
      'writes it with a key of its own, under the name of the right one',
      (log) => anew(log, log.last, AuditKey.make(), keyIn(log.dir).id),
      /anchor that was not made with the key/,
    ],
    [
      'cuts off the end of the last run and takes its anchor back to there',
      (log) =>
        shorten(
          log,
          (line) =>
            `${String((JSON.parse(line) as AuditRecord).seq).padStart(16, '0')} ${(JSON.parse(line) as AuditRecord).hash}\n`,
        ),
      /anchor that was not made with the key/,
    ],
    [
      'cuts it off and keeps the tag of the anchor',
      (log) => {
        const { tag = '' } = readAnchor(log.dir, log.last) ?? {}
        shorten(
          log,
          (line) =>
            `${String((JSON.parse(line) as AuditRecord).seq).padStart(16, '0')} ${(JSON.parse(line) as AuditRecord).hash} ${tag}\n`,
        )
      },
      /anchor that was not made with the key/,
    ],
    [
      'gives a run the anchor of another',
      ({ dir, first, last }) => cpSync(join(dir, `${first}.head`), join(dir, `${last}.head`)),
      /anchor that was not made with the key/,
    ],
    [
      'exchanges two runs',
      ({ dir, first, last }) => {
        for (const end of ['', '.head']) {
          renameSync(join(dir, first + end), join(dir, `x${end}`))
          renameSync(join(dir, last + end), join(dir, first + end))
          renameSync(join(dir, `x${end}`), join(dir, last + end))
        }
      },
      /anchor that was not made|does not belong/,
    ],
    [
      'puts a run of before the key there',
      (log) => {
        const other = log.last.replace(/^\d{4}/, '2027')
        writeFileSync(
          join(log.dir, other),
          readFileSync(join(log.dir, log.last), 'utf8').replaceAll(log.last, other),
        )
        anew(log, other)
      },
      /is not sealed, and the log had a key/,
    ],
    ['removes the book', ({ seals }) => rmSync(headBookFile(seals)), /^the book of heads is missing/],
    [
      'cuts off the book',
      ({ seals }) =>
        writeFileSync(headBookFile(seals), readFileSync(headBookFile(seals), 'utf8').slice(0, 100)),
      /^the book of heads is damaged/,
    ],
    [
      'takes the last run out of the book, and then away',
      (log) => {
        const book = JSON.parse(readFileSync(headBookFile(log.seals), 'utf8')) as { heads: unknown[] }
        writeFileSync(headBookFile(log.seals), JSON.stringify({ ...book, heads: [] }))
        erase(log, log.last)
      },
      /^the book of heads was not made with the key/,
    ],
    ['removes the key', ({ seals }) => rmSync(keyFile(seals)), /^the key of the log is missing/],
    [
      'removes key and book',
      ({ seals }) => rmSync(seals, { recursive: true }),
      /was sealed with a key that is gone/,
    ],
    ['puts another key there', (log) => void ownSeals(log), /^the book of heads was not made with the key/],
    [
      'puts another key there, with runs that are sealed by it',
      (log) => {
        const key = ownSeals(log)
        for (const one of [log.first, log.last]) anew(log, one, key)
      },
      /^the book of heads was not made with the key/,
    ],
  ])('%s', async (_what, attack, message) => {
    await logged(async (log) => {
      attack(log)
      const { ok, problem } = await verifyAudit(log.dir)
      expect([ok, `${problem?.segment} ${problem?.message}`]).toEqual([false, expect.stringMatching(message)])
    })
  })

  test('also when the next run has begun', async () => {
    await logged(async (log) => {
      erase(log, log.last)
      await writeSegment(log.dir, 3)
      expect(await verifyAudit(log.dir)).toMatchObject({ ok: false, problem: { segment: log.last } })
    })
  })

  test('but not who puts an older state of everything back: only the system’s journal knows more', async () => {
    await logged(async ({ dir }) => {
      const old = `${dirname(dir)}-old`
      cpSync(dirname(dir), old, { recursive: true })
      const erased = await writeSegment(dir, 4)
      const { heads } = await verifyAudit(dir)
      rmSync(dirname(dir), { recursive: true })
      renameSync(old, dirname(dir))
      expect(await verifyAudit(dir)).toMatchObject({ ok: true, segments: 2 })
      const key = keyIn(dir)
      const lines = heads.map((head) => headLine(dir, head, key))
      const told = headsOf(lines, dir, key).heads.map((head) => ({ ...head, by: "the system's journal" }))
      expect((await verifyAudit(dir, { told })).problem).toEqual({
        segment: erased,
        line: 0,
        message: "is missing, but the system's journal knows of it",
      })
    })
  })
})

test('what others write into the journal counts only where it could be ours', () => {
  const [key, dir] = [AuditKey.make(), '/state/audit']
  const head = { segment: 'a.jsonl', seq: 7, hash: 'a'.repeat(64) }
  const line = headLine(dir, head, key)
  const forged = line.replace('record 7', 'record 8')
  const ofOther = headLine(dir, head, AuditKey.make())
  const elsewhere = headLine('/other/audit', head, AuditKey.make())
  expect(headsOf([line, forged, elsewhere, 'x', `${line} `], dir, key)).toEqual({
    heads: [head],
    otherKeys: [],
  })
  expect(headsOf([ofOther], dir, key).otherKeys).toHaveLength(1)
  expect(headsOf([line], dir, undefined)).toEqual({ heads: [], otherKeys: [key.id] })
})

describe('what is there is said as what it is', () => {
  test('a log of before the key goes on under one', async () => {
    await logged(async (log) => {
      for (const one of [log.first, log.last]) anew(log, one)
      rmSync(log.seals, { recursive: true })
      // The second named the first as it was.
      erase(log, log.first)
      const before = linesIn(log.dir, log.last).map((line) => JSON.parse(line) as AuditRecord)
      const start = seal(
        'start',
        before[0]?.time ?? '',
        { segment: log.last, session: 's', pid: 1, witness: [] },
        GENESIS,
      )
      writeFileSync(join(log.dir, log.last), text([start.line]))
      writeFileSync(join(log.dir, `${log.last}.head`), `${'1'.padStart(16, '0')} ${start.hash}\n`)
      expect(await verifyAudit(log.dir)).toMatchObject({ ok: true, segments: 1, unsealed: 1 })
      await writeSegment(log.dir, 3)
      expect(await verifyAudit(log.dir)).toMatchObject({
        ok: true,
        segments: 2,
        unsealed: 1,
        sealed: { key: keyIn(log.dir).id },
      })
      erase(log, log.last)
      expect(await verifyAudit(log.dir)).toMatchObject({ ok: false, problem: { segment: log.last } })
    })
  })

  test.each(['the key', 'key and book'])(
    '%s that is gone: the log goes on with another key and says so',
    async (what) => {
      await logged(async ({ dir, seals, last }) => {
        const { id } = keyIn(dir)
        rmSync(what === 'the key' ? keyFile(seals) : seals, { recursive: true })
        const next = await writeSegment(dir, 3)
        expect(JSON.parse(linesIn(dir, next)[0] ?? '')).toMatchObject({
          type: 'start',
          key: keyIn(dir).id,
          replaces: id,
        })
        expect(await verifyAudit(dir)).toMatchObject({ ok: true, segments: 3, lostKey: 2 })
        // What the new key found is held to that.
        const lines = linesIn(dir, last)
        writeFileSync(
          join(dir, last),
          text([
            ...lines.slice(0, 3),
            (lines[3] ?? '').replace('files_read', 'files_list'),
            ...lines.slice(4),
          ]),
        )
        expect(await verifyAudit(dir)).toMatchObject({ ok: true })
        writeFileSync(join(dir, last), text(lines.slice(0, 4)))
        expect(await verifyAudit(dir)).toMatchObject({ ok: false, problem: { segment: last } })
      })
    },
  )

  test('a key that can not be used stops what waits for its record, with what to do', async () => {
    await inTemp(async (dir) => {
      mkdirSync(sealsOf(dir), { recursive: true })
      writeFileSync(keyFile(sealsOf(dir)), 'x', { mode: 0o600 })
      await expect(AuditLog.open({ dir, required: true, now: Date.now })).rejects.toMatchObject({
        message: expect.stringMatching(/key of the audit log.*is damaged/) as string,
        hint: expect.stringMatching(/move it away/) as string,
      })
    })
  })

  test('which servers could read the key: those that ran unconfined under it', async () => {
    await inTemp(async (dir) => {
      const log = await AuditLog.open({ dir, required: true, now: Date.now })
      for (const [server, confined] of Object.entries({
        a: 'bubblewrap',
        b: 'no',
        c: 'landlock',
        d: undefined,
      }))
        await log.append('server', { phase: 'launch', server, confined })
      await log.close()
      expect((await verifyAudit(dir)).sealed?.readableBy).toEqual(['b'])
    })
  })

  test('runs that begin and end at the same time all stand in the book until a later one names them', async () => {
    await inTemp(async (dir) => {
      const logs = await Promise.all(
        [0, 1, 2, 3].map(() => AuditLog.open({ dir, required: true, now: Date.now })),
      )
      await Promise.all(logs.map((log) => log.close()))
      const headsIn = (): string[] =>
        (
          JSON.parse(readFileSync(headBookFile(sealsOf(dir)), 'utf8')) as { heads: { segment: string }[] }
        ).heads.map(({ segment }) => segment)
      expect(headsIn().toSorted()).toEqual(segments(dir))
      const next = await writeSegment(dir, 3, { now: Date.now })
      expect(headsIn()).toEqual([next])
      for (const segment of segments(dir)) {
        const lines = linesIn(dir, segment)
        expect(anchorFor(dir, segment, lines.at(-1) ?? '')).toBe(
          readFileSync(join(dir, `${segment}.head`), 'utf8').slice(0, 115),
        )
      }
    })
  })
})

test.each(['', 'a', 'é€😀', 'x'.repeat(5000), 'é'.repeat(9000)])(
  'a seal is HMAC-SHA256 (RFC 2104), whatever the length',
  (record) => {
    const key = Buffer.alloc(32, 7)
    expect(new AuditKey(key).seal(record)).toBe(createHmac('sha256', key).update(record).digest('hex'))
  },
)
