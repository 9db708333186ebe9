/** Ways of writing that programs, mail, terminals and dumps have, undone, and what they put between characters. Pure. */
import type { Step } from './view.ts'

/** Tags, comments, and what steers a terminal. */
export const markup: Step = {
  sign: /<[a-z!/?]|[\u001b\u009b]/i,
  token:
    // eslint-disable-next-line no-control-regex -- that is what is looked for
    /<[a-z!/?][^<>]{0,300}>|(?:\u001b\[|\u009b)[0-9:;<=>?]{0,32}[ -/]{0,4}[@-~]|\u001b\][^\u0007\u001b]{0,300}(?:\u0007|\u001b\\)|\u001b[ -/]{0,2}[0-~]/gi,
  undo: () => '',
}

/** The escapes of source code that JSON doesn't have: one byte or one character each. */
export const programs: Step = {
  sign: /\\(?:[xeU]|u\{|[0-7]{2})/,
  token: /\\(?:x[0-9a-fA-F]{2}|u\{[0-9a-fA-F]{1,6}\}|U[0-9a-fA-F]{8}|0?[0-7]{2,3}|e)/g,
  undo: (token) => {
    const digits = token.replaceAll(/[\\xuU{}]/g, '')
    const code = digits === 'e' ? 27 : parseInt(digits, /^\\[0-7]/.test(token) ? 8 : 16)
    return code <= 0x10ffff ? String.fromCodePoint(code) : undefined
  },
}

export const quotedPrintable: Step = {
  sign: /=(?:[0-9A-Fa-f]{2}|\r?\n)/,
  token: /=(?:[0-9A-Fa-f]{2}|[ \t]{0,8}\r?\n)/g,
  undo: (token) => (/\n/.test(token) ? '' : String.fromCharCode(parseInt(token.slice(1), 16))),
}

/** What stands before each number of hex: with it away they are one number. */
export const prefixes: Step = {
  sign: /0x|\\x|U\+/i,
  token: /(?:0x|\\x|U\+00)(?=(?:[0-9a-f]{2}){1,8}(?![0-9a-z]))/gi,
  undo: () => '',
}

/** A line of `xxd`, `od` or `hexdump -C`: where in the file it is, bytes in hex, and what they are as text. */
const DUMP = /\n[ \t]*(?:0x)?[0-9a-f]{4,16}[:.]?[ \t]+(?:0x)?[0-9a-f]{2}/i

export const dumpBytes: Step = {
  sign: DUMP,
  token:
    /^[ \t]*(?:0x)?[0-9a-f]{4,16}[:.]?[ \t]+(?=(?:0x)?[0-9a-f]{2})|(?:[ \t]{2,}|[ \t]*[|>])(?![0-9a-f]{2}[ \t])[^\n]{1,20}$/gim,
  undo: () => '',
}

export const dumpText: Step = {
  sign: DUMP,
  token: /^[ \t]*(?:0x)?[0-9a-f]{4,16}[:.]?[ \t]+(?:[0-9a-f]{2}[ \t]?)+[ \t]*[ \t|>]/gim,
  undo: () => '',
}

/** So much of a run says whether it is base64 of something: text has both cases then, as names of files haven't. */
const TRIAL = 64

/** By its bytes, one a character. */
export const base64: Step = {
  sign: /[A-Za-z0-9+/_-]{16}/,
  token: /[A-Za-z0-9+/_-]{16,}={0,2}/g,
  undo: (token) => {
    const start = token.slice(0, TRIAL)
    return /[A-Z]/.test(start) && /[a-z]/.test(start) ? Buffer.from(token, 'base64').toString('latin1') : undefined
  },
}
