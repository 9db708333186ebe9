/**
 * A line of the log for people; pure. What a server said itself stands behind a mark, so that nobody takes it for sidemux's
 * word; whatever hides in a text is written out.
 *
 *     2026-11-28 21:57:08.120  info   github  > Error: API_KEY is required
 *     2026-11-28 21:57:08.123  warn   github  did not get ready, and is tried again: …
 *                                             hint: …
 */
import { look } from '../../upstream/session/diagnosis.ts'
import { visibleLine } from '../../visible.ts'
import type { LogEntry } from './log-entry.ts'

/** What a line is told with, as known by then. */
export interface Setting {
  /** Several sidecars write, so each line says which. */
  readonly several: boolean
  /** How the host of a sidecar calls itself, by the sidecar's pid. */
  readonly hosts: ReadonlyMap<number, string>
  /** Of the column of servers. */
  readonly width: number
}

export function logWords(entry: LogEntry, { several, hosts, width }: Setting): string {
  const { at, level, pid, server } = entry
  const host = pid === undefined ? undefined : hosts.get(pid)
  const who = several ? [`[${pid ?? '?'}${host === undefined ? '' : ` ${host}`}]`] : []
  const before = [
    at === undefined ? ' '.repeat(NO_TIME) : localTime(at),
    level.padEnd(LEVEL),
    ...who,
    (server ?? '-').padEnd(width),
  ]
  const start = `${before.map(visibleLine).join('  ')}  `
  const indent = ' '.repeat(start.length)
  return saidBy(entry)
    .map((line, index) => `${index === 0 ? start : indent}${visibleLine(line)}\n`)
    .join('')
}

const LEVEL = 5
const NO_TIME = 'yyyy-mm-dd hh:mm:ss.mmm'.length

/** As clocks here show it, and to be sorted. */
function localTime(at: number): string {
  const time = new Date(at)
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`
  return `${day} ${clock}.${String(time.getMilliseconds()).padStart(3, '0')}`
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}

function saidBy(entry: LogEntry): string[] {
  const { facts, message, server } = entry
  const { event, reason, hint, said, why, line, text, severity, isNews: _news, ...rest } = facts
  if (typeof line === 'string') return [`${MARK}${line}`]
  if (typeof text === 'string')
    return [
      `${facts['isOurs'] === true ? '' : MARK}${typeof severity === 'string' ? `[${severity}] ` : ''}${text}`,
    ]
  // Objects have more members than those, such as toString.
  const told = typeof event === 'string' && Object.hasOwn(EVENTS, event) ? EVENTS[event]?.(facts) : undefined
  const what = told ?? withoutName(message, server)
  const because = [reason, why].find((given): given is string => typeof given === 'string')
  const others = told === undefined ? remaining(rest) : ''
  return [
    `${what}${because === undefined ? '' : `: ${because}`}${others}`,
    ...(typeof said === 'string' ? said.split('\n') : []),
    ...(typeof hint === 'string' ? hintHere(hint, server) : []),
  ]
}

/** Nobody is sent to the command that he has just run. */
function hintHere(hint: string, server = ''): string[] {
  const words = hint.replace(look(server), '').trim()
  return words === '' ? [] : [`hint: ${words}`]
}

/** As said.ts marks them. */
const MARK = '> '

type Facts = LogEntry['facts']

/** By what happened to a server; what isn't here has its message. */
const EVENTS: Readonly<Record<string, (facts: Facts) => string>> = {
  launched: ({ child }) => `started as process ${plain(child)}`,
  connected: ({ transport }) => `connected by ${transport === 'sse' ? 'SSE' : 'HTTP'}`,
  ready: ({ tools, protocolVersion }) =>
    `ready with ${plain(tools)} ${tools === 1 ? 'tool' : 'tools'}, MCP ${plain(protocolVersion)}`,
  exited: ({ code, signal, reason }) => {
    const how = typeof signal === 'string' ? `ended by ${signal}` : `exited with code ${plain(code)}`
    return reason === undefined ? `${how} by itself` : how
  },
  failed: () => 'failed',
}

function plain(value: unknown): string {
  return typeof value === 'number' || typeof value === 'string' ? String(value) : '?'
}

function withoutName(message: string, server: string | undefined): string {
  return server !== undefined && message.startsWith(`${server} `) ? message.slice(server.length + 1) : message
}

/** Of processes and counts; a list or an object says nothing to people. */
function remaining(facts: Facts): string {
  const told = Object.entries(facts).flatMap(([key, value]) =>
    typeof value === 'string' || typeof value === 'number' ? [`${key} ${value}`] : [],
  )
  return told.length === 0 ? '' : ` (${told.join(', ')})`
}
