/**
 * Bytes of servers.yaml to text. Nothing is guessed: at most 1 MiB, UTF-8 that decodes without replacement, no
 * control characters but tab and line ends. A byte order mark is fine and not part of the text.
 */
import { isUtf8 } from 'node:buffer'
import type { Mark } from '../problem.ts'

export const MAX_BYTES = 1024 * 1024

const LINE_FEED = 0x0a

export function decodeSource(bytes: Uint8Array): { text: string } | { problem: Mark } {
  if (bytes.length > MAX_BYTES) {
    return refuse(
      1,
      1,
      'the file is larger than 1 MiB',
      'a configuration is far smaller; is this the right file?',
    )
  }
  if (looksUtf16(bytes)) return refuse(1, 1, 'the file is UTF-16', 'save it as UTF-8')
  if (!isUtf8(bytes)) return notUtf8(bytes)
  const text = new TextDecoder('utf-8').decode(bytes)
  const control = text.search(/[^\P{Cc}\t\n\r\u0085]/u)
  if (control === -1) return { text }
  const before = text.slice(0, control).split('\n')
  return refuse(
    before.length,
    (before.at(-1)?.length ?? 0) + 1,
    'the file holds a control character, so it is not a text file',
    'name the YAML file with --config, or remove the character',
  )
}

/** A byte order mark, or every other byte of the first few zero, as ASCII text has it in UTF-16. */
function looksUtf16(bytes: Uint8Array): boolean {
  const [a, b, c, d] = bytes
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) return true
  return (a === 0 && b !== 0 && c === 0 && d !== 0) || (a !== 0 && b === 0 && c !== 0 && d === 0)
}

function notUtf8(bytes: Uint8Array): { problem: Mark } {
  const offset = firstBadByte(bytes)
  const lineStart = bytes.subarray(0, offset).lastIndexOf(LINE_FEED) + 1
  let line = 1
  for (let at = 0; at < lineStart; at++) if (bytes[at] === LINE_FEED) line += 1
  const col = new TextDecoder('utf-8').decode(bytes.subarray(lineStart, offset)).length + 1
  return refuse(line, col, `the file is not UTF-8 at byte offset ${offset}`, 'save it as UTF-8')
}

/** Where the longest prefix ends that decodes. Prefixes of a decodable prefix decode, so it can be bisected. */
function firstBadByte(bytes: Uint8Array): number {
  let good = 0
  let bad = bytes.length
  while (bad - good > 1) {
    const middle = (good + bad) >> 1
    if (decodesSoFar(bytes.subarray(0, middle))) good = middle
    else bad = middle
  }
  // `good` may lie inside the character that goes wrong; its first byte is the useful place.
  while (good > 0 && !isUtf8(bytes.subarray(0, good))) good -= 1
  return good
}

/** True also where the last character is only begun. */
function decodesSoFar(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true })
    return true
  } catch {
    return false
  }
}

function refuse(line: number, col: number, message: string, hint: string): { problem: Mark } {
  return { problem: { line, col, severity: 'error', message, hint } }
}
