/**
 * Encoders as others write them, independent of src/redact/forms/encodings.ts. Each gives what it makes of the value, and
 * what of it must not be left: for base64 within a longer text, the characters that hold bits of the value alone.
 */
import * as fc from '../random.ts'

export interface Encoded {
  readonly text: string
  readonly telling: string
}

const inner = (text: string): string => JSON.stringify(text).slice(1, -1)
const ascii = (text: string): string =>
  inner(text).replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
const upperHex = (text: string): string =>
  text.replace(/(?<=\\u)[0-9a-f]{4}/g, (digits) => digits.toUpperCase())
const bytesHex = (text: string): string => Buffer.from(text).toString('hex')
const pairs = (text: string): string[] => bytesHex(text).match(/../g) ?? []
const form = (text: string): string => new URLSearchParams({ k: text }).toString().slice(2)
const lowerPercent = (text: string): string => text.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase())
const xml = (text: string): string =>
  text.replace(
    /[<>&"']/g,
    (c) => ({ '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;', "'": '&apos;' })[c] ?? c,
  )

/** The value at `shift` bytes into a longer text. */
function shifted(value: string, shift: number, behind: string): { all: string; telling: string } {
  const size = Buffer.byteLength(value)
  const all = Buffer.concat([Buffer.alloc(shift, 'p'), Buffer.from(value), Buffer.from(behind)]).toString(
    'base64',
  )
  return { all, telling: all.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + size) * 8) / 6)) }
}

const url = (text: string): string => text.replaceAll('+', '-').replaceAll('/', '_')
const wrap = (text: string, columns: number, end: string): string =>
  text.match(new RegExp(`.{1,${columns}}`, 'g'))?.join(end) ?? ''

const plain: Record<string, (value: string) => string> = {
  raw: (v) => v,
  json: inner,
  'json, slashes escaped': (v) => inner(v).replaceAll('/', '\\/'),
  'json, ASCII only': ascii,
  'json, ASCII only, upper hex': (v) => upperHex(ascii(v)),
  'json, all as \\u': (v) =>
    v
      .split('')
      .map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  'json in json': (v) => inner(inner(v)),
  'json in json, ASCII only': (v) => inner(ascii(v)),
  encodeURIComponent,
  'encodeURIComponent, lower hex': (v) => lowerPercent(encodeURIComponent(v)),
  'encodeURIComponent twice': (v) => encodeURIComponent(encodeURIComponent(v)),
  encodeURI,
  form,
  'form, lower hex': (v) => lowerPercent(form(v)),
  'every byte in percent': (v) =>
    pairs(v)
      .map((pair) => `%${pair}`)
      .join(''),
  'json in percent': (v) => encodeURIComponent(inner(v)),
  xml,
  'html, numeric': (v) => xml(v).replaceAll('&apos;', '&#39;').replaceAll('&quot;', '&#34;'),
  hex: bytesHex,
  HEX: (v) => bytesHex(v).toUpperCase(),
  'hex, mixed': (v) => bytesHex(v).replace(/[a-f](?=.[0-8])/g, (digit) => digit.toUpperCase()),
  'hex with colons': (v) => pairs(v).join(':'),
  'hex with spaces': (v) => pairs(v).join(' '),
  'hex of json': (v) => bytesHex(inner(v)),
  base64: (v) => Buffer.from(v).toString('base64'),
  'base64 without padding': (v) => Buffer.from(v).toString('base64').replace(/=+$/, ''),
  base64url: (v) => Buffer.from(v).toString('base64url'),
  'base64 of json': (v) => Buffer.from(inner(v)).toString('base64'),
  'base64 in json, slashes escaped': (v) => Buffer.from(v).toString('base64').replaceAll('/', '\\/'),
  'base64 in percent': (v) => encodeURIComponent(Buffer.from(v).toString('base64')),
}

export const ENCODERS: readonly [string, (value: string) => Encoded][] = [
  ...Object.entries(plain).map(([name, encode]): [string, (value: string) => Encoded] => [
    name,
    (value) => ({ text: encode(value), telling: encode(value) }),
  ]),
  ...[0, 1, 2].flatMap((shift) =>
    ['', 'x', 'xy'].flatMap((behind): [string, (value: string) => Encoded][] => [
      [
        `base64 ${shift} bytes in, ${behind.length} behind`,
        (value) => {
          const { all, telling } = shifted(value, shift, behind)
          return { text: all, telling }
        },
      ],
      [
        `base64url ${shift} bytes in, ${behind.length} behind`,
        (value) => {
          const { all, telling } = shifted(value, shift, behind)
          return { text: url(all), telling: url(telling) }
        },
      ],
    ]),
  ),
]

/** Wrapped base64 of a long text with the value in it; `telling` is to be sought with the breaks taken out. */
export const WRAPPERS: readonly [string, (value: string, ahead: number) => Encoded][] = [64, 76].flatMap(
  (columns) =>
    ['\n', '\r\n', '\\n', '\\r\\n', '\n  '].map(
      (end): [string, (value: string, ahead: number) => Encoded] => [
        `base64 wrapped at ${columns} by ${JSON.stringify(end)}`,
        (value, ahead) => {
          const { all, telling } = shifted(value, ahead, 'q'.repeat(70))
          return { text: wrap(all, columns, end), telling }
        },
      ],
    ),
)

export const withoutBreaks = (text: string): string => text.replace(/(?:\r?\n|\\r|\\n)[ ]*/g, '')

/** Values with what encoders treat specially: quotes, backslashes, newlines, percent signs, other scripts. */
export const secretValue: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'grapheme-ascii', minLength: 8, maxLength: 60 }),
  fc.string({
    unit: fc.constantFrom(
      'a',
      'Z',
      '0',
      '9',
      '"',
      "'",
      '\\',
      '/',
      '\n',
      '%',
      '&',
      '<',
      '+',
      '=',
      ' ',
      'u',
      'n',
      'é',
      '漢',
      '😀',
    ),
    minLength: 8,
    maxLength: 40,
  }),
  fc.base64String({ minLength: 8, maxLength: 100 }),
)
