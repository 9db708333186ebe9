/**
 * Quotes a server's own words where people and models are told why it is down. They can't be taken for ours: a first
 * line says what they are, and each line has a mark in front. Pure; the text is masked before.
 */
import { visibleLine } from '../../../visible.ts'

const MAX_LINES = 5
const MAX_CHARACTERS = 600
const MAX_LINE = 300

/** What a program prints around the one line that says what is wrong: frames of a stack, carets, closing brackets. */
const NOISE =
  /^\s*(?:at (?:.+:\d+|.*<anonymous>|.*\(.*\)).*|\^+~*\^*|[\])}]+[,;]?|Node\.js v\d[\d.]*|npm (?:error|ERR!)(?: \d+)?|npm (?:error|ERR!) A complete log .*|Emitted '\w+' event on .*|File ".*", line \d+.*)\s*$/
const TELLS =
  /\b\w*(?:error|exception|fatal|panic|failed|missing|required|invalid|denied|refused|cannot|can't|could not|not found|no such)\b/i

/**
 * @param what begins the quotation, e.g. `its error`
 * @returns undefined where there are no words
 */
export function quotedWords(what: string, lines: readonly string[]): string | undefined {
  const shown = lines
    .flatMap((line) => line.split(/\r?\n/))
    .map(shorten)
    .filter((line) => line !== '')
  if (shown.length === 0) return undefined
  return [`${what} (the server's words, not sidemux's):`, ...within(shown).map((line) => `> ${line}`)].join(
    '\n',
  )
}

/** The last lines that say something, and the last one that says what is wrong where they don't. */
export function lastOf(lines: readonly string[]): readonly string[] {
  const telling = lines.filter((line) => line.trim() !== '' && !NOISE.test(line))
  const last = telling.slice(-MAX_LINES)
  const before = telling.slice(0, -MAX_LINES).findLast((line) => TELLS.test(line))
  if (before === undefined || last.some((line) => TELLS.test(line))) return last
  return [before, '…', ...telling.slice(2 - MAX_LINES)]
}

/** It may say what is wrong. */
export function tells(line: string): boolean {
  return TELLS.test(line) && !NOISE.test(line)
}

function shorten(line: string): string {
  const plain = visibleLine(line.trim()).replace(/ {9,}/g, ' … ')
  return plain.length <= MAX_LINE ? plain : `${plain.slice(0, MAX_LINE - 1).toWellFormed()}…`
}

/** The last ones count most. */
function within(lines: readonly string[]): readonly string[] {
  const kept: string[] = []
  let left = MAX_CHARACTERS
  for (const line of lines.toReversed()) {
    left -= line.length
    if (kept.length === MAX_LINES || (left < 0 && kept.length > 0)) break
    kept.unshift(line)
  }
  return kept
}
