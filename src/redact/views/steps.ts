/** Undoes what encoders put in the place of a character. Pure. */
import { hasSignAt, matchesAt, type ViewStep } from './view.ts'

const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }
export const unescape: ViewStep = {
  needs: ['\\'],
  // The exact forms of encodings.ts cover what JSON.stringify writes, once and twice.
  sign: /\\u|\\\/|\\{4}/,
  token: /\\(?:u[0-9a-fA-F]{4}|["\\/bfnrt'])/g,
  undo: (token) =>
    token.length > 2
      ? String.fromCharCode(parseInt(token.slice(2), 16))
      : (ESCAPES[token.charAt(1)] ?? token.charAt(1)),
  unfinished: /\\(?:u[0-9a-fA-F]{0,3})?$/,
}

export const percent: ViewStep = {
  needs: ['%'],
  sign: /%/,
  token:
    /%(?:[0-7][0-9a-f]|[cd][0-9a-f]%[89ab][0-9a-f]|e[0-9a-f](?:%[89ab][0-9a-f]){2}|f[0-7](?:%[89ab][0-9a-f]){3})/gi,
  undo: (token) => Buffer.from(token.replaceAll('%', ''), 'hex').toString('utf8'),
  unfinished: /%(?:[0-9a-f]?|[c-f][0-9a-f](?:%[89ab][0-9a-f]){0,2}(?:%[89ab]?)?)$/i,
}

/** Others are a blank or a mark (`&shy;`, `&ZeroWidthSpace;`), or were never part of a token. */
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
export const entity: ViewStep = {
  needs: ['&'],
  sign: /&/,
  token: /&(?:#\d{1,6}|#x[0-9a-f]{1,5}|[a-z]{2,32});/gi,
  undo: (token) => {
    const name = token.slice(1, -1).toLowerCase()
    if (!name.startsWith('#')) return Object.hasOwn(ENTITIES, name) ? (ENTITIES[name] ?? '') : ''
    return String.fromCodePoint(name.startsWith('#x') ? parseInt(name.slice(2), 16) : Number(name.slice(1)))
  },
  unfinished: /&(?:#x?[0-9a-f]{0,6}|[a-z]{0,4})$/i,
}

const WRAPPED = /\n(?<=[A-Za-z0-9+/=_-]{16}\r?\n)/y
const WRAPPED_IN_QUOTES = /\\(?<=[A-Za-z0-9+/=_-]{16}\\)[\\nr]/y

/** Letters, digits, `+ / = _ -` and a carriage return. */
function mayEndWrapped(code: number): boolean {
  if ((code | 0x20) >= 0x61) return (code | 0x20) <= 0x7a || code === 0x5f
  return (code >= 0x2f && code <= 0x39) || code === 0x2b || code === 0x2d || code === 0x3d || code === 0x0d
}

/**
 * Whether a line break, or the backslash of one that is escaped, stands in what looks like wrapped base64 or hex. What
 * stands before is looked at first: nearly always that is enough.
 */
export function isWrapped(text: string, at: number): boolean {
  return (
    mayEndWrapped(text.charCodeAt(at - 1)) &&
    matchesAt(text[at] === '\n' ? WRAPPED : WRAPPED_IN_QUOTES, text, at)
  )
}

/** A line break, real or escaped, behind at least 16 characters of base64 or hex, with what indents the next line. */
export const unwrap: ViewStep = {
  isBlank: true,
  needs: ['\n', '\\n'],
  sign: (text) => hasSignAt(text, '\n', isWrapped) || hasSignAt(text, '\\', isWrapped),
  token:
    /(?:\r?\n|(?:\\{1,4}r)?\\{1,4}n)(?<=[A-Za-z0-9+/=_-]{16}(?:\r?\n|(?:\\{1,4}r)?\\{1,4}n))[ \t]{0,16}(?=[A-Za-z0-9+/=_-])/g,
  unfinished: /(?<=[A-Za-z0-9+/=_-]{16})(?:\r\n?|\n|\\{1,4}(?:r(?:\\{1,4}n?)?|n)?)[ \t]{0,16}$/,
}
