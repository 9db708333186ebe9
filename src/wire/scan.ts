/**
 * Reads the id from a line of JSON without parsing the line. A line that is too long, too deep or broken is never
 * parsed, but the request that it belongs to should fail at once and not after a timeout. So the id is looked for
 * where JSON-RPC libraries put it: in the first or the last member. Only a member of the outermost object counts: the
 * same characters inside a result must not end somebody else's request.
 */

const QUOTE = 0x22
const BACKSLASH = 0x5c

/** Index of the quote that ends the string which begins at `start`, or -1. */
function closingQuote(line: Buffer, start: number): number {
  for (let at = line.indexOf(QUOTE, start + 1); at !== -1; at = line.indexOf(QUOTE, at + 1)) {
    let slashes = 0
    while (line[at - 1 - slashes] === BACKSLASH) slashes++
    if (slashes % 2 === 0) return at
  }
  return -1
}

/** What a line whose id is looked for has to be: a server's stdout answers, a host's asks. */
export type SoughtKind = 'response' | 'request'

/** The id of the message of which `head` is the beginning and `tail` the end; undefined when it isn't what is sought. */
export function sniffId(head: Buffer, tail: Buffer, sought: SoughtKind): number | string | undefined {
  const { id, isRequest } = outermost(head)
  if (isRequest !== (sought === 'request')) return undefined
  if (id !== undefined) return id
  if (!/^\s*\{/.test(head.toString('latin1', 0, 64))) return undefined
  const last = /[,{]\s*"id"\s*:\s*(?:(-?\d{1,15})(?:\.0{1,16})?|"([^"\\]{0,256})")\s*\}\s*$/.exec(
    tail.toString('utf8'),
  )
  return last === null ? undefined : idOf(last)
}

/** The method of the message of which `head` is the beginning, where it stands in that. */
export function sniffMethod(head: Buffer): string | undefined {
  return outermost(head).method
}

/** What the outermost members tell; an id behind a `method` of a response would be none, so all of `head` is read. */
function outermost(head: Buffer): { id?: number | string; isRequest: boolean; method?: string } {
  let id: number | string | undefined
  let isRequest = false
  let method: string | undefined
  const value = /\s*:\s*(?:(-?\d{1,15})(?:\.0{1,16})?(?=\s*[,}])|"([^"\\]{0,256})")/y
  let depth = 0
  for (let at = 0; at < head.length; at++) {
    const byte = head[at]
    if (byte === QUOTE) {
      const end = closingQuote(head, at)
      if (end === -1) break
      const name = depth === 1 ? head.toString('latin1', at + 1, end) : ''
      if (name === 'method' || name === 'id') {
        const following = head.toString('utf8', end + 1, end + 400)
        if (name === 'method' && /^\s*:/.test(following)) {
          isRequest = true
          method = /^\s*:\s*"([^"\\]{0,256})"/.exec(following)?.[1]
        }
        value.lastIndex = 0
        const match = name === 'id' ? value.exec(following) : null
        if (match !== null) id = idOf(match)
      }
      at = end
    } else if (byte === 0x7b || byte === 0x5b) {
      depth++
    } else if (byte === 0x7d || byte === 0x5d) {
      depth--
    }
  }
  return { isRequest, ...(id !== undefined && { id }), ...(method !== undefined && { method }) }
}

function idOf(match: RegExpExecArray): number | string {
  return match[1] === undefined ? (match[2] ?? '') : Number(match[1])
}
