/**
 * Undoes the ways of writing of programs, mail, terminals and dumps, and removes what they put between characters.
 * Pure.
 */
import { matchesAt, type ViewStep } from './view.ts'

/** Tags, comments, and what steers a terminal. */
export const markup: ViewStep = {
  needs: ['<', '\u001b', '\u009b'],
  // eslint-disable-next-line no-control-regex -- that is what is looked for
  sign: /<[a-z!/?]|[\u001b\u009b]/i,
  token:
    // eslint-disable-next-line no-control-regex -- that is what is looked for
    /<!--[^]{0,1000}?-->|<[a-z!/?][^<>]*>|(?:\u001b\[|\u009b)[0-9:;<=>?]{0,32}[ -/]{0,4}[@-~]|\u001b\][^\u0007\u001b]{0,300}(?:\u0007|\u001b\\)|\u001b[ -/]{0,2}[0-~]/gi,
}

/** The escapes of source code that JSON doesn't have: one byte or one character each. */
export const programs: ViewStep = {
  needs: ['\\'],
  sign: /\\(?:[xeU]|u\{|[0-7]{2})/,
  token: /\\(?:x[0-9a-fA-F]{2}|u\{[0-9a-fA-F]{1,6}\}|U[0-9a-fA-F]{8}|0?[0-7]{2,3}|e)/g,
  undo: (token) => {
    const digits = token.replaceAll(/[\\xuU{}]/g, '')
    const code = digits === 'e' ? 27 : parseInt(digits, /^\\[0-7]/.test(token) ? 8 : 16)
    return code <= 0x10ffff ? String.fromCodePoint(code) : token
  },
}

export const quotedPrintable: ViewStep = {
  needs: ['='],
  sign: /=(?:[0-9A-Fa-f]{2}|[ \t]{0,8}\r?\n)/,
  token: /=(?:[0-9A-Fa-f]{2}|[ \t]{0,8}\r?\n)/g,
  undo: (token) => (/\n/.test(token) ? '' : String.fromCharCode(parseInt(token.slice(1), 16))),
}

/** What stands before each number of hex: with it away they are one number. */
export const prefixes: ViewStep = {
  needs: ['0x', '0X', '\\x', 'U+', 'u+'],
  sign: /0x|\\x|U\+/i,
  token: /(?:0x|\\x|U\+00)(?=(?:[0-9a-f]{2}){1,8}(?![0-9a-z]))/gi,
}

/** A line of `xxd`, `od` or `hexdump -C`: where in the file it is (or not), bytes in hex, and what they are as text. */
const DUMP =
  /\n[ \t]*(?:(?:0x)?[0-9a-f]{4,16}[:.]?[ \t]+(?:0x)?[0-9a-f]{2}|(?:[0-9a-f]{2}){1,2}[ \t](?:[0-9a-f]{2}|[ \t]))/iy
const PLACE = /^[ \t]*(?:0x)?[0-9a-f]{4,16}[:.]?[ \t]+(?=(?:0x)?[0-9a-f]{2})/
const AS_TEXT = /(?:[ \t]{2,}|[ \t]*[|>])(?![0-9a-f]{2}[ \t])[^\n]{1,20}$/
const AS_BYTES = /^[ \t]*(?:(?:0x)?[0-9a-f]{4,16}[:.]?[ \t]+)?(?:[0-9a-f]{2}[ \t]?)+[ \t]*[ \t|>]/

function column(...parts: readonly RegExp[]): ViewStep {
  const token = new RegExp(parts.map(({ source }) => source).join('|'), 'gim')
  return { needs: ['\n'], sign: /\n/, token }
}

/** Whether a line of a dump begins behind this line break. */
export function isOfDump(text: string, at: number): boolean {
  return mayBeginDump(text.charCodeAt(at + 1)) && matchesAt(DUMP, text, at)
}

/** A digit of hex or a blank. */
function mayBeginDump(code: number): boolean {
  if (code <= 0x39) return code >= 0x30 || code === 0x20 || code === 0x09
  return (code | 0x20) >= 0x61 && (code | 0x20) <= 0x66
}

/** The bytes, where a line begins with its place and where it doesn't; and the text. */
export const dumps: readonly ViewStep[] = [column(PLACE, AS_TEXT), column(AS_TEXT), column(AS_BYTES)]
