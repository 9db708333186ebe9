import { PassThrough, Writable } from 'node:stream'
import { dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import { GENESIS, onLine, seal, type AuditRecord } from '../../src/audit/chain/chain.ts'
import { AuditLog } from '../../src/audit/write/log.ts'
import { audit } from '../../src/commands/audit/audit.ts'
import { matches } from '../../src/commands/audit/filter.ts'
import { auditVerbOptions, type AuditAction } from '../../src/commands/audit/options.ts'
import { cells } from '../../src/commands/audit/row-words.ts'
import type { Values } from '../../src/commands/options.ts'
import { parseJson } from '../../src/json/parse.ts'
import { inTemp } from './support.ts'

const NOW = new Date(2026, 10, 29, 12, 0).getTime()
const HOUR = 3_600_000
const recordOf = (facts: Record<string, unknown>): AuditRecord =>
  onLine(seal('call', '', facts, GENESIS).line) as AuditRecord

interface Done {
  readonly ago: number
  readonly tool: string
  readonly args?: unknown
  readonly server?: string
  readonly host?: string
  readonly lasts?: number
  readonly outcome?: Record<string, unknown> | null
  readonly intent?: Record<string, unknown>
  readonly approvals?: readonly Record<string, unknown>[]
}

/** A working day, from the one furthest back on. */
const DAY: readonly Done[] = [
  { ago: 50, tool: 'read_file', args: { path: '/w/old.txt' } },
  { ago: 37, tool: 'write_file', args: { path: 'C:\\Users\\me\\Notes.txt', body: 'a "quoted"\nline' } },
  {
    ago: 30,
    tool: 'delete_issue',
    server: 'tracker',
    host: 'codex',
    args: { id: parseJson('9007199254740993') },
  },
  { ago: 25, tool: 'read_file', args: { path: 'caf\u0065\u0301.md', deep: { list: ['needle'] } } },
  { ago: 5, tool: 'read_file', args: { 'a\u202eb': 1 }, lasts: 4.5 },
  {
    ago: 4,
    tool: 'run',
    server: 'tracker',
    outcome: { outcome: 'blocked', by: 'human', reason: 'declined: not on a Friday' },
  },
  { ago: 3, tool: 'run', server: 'tracker', outcome: null, args: { touched: 'X' } },
  { ago: 2, tool: 'read_file', intent: { arguments: undefined, shape: { path: 'string(9)' } } },
  { ago: 1, tool: 'read_file', args: { text: 'x' }, intent: { cut: { '/text': 'string(9000)' } } },
]

async function filled<T>(use: (stateDir: string) => Promise<T>): Promise<T> {
  return inTemp(async (dir) => {
    let now = NOW - 60 * HOUR
    const log = await AuditLog.open({ dir, required: true, now: () => now })
    for (const [n, done] of DAY.entries()) {
      const { ago, tool, args = {}, server = 'files', host = 'claude-code', lasts = 0, outcome = {} } = done
      now = NOW - ago * HOUR
      await log.append('call', {
        id: `c-${n}`,
        phase: 'intent',
        host: { name: host, version: '2.1' },
        name: `${server}_${tool}`,
        args: 'h',
        arguments: args,
        ...done.intent,
      })
      now += lasts * HOUR
      if (outcome === null) continue
      await log.append('call', {
        id: `c-${n}`,
        phase: 'outcome',
        server,
        tool,
        verdict: 'allow',
        outcome: 'ok',
        ...outcome,
      })
    }
    // It runs on.
    return use(dirname(dir))
  })
}

async function shown(
  stateDir: string,
  values: Values,
  action: AuditAction = 'show',
): Promise<{ out: string; err: string }> {
  const [out, err] = [new PassThrough({ highWaterMark: 1e8 }), new PassThrough()]
  const io = { stdin: new PassThrough(), stdout: out, stderr: err, env: {}, cwd: '/', exit: () => undefined }
  const options = auditVerbOptions(action, values, { stateDir, now: NOW })
  expect(await audit(action, options, io)).toBe(0)
  const read = (stream: PassThrough): string => (stream.read() as Buffer | null)?.toString('utf8') ?? ''
  return { out: read(out), err: read(err) }
}

/** Which calls of the day are shown. */
async function found(stateDir: string, values: Values): Promise<number[]> {
  const { out } = await shown(stateDir, { ...values, json: true })
  return out.split('\n').flatMap((line) => {
    const id = line === '' ? undefined : (JSON.parse(line) as { id?: string }).id
    return id === undefined ? [] : [Number(id.slice(2))]
  })
}

describe('which tool touched X yesterday (promise 6)', () => {
  test.each<[Values, number[]]>([
    [{ since: 'yesterday', grep: 'notes.TXT' }, []],
    [{ grep: 'notes.TXT' }, [1]],
    [{ grep: 'C:\\users\\ME' }, [1]],
    [{ grep: '"quoted"' }, [1]],
    [{ grep: '"path":"/w' }, [0]],
    [{ grep: '9007199254740993' }, [2]],
    [{ grep: 'caf\u00e9' }, [3]],
    [{ grep: 'NEEDLE' }, [3]],
    [{ grep: 'a‹u+202e›b' }, [4]],
    [{ grep: 'a\u202eb' }, [4]],
    [{ grep: 'on a friday' }, [5]],
    [{ grep: 'tracker_run' }, [5, 6]],
    [{ grep: '.*' }, []],
    [{ grep: 'intent' }, []],
    [{ since: 'yesterday' }, [2, 3, 4, 5, 6, 7, 8]],
    [{ since: 'yesterday', until: 'yesterday' }, [2, 3]],
    [{ since: '2026-11-27', until: '2026-11-27' }, [0, 1]],
    [{ since: new Date(NOW - 4.1 * HOUR).toISOString(), until: '2h' }, [4, 5, 6, 7]],
    [{ since: '90m' }, [4, 8]],
    [{ server: 'tracker' }, [2, 5, 6]],
    [{ server: 't*' }, [2, 5, 6]],
    [{ server: 'track' }, []],
    [{ tool: 'delete_*' }, [2]],
    [{ tool: 'tracker_run' }, [5, 6]],
    [{ tool: 'run', outcome: 'open' }, [6]],
    [{ host: 'Codex' }, [2]],
    [{ outcome: 'blocked,open' }, [5, 6]],
    [{ outcome: 'ok', server: 'files', limit: '2' }, [7, 8]],
  ])('%j', async (values, calls) => {
    await filled(async (stateDir) => expect(await found(stateDir, values)).toEqual(calls))
  })

  test.each<[string, string, boolean]>([
    ['ΟΔΟΣΗΜΟ.txt', 'ΟΔΟΣ', true],
    ['ΟΔΟΣ 7', 'οδοσ', true],
    ['straße', 'STRASSE', true],
    ['STRASSE', 'straße', true],
    ['İSTANBUL', 'i\u0307stanbul', true],
    ['no\u200btes\u00ad.t\u{e0041}xt', 'NOTES.txt', true],
    ['ﬁle ｎotes', 'file notes', true],
    ['no\u200btes', 'no\u200btes', true],
    ['notes', 'no\u200btes', true],
    ['notes', '\u200b', false],
    ['a.*b(', '.*B(', true],
    ['ab', 'a.*b', false],
    ['x'.repeat(70) + 'NEEDLE-OF-SOME-LENGTH' + 'y'.repeat(900), 'needle-of-some-length', true],
    ['İ'.repeat(300) + 'needle' + 'y'.repeat(900), 'NEEDLE', true],
    ['x'.repeat(300) + 'two\nlines' + 'y'.repeat(900), 'TWO\nlines', true],
  ])('%j is found by %j: %j, and seen where it was', (path, grep, isFound) => {
    const intent = recordOf({ phase: 'intent', name: 'a_b', arguments: { path } })
    const row = { kind: 'call', segment: '', intent, approvals: [] } as const
    expect(matches(row, { grep })).toBe(isFound)
    const line = cells(row, grep).at(-1) ?? ''
    if (path.length > 160) expect(line).toMatch(/needle-of-some-length|…İ+needle|two\\nlines/i)
  })

  test('what servers.yaml fixed for a tool is found and shown as what was sent is', () => {
    const outcome = recordOf({ phase: 'outcome', set: { path: '/w/Notes' } })
    const row = { kind: 'call', segment: '', outcome, approvals: [] } as const
    expect([matches(row, { grep: 'w/notes' }), cells(row).at(-1)]).toEqual([true, 'set {"path":"/w/Notes"}'])
  })

  test('nothing that matches says what was looked through, and what could not be', async () => {
    await filled(async (stateDir) => {
      const { out } = await shown(stateDir, { grep: 'nowhere', server: 'trackr' })
      expect(out).toMatch(
        /^no row matches; looked through 10 from 2026-[^ ]+Z to 2026-[^ ]+Z\nhint: did you mean tracker\?\nof 2 calls not all arguments are in the log/,
      )
      const json = await shown(stateDir, { host: 'nobody', json: true })
      expect([json.out, json.err]).toEqual([
        '',
        expect.stringContaining('of these hosts: claude-code, codex'),
      ])
    })
  })

  test('a line of the table shows where it was found', async () => {
    await inTemp(async (dir) => {
      const log = await AuditLog.open({ dir, required: true, now: () => NOW })
      const text = `${'.'.repeat(2000)}NEEDLE${'.'.repeat(2000)}`
      await log.append('call', { id: 'c', phase: 'intent', name: 'a_b', arguments: { text } })
      const { out } = await shown(dirname(dir), { grep: 'needle' })
      expect(out).toContain('NEEDLE')
      expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThan(300)
    })
  })

  test.each<[AuditAction, Values, RegExp, RegExp]>([
    ['show', { since: 'soon' }, /^--since is neither a time nor a duration/, /--since yesterday/],
    ['show', { until: '2026-02-30' }, /^--until is neither/, /--until 2d/],
    ['show', { since: 'today', until: 'yesterday' }, /^--until is before --since/, /./],
    ['show', { outcome: 'ok,denied' }, /^there is no such outcome/, /ok,tool-error,error,blocked/],
    ['show', { outcome: '' }, /^there is no such outcome/, /./],
    ['tail', { grep: '' }, /^--grep is empty/, /./],
    ['show', { follow: true }, /^--follow belongs to "audit tail"/, /./],
    ['verify', { server: 'a' }, /^"audit verify" looks at the whole log/, /audit show/],
    ['show', { limit: '-1' }, /^--limit is not a number/, /./],
  ])('audit %s %j is refused with what to write', (action, values, message, hint) => {
    let refused: unknown
    try {
      auditVerbOptions(action, values, { stateDir: '/', now: NOW })
    } catch (error) {
      refused = error
    }
    expect(refused).toMatchObject({
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
      exitCode: 2,
    })
  })

  test('tail takes the same filters, and tells of a call its beginning and its end', async () => {
    await filled(async (stateDir) => {
      const { out } = await shown(stateDir, { grep: 'needle', json: true }, 'tail')
      const lines = out.split('\n').slice(0, -1)
      expect(lines.map((line) => (JSON.parse(line) as { phase: string }).phase)).toEqual([
        'intent',
        'outcome',
      ])
    })
  })
})

describe('calls that are open while others come and go', () => {
  const run = async (dir: string, write: (log: AuditLog) => Promise<void>): Promise<void> => {
    let now = NOW
    await write(await AuditLog.open({ dir, required: true, now: () => now++ }))
  }
  const call = async (log: AuditLog, id: string, phase: 'intent' | 'outcome'): Promise<void> =>
    log.append('call', phase === 'intent' ? { id, phase, name: id } : { id, phase, outcome: 'ok' })

  test('stand where they began, also in a run that was killed, and none is lost beyond a bound', async () => {
    await inTemp(async (dir) => {
      await run(dir, async (log) => {
        await call(log, 'c-0', 'intent')
        for (let n = 1; n <= 3000; n++) {
          await call(log, `c-${n}`, 'intent')
          await call(log, `c-${n}`, 'outcome')
        }
        await call(log, 'c-0', 'outcome')
        await call(log, 'c-3001', 'intent')
        await call(log, 'c-3002', 'intent')
        await call(log, 'c-3002', 'outcome')
      })
      const calls = await found(dirname(dir), {})
      expect(calls.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 3003 }, (_, n) => n))
      // The one that was open all the time comes when it ends.
      expect(calls.slice(-3)).toEqual([0, 3001, 3002])
      expect(await found(dirname(dir), { outcome: 'open' })).toEqual([3001])
    })
  })

  test('two sidecars writing and one reading meanwhile: each row is whole and there once', async () => {
    await inTemp(async (dir) => {
      const logs = await Promise.all([0, 1].map(() => AuditLog.open({ dir, required: true, now: Date.now })))
      for (let n = 0; n < 100; n++) {
        const log = logs[n % 2]
        if (log === undefined) continue
        await call(log, `c-${n}`, 'intent')
        if (n % 10 === 0) expect(await found(dirname(dir), {})).toHaveLength(n + 1)
        await call(log, `c-${n}`, 'outcome')
      }
      expect((await found(dirname(dir), {})).toSorted((a, b) => a - b)).toHaveLength(100)
    })
  })

  test('a reader that is slow holds up the reading, and one that goes ends it', async () => {
    await inTemp(async (dir) => {
      await run(dir, async (log) => {
        for (let n = 0; n < 2000; n++) await call(log, `c-${n}`, 'outcome')
      })
      let taken = 0
      const slow = new Writable({
        highWaterMark: 1024,
        write(_chunk, _encoding, done) {
          taken += 1
          if (taken === 100) this.destroy()
          setImmediate(done)
        },
      })
      const io = {
        stdin: new PassThrough(),
        stdout: slow,
        stderr: new PassThrough(),
        env: {},
        cwd: '/',
        exit: () => undefined,
      }
      expect(await audit('show', { stateDir: dirname(dir), json: true }, io)).toBe(0)
      expect(taken).toBe(100)
    })
  })
})
