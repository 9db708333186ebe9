/** A line of the log as people read it, and when it is from. */
import { describe, expect, it } from 'vitest'
import { readEntry } from '../../../src/commands/logs/log-entry.ts'
import { parseSince, parseUntil } from '../../../src/commands/logs/since.ts'
import { logWords } from '../../../src/commands/logs/line-words.ts'

const AT = new Date(2026, 10, 28, 21, 57, 8, 123)
const TIME = '2026-11-28 21:57:08.123'
const SETTING = { several: false, hosts: new Map<number, string>(), width: 6 }

function line(record: object): string {
  return JSON.stringify({ level: 'info', time: AT.toISOString(), pid: 7, ...record })
}

function words(record: object, setting = SETTING): string {
  return logWords(readEntry(line(record)), setting)
}

describe('what happened to a server', () => {
  it.each([
    [{ event: 'launched', child: 12, msg: 'a launched' }, 'started as process 12'],
    [
      { event: 'ready', protocolVersion: '2025-11-25', tools: 1, msg: 'a ready' },
      'ready with 1 tool, MCP 2025-11-25',
    ],
    [{ event: 'exited', child: 12, code: 3, signal: null, msg: 'a exited' }, 'exited with code 3 by itself'],
    [
      { event: 'exited', child: 12, code: null, signal: 'SIGKILL', reason: 'sidemux stops', msg: 'a exited' },
      'ended by SIGKILL: sidemux stops',
    ],
    [{ event: 'lost', why: 'closed the stream', msg: 'a lost' }, 'lost: closed the stream'],
    [{ event: 'connected', transport: 'http', msg: 'a connected' }, 'connected by HTTP'],
    [
      { event: 'bad-line', why: 'not-json', count: 10, msg: 'a sent a line that is not a message' },
      'sent a line that is not a message: not-json (count 10)',
    ],
    [{ event: 'stderr', line: 'sidemux: all is well', msg: 'a' }, '> sidemux: all is well'],
    [{ event: 'log', severity: 'warning', text: 'slow', msg: 'a' }, '> [warning] slow'],
    [{ event: 'log', severity: 'warning', text: 'ours', isOurs: true, msg: 'a' }, '[warning] ours'],
    [{ event: 'of a later version', msg: 'a dances' }, 'dances'],
    [{ event: '__proto__', msg: 'a dances' }, 'dances'],
    [{ event: 'toString', msg: 'a dances' }, 'dances'],
    [{ event: 'exited', code: { toString: 1 }, msg: 'a exited' }, 'exited with code ? by itself'],
    [{ event: ['x'], msg: 'a dances' }, 'dances'],
  ])('%j', (record, said) => {
    expect(words({ server: 'a', ...record })).toBe(`${TIME}  info   a       ${said}\n`)
  })

  it('a failure has its reason, the last words and a hint', () => {
    const record = {
      level: 'warn',
      server: 'github',
      event: 'failed',
      reason: '"github" exited with code 1 while starting.',
      hint: 'Set the key. "sidemux logs github" tells what became of it.',
      said: "it printed (the server's words, not sidemux's):\n> Error: no key",
      msg: 'github failed',
    }
    const indent = ' '.repeat(`${TIME}  warn   github  `.length)
    expect(words(record)).toBe(
      `${TIME}  warn   github  failed: "github" exited with code 1 while starting.\n${indent}it printed (the server's words, not sidemux's):\n${indent}> Error: no key\n${indent}hint: Set the key.\n`,
    )
  })
})

it('says which sidecar it was where there are several, and for whom', () => {
  const setting = { ...SETTING, several: true, hosts: new Map([[7, 'claude-ai']]) }
  expect(words({ msg: 'sidemux has started' }, setting)).toBe(
    `${TIME}  info   [7 claude-ai]  -       sidemux has started\n`,
  )
})

it('shows what hides, and keeps what is no record on one line', () => {
  expect(words({ server: 'a', line: 'red \u001B[31m\u202Etxt', msg: 'a' })).toContain(
    '> red ‹U+001B›[31m‹U+202E›txt',
  )
  const cut = readEntry('{"level":"info","line":"half a li\u0007')
  expect(logWords(cut, SETTING)).toMatch(/^ +info +- +\{"level":"info","line":"half a li‹U\+0007›\n$/)
  expect(words({ server: 'a', msg: 'a\nb', pid: 'x', time: 3, level: 'loud' })).toMatch(
    /^ +info +a +a‹U\+000A›b\n$/,
  )
})

describe('--since', () => {
  const now = new Date(2026, 10, 28, 14, 0).getTime()
  it.each([
    ['10m', now - 600_000],
    ['2d', now - 2 * 86_400_000],
    ['13:30', new Date(2026, 10, 28, 13, 30).getTime()],
    ['23:30', new Date(2026, 10, 27, 23, 30).getTime()],
    ['2026-11-27', new Date(2026, 10, 27).getTime()],
    ['2026-11-27 08:00', new Date(2026, 10, 27, 8).getTime()],
    ['2026-11-27T08:00:00Z', Date.UTC(2026, 10, 27, 8)],
    ['2026-11-27T08:00:00.5+02:00', Date.UTC(2026, 10, 27, 6, 0, 0, 500)],
    ['1w', now - 7 * 86_400_000],
    ['today', new Date(2026, 10, 28).getTime()],
    ['Yesterday', new Date(2026, 10, 27).getTime()],
  ])('%s', (text, at) => {
    expect(parseSince(text, now)).toBe(at)
  })
  it.each(['', 'tomorrow', '10', '25:00', '2026-13-01', '2026-02-31', '2026-02-31T10:00', '-5m', '1e3s'])(
    '"%s" is refused with what to write',
    (text) => {
      expect(() => parseSince(text, now)).toThrow('neither a time nor a duration')
    },
  )
})

it.each([
  ['2026-11-27', new Date(2026, 10, 28).getTime() - 1],
  ['yesterday', new Date(2026, 10, 28).getTime() - 1],
  ['today', new Date(2026, 10, 29).getTime() - 1],
  ['2026-11-27 08:00', new Date(2026, 10, 27, 8).getTime()],
  ['2h', new Date(2026, 10, 28, 12).getTime()],
])('--until %s: a day with its end', (text, at) => {
  expect(parseUntil(text, new Date(2026, 10, 28, 14, 0).getTime())).toBe(at)
})
