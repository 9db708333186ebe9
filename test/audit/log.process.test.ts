import { execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { seal, type AuditRecord } from '../../src/audit/chain/chain.ts'
import { unconfinedSinceBoot } from '../../src/audit/read/launches.ts'
import { readAudit, type ReadFault } from '../../src/audit/read/read.ts'
import { AuditLog } from '../../src/audit/write/log.ts'
import type { Write } from '../../src/audit/write/segment.ts'
import { SidemuxError } from '../../src/errors.ts'
import { verifyAudit } from '../../src/audit/verify/verify.ts'
import { inTemp, keyIn, linesIn, segments, WRITER, writeSegment } from './support.ts'

const open = (dir: string, options: { required?: boolean; write?: Write } = {}) =>
  AuditLog.open({ dir, required: true, now: Date.now, ...options })
const recordsIn = (dir: string): AuditRecord[] =>
  segments(dir).flatMap((name) => linesIn(dir, name).map((line) => JSON.parse(line) as AuditRecord))

const KILLED_WRITER = resolve(import.meta.dirname, 'killed-writer.mjs')
const mode = (file: string): number => statSync(file).mode & 0o777

const link = (dir: string): void => symlinkSync(dirname(dir), dir)
const owned = (dir: string): void => {
  mkdirSync(dir)
  if (process.getuid?.() === 0) chownSync(dir, 12_345, 12_345)
  else chmodSync(dir, 0o500)
}

const run = (command: string, args: readonly string[], killAfterMs?: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (output === '' && killAfterMs !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfterMs)
      output += text
    })
    child.on('error', reject).on('close', () => resolve(output))
  })

describe('what is written (promise 6)', () => {
  test('start, the records in the order of the calls, stop', async () => {
    await inTemp(async (dir) => {
      const log = await open(dir)
      await Promise.all(Array.from({ length: 100 }, (_, n) => log.append('call', { n })))
      await log.close()
      const records = recordsIn(dir)
      expect(records.map(({ type }) => type)).toEqual([
        'start',
        ...Array.from({ length: 100 }, () => 'call'),
        'stop',
      ])
      expect(records.slice(1, -1).map((record) => record['n'])).toEqual(
        Array.from({ length: 100 }, (_, n) => n),
      )
      expect(records[0]).toMatchObject({
        seq: 1,
        session: log.session,
        segment: segments(dir)[0],
        witness: [],
      })
      expect(await verifyAudit(dir)).toMatchObject({
        ok: true,
        segments: 1,
        records: 102,
        unfinished: 0,
        cutOff: 0,
      })
    })
  })

  test('a log that is open verifies too, and closing twice is closing once', async () => {
    await inTemp(async (dir) => {
      const log = await open(dir)
      await log.append('call', { n: 1 })
      expect(await verifyAudit(dir)).toMatchObject({
        ok: true,
        segments: 1,
        records: 2,
        unfinished: 1,
        cutOff: 0,
      })
      await log.close()
      await log.close()
      await expect(log.append('call', {})).rejects.toThrow(SidemuxError)
      expect(await verifyAudit(dir)).toMatchObject({
        ok: true,
        segments: 1,
        records: 3,
        unfinished: 0,
        cutOff: 0,
      })
    })
  })

  test('files 0600, directory 0700, also where it was open to others', async () => {
    await inTemp(async (dir) => {
      mkdirSync(dir, { mode: 0o777 })
      chmodSync(dir, 0o777)
      const name = await writeSegment(dir, 3)
      expect(mode(dir)).toBe(0o700)
      expect([mode(join(dir, name)), mode(join(dir, `${name}.head`))]).toEqual([0o600, 0o600])
    })
  })
})

describe('what can not be written is not reported as written (promise 1)', () => {
  test.each<[string, (dir: string) => void]>([
    ['a directory that is a link', link],
    ['a directory that is a file', (dir) => writeFileSync(dir, '')],
    ['a directory of another user, or without permission', owned],
  ])('%s', async (_, harm) => {
    await inTemp(async (dir) => {
      harm(dir)
      await expect(open(dir)).rejects.toMatchObject({
        name: 'SidemuxError',
        hint: expect.stringMatching(/\w/) as string,
      })
      const log = await open(dir, { required: false })
      await expect(log.append('call', {})).rejects.toMatchObject({
        hint: expect.stringMatching(/\w/) as string,
      })
      rmSync(dir, { recursive: true })
      await log.append('call', { after: 'it was put right' })
      await log.close()
      expect(await verifyAudit(dir)).toMatchObject({ ok: true, records: 3 })
    })
  })

  const full: [string, (fd: number, bytes: Uint8Array, position: number | null) => number][] = [
    [
      'takes nothing',
      () => {
        throw Object.assign(new Error('no space'), { code: 'ENOSPC' })
      },
    ],
    ['takes a part', (fd, bytes, position) => writeSync(fd, bytes, 0, 30, position)],
    [
      'takes a part and fails',
      (fd, bytes, position) => {
        writeSync(fd, bytes, 0, 30, position)
        throw Object.assign(new Error('no space'), { code: 'ENOSPC' })
      },
    ],
  ]
  test.each(full)('a disk that %s: taken back, and tried again', async (_, harm) => {
    await inTemp(async (dir) => {
      let isFull = false
      const write: Write = (fd, bytes, position) =>
        isFull ? harm(fd, bytes, position) : writeSync(fd, bytes, 0, bytes.length, position)
      const log = await open(dir, { write })
      for (let n = 0; n < 12; n++) {
        isFull = n % 3 === 1
        const appended = log.append('call', { n })
        if (isFull)
          await expect(appended).rejects.toMatchObject({
            hint: 'make room on the disk of the state directory',
          })
        else await appended
        expect(await verifyAudit(dir)).toMatchObject({ ok: true })
      }
      isFull = false
      await log.close()
      expect(recordsIn(dir).flatMap((record) => record['n'] ?? [])).toEqual([0, 2, 3, 5, 6, 8, 9, 11])
    })
  })

  const gone: [string, (dir: string) => void][] = [
    ['removed', (dir) => rmSync(dir, { recursive: true })],
    ['moved', (dir) => renameSync(dir, `${dir}-away`)],
    [
      'moved, with a copy in its place',
      (dir) => {
        renameSync(dir, `${dir}-away`)
        cpSync(`${dir}-away`, dir, { recursive: true })
      },
    ],
  ]
  test.each(gone)('a log that was %s while it is open: at once where something waits', async (_, harm) => {
    await inTemp(async (dir) => {
      const log = await open(dir)
      await log.append('call', { n: 1 })
      harm(dir)
      await expect(log.append('call', { n: 2 })).rejects.toThrow(/removed or moved/)
      await expect(log.append('call', { n: 3 }, 'after')).rejects.toThrow(/removed or moved/)
      await log.close()
    })
  })

  test.each(gone)('a log that was %s: within a second where nothing waits', async (_, harm) => {
    await inTemp(async (dir) => {
      vi.useFakeTimers({ toFake: ['performance'] })
      onTestFinished(() => void vi.useRealTimers())
      const log = await open(dir)
      await log.append('call', { n: 1 })
      harm(dir)
      vi.advanceTimersByTime(999)
      await log.append('call', { n: 2 }, 'after')
      vi.advanceTimersByTime(1)
      await expect(log.append('call', { n: 3 }, 'after')).rejects.toThrow(/removed or moved/)
      await log.close()
    })
  })

  test('a record that is too large, or that JSON can not carry', async () => {
    await inTemp(async (dir) => {
      const log = await open(dir)
      await expect(log.append('call', { text: 'x'.repeat(5_000_000) })).rejects.toThrow(/too large/)
      await expect(log.append('call', { n: 1n })).rejects.toThrow(SidemuxError)
      await log.append('call', { n: 1 })
      await log.close()
      expect(await verifyAudit(dir)).toMatchObject({ ok: true, records: 3 })
    })
  })

  test('what a stopped start left behind is cleared away, what is being made is not', async () => {
    await inTemp(async (dir) => {
      mkdirSync(dir)
      writeFileSync(join(dir, 'old.jsonl.tmp'), '')
      utimesSync(join(dir, 'old.jsonl.tmp'), 1, 1)
      writeFileSync(join(dir, 'new.jsonl.tmp'), '')
      await writeSegment(dir, 3, { now: Date.now })
      expect(readdirSync(dir).filter((name) => name.endsWith('.tmp'))).toEqual(['new.jsonl.tmp'])
    })
  })
})

describe('several at once, and sudden ends (promise 6)', () => {
  test('four processes append at the same time', async () => {
    await inTemp(async (dir) => {
      await Promise.all([1, 2, 3, 4].map(() => run(process.execPath, [WRITER, dir, '300'])))
      expect(await verifyAudit(dir)).toMatchObject({
        ok: true,
        segments: 4,
        records: 4 * 302,
        unfinished: 0,
        cutOff: 0,
      })
    })
  })

  test('SIGKILL at any moment: what was reported as written is there, and the log is whole', async () => {
    await inTemp(async (dir) => {
      for (let i = 0; i < 4; i++) {
        const before = new Set(segments(dir))
        const told = (await run(process.execPath, [WRITER, dir, '1000000'], Math.random() * 25))
          .split('\n')
          .slice(0, -1)
        const [name = ''] = segments(dir).filter((name) => !before.has(name))
        const written = linesIn(dir, name).flatMap((line) => (JSON.parse(line) as AuditRecord)['n'] ?? [])
        expect(told.length).toBeGreaterThan(0)
        expect(written.slice(0, told.length)).toEqual(told.map(Number))
        expect(written.length - told.length).toBeLessThanOrEqual(1)
      }
      expect(await verifyAudit(dir)).toMatchObject({ ok: true, segments: 4, unfinished: 4 })
    })
  })

  test('SIGKILL while whole batches are written: at most one is there of which nobody was told', async () => {
    await inTemp(async (dir) => {
      for (let i = 0; i < 4; i++) {
        const before = new Set(segments(dir))
        const told = (await run(process.execPath, [WRITER, dir, '1000000', '300'], Math.random() * 25))
          .split('\n')
          .slice(0, -1)
        const [name = ''] = segments(dir).filter((name) => !before.has(name))
        // The last line may be half of one.
        const written = linesIn(dir, name).flatMap((line) => (JSON.parse(line) as AuditRecord)['n'] ?? [])
        expect(told.length % 300).toBe(0)
        expect(written.slice(0, told.length)).toEqual(told.map(Number))
        expect(written.length - told.length).toBeLessThanOrEqual(300)
      }
      expect(await verifyAudit(dir)).toMatchObject({ ok: true, segments: 4, unfinished: 4 })
    })
  })

  test.each<[string, string, number]>([
    ['between its lines and its anchor', 'anchor', 50],
    ['before a byte of it is there', '0', 0],
    ['in the middle of a record', '0.37', 18],
    ['before its last line end', '0.9999', 49],
  ])('SIGKILL of a batch %s: told records are there, the next run goes on', async (_what, at, left) => {
    await inTemp(async (dir) => {
      const told = (await run(process.execPath, [KILLED_WRITER, dir, '50', at])).split('\n').slice(0, -1)
      expect(told.map(Number)).toEqual(Array.from({ length: 100 }, (_, n) => n))
      const [killed = ''] = segments(dir)
      const numbers = linesIn(dir, killed).flatMap((line) => (JSON.parse(line) as AuditRecord)['n'] ?? [])
      expect(numbers).toEqual(Array.from({ length: 100 + left }, (_, n) => n))
      const isTorn = readFileSync(join(dir, killed), 'utf8').at(-1) !== '\n'
      expect(await verifyAudit(dir)).toMatchObject({ ok: true, unfinished: 1, cutOff: isTorn ? 1 : 0 })
      await writeSegment(dir, 3, { now: Date.now })
      expect(await verifyAudit(dir)).toMatchObject({ ok: true, segments: 2, records: 101 + left + 3 })
      // The next run has seen all of it, so none of it can be taken away or told otherwise, also what nobody was told of.
      const lines = linesIn(dir, killed)
      const text = (all: readonly string[]): string => all.map((line) => `${line}\n`).join('')
      writeFileSync(join(dir, killed), text(lines.slice(0, -1)))
      expect(await verifyAudit(dir)).toMatchObject({ ok: false, problem: { segment: killed } })
      const { seq, time, prev } = JSON.parse(lines.at(-1) ?? '') as AuditRecord
      const forged = seal('call', time, { forged: true }, { seq: seq - 1, hash: prev }, keyIn(dir).seal)
      writeFileSync(join(dir, killed), text([...lines.slice(0, -1), forged.line]))
      expect(await verifyAudit(dir)).toMatchObject({ ok: false, problem: { segment: killed, line: seq } })
    })
  })

  test.runIf(process.platform !== 'win32')('a file that may not grow any more', async () => {
    await inTemp(async (dir) => {
      const told = await run('sh', [
        '-c',
        'ulimit -f 16; exec "$@"',
        'sh',
        process.execPath,
        WRITER,
        dir,
        '100',
      ])
      expect(told).toMatch(/^failed: the audit log could not be written|^failed: the disk took only a part/m)
      expect(told).toContain('make room on the disk of the state directory')
      const [name = ''] = segments(dir)
      const reported = told.split('\n').filter((line) => /^\d+$/.test(line))
      expect(recordsIn(dir).flatMap((record) => record['n'] ?? [])).toEqual(reported.map(Number))
      expect(readFileSync(join(dir, name), 'utf8')).toMatch(/\n$/)
      expect(await verifyAudit(dir)).toMatchObject({ ok: true })
    })
  })
})

test.runIf(process.platform !== 'win32')(
  'a pipe among the files holds up nobody who reads them, and counts as nothing',
  async () => {
    await inTemp(async (dir) => {
      await writeSegment(dir, 3)
      const pipe = '20260101T000000000Z-1-0123456789abcdef.jsonl'
      execFileSync('mkfifo', [join(dir, pipe)])
      expect(unconfinedSinceBoot(dir)()).toBeUndefined()
      const faults: ReadFault[] = []
      let read = 0
      for await (const _entry of readAudit(dir, { onFault: (fault) => faults.push(fault) })) read += 1
      expect([read, faults]).toEqual([3, [{ segment: pipe, failed: 'not a regular file', odd: 0 }]])
      expect(await verifyAudit(dir)).toMatchObject({ ok: false, problem: { segment: pipe } })
      await writeSegment(dir, 3)
    })
  },
)
