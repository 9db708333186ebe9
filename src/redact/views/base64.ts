/** Base64 in a text, decoded: its bytes, one a character, a line for each run of it, and nothing else. Pure. */
import { Undoing, type View } from './view.ts'

/** Shorter runs hold no half of a value. */
const SHORTEST = 16
/** So much of a run says whether it is base64 of something: text has both cases then, as names of files haven't. */
const TRIAL = 64
const ALPHABET = Uint8Array.from({ length: 128 }, (_, code) =>
  /[A-Za-z0-9+/_-]/.test(String.fromCharCode(code)) ? 1 : 0,
)

/** Undefined when nothing looks like it. */
export function decoded(base: View): View | undefined {
  const { text } = base
  const undoing = new Undoing()
  const parts: string[] = []
  let done = 0
  // Every run of that length has a character at one of these places.
  for (let at = SHORTEST - 1; at < text.length; at += SHORTEST) {
    if (!isInside(text, at)) continue
    let start = at
    while (start > done && isInside(text, start - 1)) start -= 1
    let end = at + 1
    while (end < text.length && isInside(text, end)) end += 1
    const run = text.slice(start, end)
    if (run.length >= SHORTEST && looksEncoded(run)) {
      parts.push(undoing.next(done, start - done, '\n'), undoing.next(start, run.length, bytesOf(run)))
      done = end
    }
    at = Math.max(at, end - (end % SHORTEST) - 1)
  }
  if (parts.length === 0) return undefined
  parts.push(undoing.next(done, text.length - done, '\n'))
  return undoing.viewOf(parts.join(''), base)
}

/** Each line is all base64, e.g. a blob; they are read as one. */
export function decodedLines(base: View): View | undefined {
  const undoing = new Undoing()
  const text = base.text.replace(/[^\n]*\n?/g, (line: string, at: number) =>
    line === '' ? '' : undoing.next(at, line.length, bytesOf(line)),
  )
  return undoing.viewOf(text, base)
}

function isInside(text: string, at: number): boolean {
  return ALPHABET[text.charCodeAt(at)] === 1
}

function looksEncoded(run: string): boolean {
  const start = run.slice(0, TRIAL)
  return /[A-Z]/.test(start) && /[a-z]/.test(start)
}

function bytesOf(run: string): string {
  return Buffer.from(run, 'base64').toString('latin1')
}
