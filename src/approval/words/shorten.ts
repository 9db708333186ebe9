/**
 * A long value in little room: its beginning and its end, and how much is between them. What an attacker hides stands
 * rarely in the middle alone, and the number says that something is missing. Pure.
 */
import { widthOf } from '../wrap.ts'

/** What belongs together, so that no cut makes an escape into something else. */
const ATOMS = /\\u[0-9a-f]{4}|\\.|‹[^‹›]{1,20}›|./gsu
const LONGEST_ATOM = 22

/** How many columns a line takes. */
export function columnsOf(text: string): number {
  let columns = 0
  for (const character of text) columns += widthOf(character)
  return columns
}

/**
 * A text that is longer than `columns` as `"begin"…(812 more)…"end"`. Of a value in quotes both parts get quotes of
 * their own, so nothing that stands in it can be taken for the mark between them.
 * @param shown JSON or a name, in one line, nothing hidden in it
 */
export function shorten(shown: string, columns: number): string {
  if (shown.length <= columns && columnsOf(shown) <= columns) return shown
  const quote = /^".*"$/s.test(shown) ? '"' : ''
  const text = quote === '' ? shown : shown.slice(1, -1)
  const room = Math.max(2, columns - columnsOf(`…(${text.length} more)…`) - 4 * quote.length)
  // Enough of both ends; a long text needn't be taken apart as a whole.
  const reach = LONGEST_ATOM * room
  const begin = fitting(atomsOf(text.slice(0, reach)), Math.ceil(room / 2)).join('')
  const last = atomsOf(text.slice(endFrom(text, text.length - reach)))
  const end = fitting(last.toReversed(), Math.floor(room / 2))
    .toReversed()
    .join('')
  const left = text.length - begin.length - end.length
  if (left <= 0) return shown
  return `${quote}${begin}${quote}…(${left} more)…${quote}${end}${quote}`
}

function atomsOf(text: string): string[] {
  return text.match(ATOMS) ?? []
}

/** Which of many backslashes begins an escape is known only from the first one on. */
function endFrom(text: string, at: number): number {
  let from = Math.max(0, at)
  while (from > 0 && text[from - 1] === '\\') from -= 1
  return from
}

/** Those that fit, from the first one on. */
function fitting(atoms: readonly string[], columns: number): string[] {
  let left = columns
  const end = atoms.findIndex((atom) => (left -= columnsOf(atom)) < 0)
  return end === -1 ? [...atoms] : atoms.slice(0, end)
}
