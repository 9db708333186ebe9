/**
 * Writes the instructions, which tell a host of the servers when it connects: one line a server, 2 KiB in all,
 * because Claude Code cuts there (2.1.84) and hosts that search tools (Claude Code, Codex) find the right server by
 * these lines. Of a server stand there what the operator writes of it, what it says of itself, and the names of its
 * tools, as much as fits: whole sentences, and the first one before anything else. A short line leaves its room to
 * the others.
 *
 * What a server wrote is one JSON string on the line of that server, so none can speak for another or for sidemux. Pure.
 */
import { visibleLine } from '../../visible.ts'
import { writtenOut } from '../unseen.ts'

export interface ServerWords {
  readonly server: string
  /** The operator's, from servers.yaml. */
  readonly description?: string
  /** The server's own, as they were first seen (promise 5). */
  readonly text?: string
  /** Names of its tools without the server's in front, in `[A-Za-z0-9_-]`. */
  readonly tools?: readonly string[]
}

/** Of UTF-8. */
export const MAX_INSTRUCTIONS_BYTES = 2048
/** What notices may take of that; the rest is the servers'. */
const MAX_NOTICE_BYTES = 1024
const HEAD =
  'Each of these servers is behind sidemux; its tools begin with its name and "_". Quoted is what it says.'

const HEAD_OF_SEARCH =
  'Each of these servers is behind sidemux. Most of their tools are not listed: find them with sidemux_search_tools. Quoted is what a server says.'

/**
 * @param notices what the person should know first, a line each, e.g. which entry of servers.yaml is not used
 * @param isSearched the tools are found by a search (surface/)
 */
export function mergeInstructions(
  servers: readonly ServerWords[],
  notices: readonly string[] = [],
  isSearched = false,
): string | undefined {
  if (servers.length === 0 && notices.length === 0) return undefined
  const said = withinBytes(notices.map(visibleLine), MAX_NOTICE_BYTES, 'more of this in "sidemux check"')
  const top = servers.length === 0 ? said : [...said, isSearched ? HEAD_OF_SEARCH : HEAD]
  const room = MAX_INSTRUCTIONS_BYTES - bytesOf(top.join('\n')) - 1
  return [...top, ...serverLines(servers, room)].join('\n')
}

function serverLines(servers: readonly ServerWords[], room: number): readonly string[] {
  const names = servers.map(({ server }) => `- ${server}`)
  const least = bytesOf(names.join('\n'))
  if (least > room) return [namesOnly(servers, room)]
  const shares = fairShares(
    servers.map((words) => bytesOf(tail(words, Number.POSITIVE_INFINITY))),
    room - least,
  )
  return servers.map((words, index) => `${names[index] ?? ''}${tail(words, shares[index] ?? 0)}`)
}

/** What stands behind the name, in at most `room` bytes. */
function tail({ description, text, tools = [] }: ServerWords, room: number): string {
  const parts = [
    ...(description === undefined ? [] : [quoted(description)]),
    ...(text === undefined || text.trim() === '' ? [] : [quoted(text)]),
  ]
  let line = ''
  for (const part of parts) {
    const lead = line === '' ? ': ' : ' '
    line += fitted(part, lead, room - bytesOf(line))
  }
  return line + toolNames(tools, line === '' ? ': tools ' : ' Tools: ', room - bytesOf(line))
}

function quoted(text: string): (room: number) => string {
  const plain = writtenOut(text.trim().replace(/\s+/gu, ' '))
  return (room) => {
    const whole = JSON.stringify(plain)
    if (bytesOf(whole) <= room) return whole
    const kept = JSON.stringify(`${sentences(plain, room)} …`)
    return bytesOf(kept) <= room ? kept : ''
  }
}

function fitted(part: (room: number) => string, lead: string, room: number): string {
  const text = part(room - bytesOf(lead))
  return text === '' ? '' : lead + text
}

/** As many whole sentences as fit into that many bytes of JSON; of a first one that doesn't, as many words. */
function sentences(text: string, room: number): string {
  const fits = (end: number): boolean => bytesOf(JSON.stringify(`${text.slice(0, end)} …`)) <= room
  const ends = (pattern: RegExp): readonly number[] => {
    const found: number[] = []
    // A sentence takes no more bytes than it has places, so nothing further on can fit.
    for (const { index } of text.slice(0, Math.max(0, room)).matchAll(pattern)) found.push(index)
    return found
  }
  const end = ends(/(?<=[.!?。！？])(?= )/gu).findLast(fits) ?? ends(/(?= )/gu).findLast(fits) ?? 0
  return text.slice(0, end).toWellFormed()
}

function toolNames(names: readonly string[], lead: string, room: number): string {
  const cut = ', …'
  let line = ''
  for (const [index, name] of names.entries()) {
    const next = `${line === '' ? lead : `${line}, `}${name}`
    const isLast = index === names.length - 1
    if (bytesOf(next) + (isLast ? 0 : bytesOf(cut)) > room) return line === '' ? '' : line + cut
    line = next
  }
  return line
}

/** Who needs less than an equal share leaves the rest to the others. */
function fairShares(needs: readonly number[], room: number): readonly number[] {
  const shares = needs.map(() => 0)
  let left = room
  const order = needs.map((need, index) => ({ need, index })).toSorted((a, b) => a.need - b.need)
  for (const [done, { need, index }] of order.entries()) {
    const share = Math.min(need, Math.floor(left / (order.length - done)))
    shares[index] = share
    left -= share
  }
  return shares
}

function namesOnly(servers: readonly ServerWords[], room: number): string {
  let line = '- '
  for (const [index, { server }] of servers.entries()) {
    const next = `${line}${index === 0 ? '' : ', '}${server}`
    if (bytesOf(next + more(servers.length - index - 1)) > room) return line + more(servers.length - index)
    line = next
  }
  return line
}

function more(count: number): string {
  return count === 0 ? '' : ` and ${count} more`
}

function withinBytes(lines: readonly string[], room: number, otherwise: string): readonly string[] {
  if (bytesOf(lines.join('\n')) <= room) return lines
  const kept: string[] = []
  for (const line of lines) {
    if (bytesOf([...kept, line, otherwise].join('\n')) > room) break
    kept.push(line)
  }
  return [...kept, otherwise]
}

function bytesOf(text: string): number {
  return Buffer.byteLength(text)
}
