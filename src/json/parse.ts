/**
 * JSON.parse, but numbers that a double can't keep arrive with all their digits (number.ts). Few lines hold one, so
 * the others are only looked over. In those that do, a string stands in for each such number on the way through
 * JSON.parse (write.ts); that way exactly the texts that JSON.parse takes are taken.
 *
 * A member called `__proto__` becomes a member like any other. Whoever copies a value that came from here does it by
 * Object.fromEntries, a spread or Object.defineProperty, never by assigning to a name, which would set a prototype.
 */
import { ExactNumber, isKept } from './number.ts'
import { RawJson, SIGN } from './write.ts'

/** What any number that a double doesn't keep has: sixteen digits, an exponent, or a sign before a zero. */
const MAY_BE_EXACT = /[\d.]{16}|\d[eE]|-0/

/** @throws SyntaxError */
export function parseJson(text: string): unknown {
  if (!MAY_BE_EXACT.test(text)) return JSON.parse(text)
  let marked = ''
  let done = 0
  for (const { start, end } of numbersIn(text)) {
    const written = text.slice(start, end)
    if (!isNumber(text, written, end) || isKept(written)) continue
    marked += `${text.slice(done, start)}"${SIGN}${written}"`
    done = end
  }
  if (done === 0) return JSON.parse(text)
  return JSON.parse(marked + text.slice(done), (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith(SIGN) ? new ExactNumber(value.slice(SIGN.length)) : value,
  )
}

/** The members that are JSON already, parsed; for the few who have to look into them. */
export function parsedMembers(value: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const members = Object.entries(value)
  if (!members.some(([, member]) => member instanceof RawJson)) return value
  return Object.fromEntries(
    members.map(([key, member]) => [
      key,
      member instanceof RawJson ? parseJson(Buffer.from(member.bytes).toString()) : member,
    ]),
  )
}

/** Where something stands outside of strings that looks like a number which needs a closer look. */
function* numbersIn(text: string): Generator<{ readonly start: number; readonly end: number }> {
  const next = /"|[-\d][\d.eE+-]*/g
  for (let match = next.exec(text); match !== null; match = next.exec(text)) {
    const [token] = match
    if (token === '"') {
      next.lastIndex = closingQuote(text, match.index) + 1
      if (next.lastIndex === 0) return
    } else if (MAY_BE_EXACT.test(token)) {
      yield { start: match.index, end: next.lastIndex }
    }
  }
}

/** Index of the quote that ends the string which begins at `start`, or -1. */
function closingQuote(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let slashes = 0
    while (text[at - 1 - slashes] === '\\') slashes++
    if (slashes % 2 === 0) return at
  }
  return -1
}

/** Whether it is one of JSON, and a value: in the place of a member's name only a string may stand, and none may stand in. */
function isNumber(text: string, written: string, end: number): boolean {
  if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(written)) return false
  let at = end
  while (' \t\r\n'.includes(text.charAt(at)) && at < text.length) at++
  return at === text.length || ',]}'.includes(text.charAt(at))
}
