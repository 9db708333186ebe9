/**
 * Comments as JSON files of other hosts have them, `//` and block ones, wherever `{…}` or `[…]` is written. YAML takes
 * them for text, so that what somebody commented out would run. They are blanked before YAML reads the file,
 * character by character, so that every place in it stays where it is. In quotes and inside a word
 * (`http://…`) they are no comments. No JSONC library reads `{…}` inside YAML, so this is our own.
 */
import { Lexer } from 'yaml'

/** From, to: offsets in UTF-16 units. */
export type TextRange = readonly [number, number]

export interface Blanked {
  readonly text: string
  /** Where a block comment begins that has no end. */
  readonly unclosed: number | undefined
}

/** The same text with blanks in place of comments, in all of its flow collections. */
export function blankComments(text: string): Blanked {
  const found = new Found()
  let at = jsonStart(text, found)
  const isJson = at !== undefined
  for (at ??= nextFlow(text, 0); at !== undefined; at = nextFlow(text, at)) {
    at = scan(text, at, found)
    at = afterFlow(text, at, isJson, found)
  }
  return { text: blank(text, found.ranges), unclosed: found.unclosed }
}

/** The same for a text that is all inside of braces. */
export function blankFlow(text: string): Blanked {
  const found = new Found()
  scan(text, 0, found)
  return { text: blank(text, found.ranges), unclosed: found.unclosed }
}

class Found {
  readonly ranges: TextRange[] = []
  unclosed: number | undefined

  /** Of a comment that begins at `at`. */
  comment(text: string, at: number): number {
    const isLine = text[at + 1] === '/'
    const close = isLine ? lineEnd(text, at) : text.indexOf('*/', at + 2)
    if (close === -1) this.unclosed ??= at
    const end = close === -1 ? text.length : isLine ? close : close + 2
    this.ranges.push([at, end])
    return end
  }
}

/** Where the first bracket of a JSON file is, with only blanks and comments before it. */
function jsonStart(text: string, found: Found): number | undefined {
  const before = new Found()
  let at = 0
  for (; at < text.length; at += 1) {
    if (isComment(text, at)) at = before.comment(text, at) - 1
    else if (text[at] === '#') at = lineEnd(text, at) - 1
    else if (isOddBlank(text[at])) before.ranges.push([at, at + 1])
    else if (!isBlank(text[at])) break
  }
  if (text[at] !== '{' && text[at] !== '[') return undefined
  found.ranges.push(...before.ranges)
  found.unclosed = before.unclosed
  return at
}

/** Where YAML sees the next `{` or `[` that opens a collection: not in quotes, block texts and comments. */
function nextFlow(text: string, from: number): number | undefined {
  let at = from
  for (const lexeme of new Lexer().lex(text.slice(from))) {
    if (lexeme === '{' || lexeme === '[') return at
    if (!MARKERS.has(lexeme)) at += lexeme.length
  }
  return undefined
}

/** What the lexer says besides the text: a document begins, a scalar comes, a collection isn't closed. */
const MARKERS: ReadonlySet<string> = new Set(['\u0002', '\u0018', '\u001F'])

/** From an opening bracket to behind the one that closes it. */
function scan(text: string, start: number, found: Found): number {
  let depth = 0
  let at = start
  while (at < text.length) {
    const char = text[at]
    if (char === '"' || char === "'") at = quoteEnd(text, at)
    else if (isComment(text, at)) at = found.comment(text, at)
    else if (char === '#') at = lineEnd(text, at)
    else if (char === '{' || char === '[') {
      depth += 1
      at += 1
    } else if (char === '}' || char === ']') {
      depth -= 1
      at += 1
      if (depth === 0) return at
    } else if (isOldLineEnd(text, at)) {
      found.ranges.push([at, at + 1])
      at += 1
    } else if (isOddBlank(char) || (char === '\t' && /[\r\n\t]/.test(text[at - 1] ?? ''))) {
      // YAML indents with spaces only.
      found.ranges.push([at, at + 1])
      at += 1
    } else if (isBlank(char) || char === ',' || char === ':') at += 1
    else at = wordEnd(text, at)
  }
  return at
}

/** Behind the closing bracket: what is left of a JSON file around it, a comma or a comment. */
function afterFlow(text: string, from: number, isJson: boolean, found: Found): number {
  let at = from
  while (at < text.length) {
    if (isComment(text, at)) at = found.comment(text, at)
    else if (isOddBlank(text[at]) || isOldLineEnd(text, at) || isLeftOver(text, at, isJson)) {
      found.ranges.push([at, at + 1])
      at += 1
    } else if (text[at] === ' ' || text[at] === '\t' || (isJson && isBlank(text[at]))) at += 1
    else break
  }
  return at
}

/** The comma behind an entry that was copied with it, or the end of a statement. */
function isLeftOver(text: string, at: number, isJson: boolean): boolean {
  if (text[at] === ';') return isJson
  return text[at] === ',' && /^,[ \t\r]*(?:$|\n|\/[/*])/.test(text.slice(at, at + 80))
}

function isComment(text: string, at: number): boolean {
  return text[at] === '/' && (text[at + 1] === '/' || text[at + 1] === '*')
}

function lineEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) if (text[at] === '\n' || text[at] === '\r') return at
  return text.length
}

function quoteEnd(text: string, from: number): number {
  const quote = text[from]
  for (let at = from + 1; at < text.length; at += 1) {
    if (quote === '"' && text[at] === '\\') at += 1
    else if (text[at] === quote) {
      if (quote === '"' || text[at + 1] !== quote) return at + 1
      at += 1
    }
  }
  return text.length
}

/** A word without quotes. Behind a number, true, false or null a comment may follow at once. */
function wordEnd(text: string, from: number): number {
  let at = from
  while (
    at < text.length &&
    !isBlank(text[at]) &&
    !isOddBlank(text[at]) &&
    !',[]{}'.includes(text[at] ?? '')
  ) {
    if (text[at] === ':' && (isBlank(text[at + 1]) || ',[]{}'.includes(text[at + 1] ?? ','))) break
    if (isComment(text, at) && /^(?:[-+.\d][\w.+-]*|true|false|null)$/i.test(text.slice(from, at))) break
    at += 1
  }
  return Math.max(at, from + 1)
}

function isBlank(char: string | undefined): boolean {
  return char === ' ' || char === '\t' || char === '\n' || char === '\r'
}

/** Blanks that web pages bring along: non-breaking ones and such of no width. */
export function isOddBlank(char: string | undefined): boolean {
  return char !== undefined && /[\u00A0\u1680\u2000-\u200B\u202F\u205F\u2060\u3000\uFEFF]/.test(char)
}

/** A carriage return alone, which is a line end in JSON and none in YAML. */
function isOldLineEnd(text: string, at: number): boolean {
  return text[at] === '\r' && text[at + 1] !== '\n'
}

function blank(text: string, ranges: readonly TextRange[]): string {
  if (ranges.length === 0) return text
  const parts: string[] = []
  let at = 0
  for (const [from, to] of ranges) {
    parts.push(text.slice(at, from), text.slice(from, to).replace(/[^\r\n]|\r(?!\n)/g, ' '))
    at = to
  }
  return parts.join('') + text.slice(at)
}
