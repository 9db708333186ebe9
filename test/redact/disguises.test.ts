/** A value within one text, disguised (promise 3): every disguise of every strong value, and those of a password. */
import * as fc from '../random.ts'
import { describe, expect, test } from 'vitest'
import { Redactor } from '../../src/redact/redactor.ts'
import { Secret } from '../../src/secrets/secret.ts'
import { bare, longestLeft, STRONG } from './strong.ts'

function knowing(value: string): Redactor {
  const redactor = new Redactor()
  redactor.add('s', [new Secret(value, 's.T')])
  return redactor
}

type Disguise = (value: string) => string

const each =
  (between: string): Disguise =>
  (value) =>
    Array.from(value).join(between)
const inside =
  (what: string): Disguise =>
  (value) =>
    value.slice(0, value.length >> 1) + what + value.slice(value.length >> 1)
const around =
  (before: string, behind: string): Disguise =>
  (value) =>
    Array.from(value, (character) => before + character + behind).join('')

const INSERTED: Record<string, string> = {
  'a line break': '\n',
  CRLF: '\r\n',
  'a blank': ' ',
  'a tab': '\t',
  'a zero-width space': '\u200b',
  'a zero-width joiner': '\u200d',
  'a BOM': '\ufeff',
  'a soft hyphen': '\u00ad',
  'a combining mark': '\u0301',
  'a mark of direction': '\u202e',
  'a tag character': '\u{E0041}',
  'a variation selector': '\ufe0f',
  'a hyphen': '-',
  'a dot': '.',
  'a comma and a blank': ', ',
  '<wbr>': '<wbr>',
  'a comment': '<!-- x y -->',
  'a tag': '<b class="x">',
  'a long tag': `<span style="${'color: red; '.repeat(60)}">`,
  'a comment with tags in it': '<!-- was <b>bold</b> -->',
  'lines of a diff': '\n+',
  bold: '**',
  'a backtick': '`',
  'a colour': '\u001b[31m',
  '&nbsp;': '&nbsp;',
  '&shy;': '&shy;',
  '&constructor;': '&constructor;',
  '&#8203;': '&#8203;',
  '\\n as two characters': '\\n',
  '\\u200b as six': '\\u200b',
  'a colour, escaped': '\\x1b[31m',
  'a break of mail': '=\r\n',
  'quotes and a plus': '" + "',
}

const bytes = (value: string): Buffer => Buffer.from(value)
const pairs = (value: string): string[] => bytes(value).toString('hex').match(/../g) ?? []
const b64 = (value: string | Buffer): string => Buffer.from(value as string).toString('base64')
const rows = (value: string): Buffer[] =>
  Array.from({ length: Math.ceil(bytes(value).length / 16) }, (_, i) =>
    bytes(value).subarray(i * 16, i * 16 + 16),
  )
const shown = (row: Buffer): string => row.toString('latin1').replaceAll(/[^ -~]/g, '.')
const offset = (i: number, radix: 8 | 16, size: number): string =>
  (i * 16).toString(radix).padStart(size, '0')
const groups = (row: Buffer): string => row.toString('hex').replaceAll(/.{4}(?=.)/g, '$& ')
const halves = (row: Buffer): string =>
  [row.subarray(0, 8), row.subarray(8)]
    .map((half) => half.toString('hex').replaceAll(/..(?=.)/g, '$& '))
    .join('  ')

const WRITTEN: Record<string, Disguise> = {
  'upper case': (v) => v.toUpperCase(),
  'lower case': (v) => v.toLowerCase(),
  'swapped case': (v) =>
    v.replaceAll(/[a-z]/gi, (c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase())),
  'full width': (v) => v.replaceAll(/[!-~]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0)),
  'each in a tag': around('<b>', '</b>'),
  'each in a colour': around('\u001b[1m', '\u001b[0m'),
  'each in quotes': around("'", "', "),
  'marks, composed': (v) => Array.from(v).join('\u0301').normalize('NFC'),
  'without its dashes': (v) => v.replaceAll(/[^A-Za-z0-9]/g, ''),
  'with other dashes': (v) => v.replaceAll(/[^A-Za-z0-9]/g, '_'),
  'without the first': (v) => v.slice(1),
  'without the first two': (v) => v.slice(2),
  'without the last two': (v) => v.slice(0, -2),
  'without two at both ends': (v) => v.slice(2, -2),
  'a tool named after its beginning': (v) => `get_${v.slice(0, 14)}`,
  'a key named after three quarters': (v) => `x${v.slice(0, Math.ceil(v.length * 0.76))}y`,
  reversed: (v) => Array.from(v).toReversed().join(''),
  'hex, 0x': (v) =>
    pairs(v)
      .map((pair) => `0x${pair}`)
      .join(', '),
  'HEX, 0X': (v) =>
    pairs(v)
      .map((pair) => `0X${pair.toUpperCase()}`)
      .join(','),
  'hex, commas': (v) => pairs(v).join(','),
  'hex, line breaks': (v) => pairs(v).join('\n'),
  'hex, fours': (v) => bytes(v).toString('hex').replaceAll(/.{4}/g, '$& '),
  'hex, wrapped': (v) => bytes(v).toString('hex').replaceAll(/.{16}/g, '$&\n'),
  'hex, dashes': (v) => pairs(v).join('-'),
  'a Buffer': (v) => `<Buffer ${pairs(v).join(' ')}>`,
  'a dump': (v) =>
    rows(v)
      .map((row, i) => `${offset(i, 16, 8)}: ${groups(row).padEnd(39)}  ${shown(row)}`)
      .join('\n'),
  'a dump that begins elsewhere': (v) =>
    rows(`some text: ${v} more`)
      .map((row, i) => `${offset(i, 16, 8)}: ${groups(row).padEnd(39)}  ${shown(row)}`)
      .join('\n'),
  'a dump without places': (v) =>
    rows(v)
      .map((row) => `${groups(row).padEnd(39)}  ${shown(row)}`)
      .join('\n'),
  'hexdump -C': (v) =>
    rows(v)
      .map((row, i) => `${offset(i, 16, 8)}  ${halves(row).padEnd(48)}  |${shown(row)}|`)
      .join('\n'),
  'od -tx1': (v) =>
    rows(v)
      .map((row, i) => `${offset(i, 8, 7)} ${row.toString('hex').replaceAll(/../g, '$& ')}`)
      .join('\n'),
  'numbers, decimal': (v) => [...bytes(v)].join(', '),
  'numbers, octal': (v) => [...bytes(v)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join(''),
  '\\x': (v) =>
    pairs(v)
      .map((pair) => `\\x${pair}`)
      .join(''),
  '\\u{…}': (v) => Array.from(v, (c) => `\\u{${c.codePointAt(0)?.toString(16)}}`).join(''),
  '\\U': (v) => Array.from(v, (c) => `\\U${c.codePointAt(0)?.toString(16).padStart(8, '0')}`).join(''),
  'quoted-printable': (v) =>
    pairs(v)
      .map((pair) => `=${pair.toUpperCase()}`)
      .join(''),
  'percent, twice': (v) =>
    pairs(v)
      .map((pair) => `%25${pair}`)
      .join(''),
  entities: (v) => Array.from(v, (c) => `&#${c.codePointAt(0)};`).join(''),
  'entities with blanks': (v) => Array.from(v, (c) => `&#x${c.codePointAt(0)?.toString(16)};`).join(' '),
  'base64 twice': (v) => b64(b64(v)),
  'base64 in base64 of more': (v) => b64(`token: ${b64(`user:${v}`)} end`),
  'base64 of Latin-1': (v) => b64(Buffer.from(`user:${v}`, 'latin1')),
  'base64 of UTF-16': (v) => b64(Buffer.from(`key=${v};`, 'utf16le')),
  'base64 of UTF-16, other order': (v) => b64(Buffer.from(v, 'utf16le').swap16()),
  'base64 of hex': (v) => b64(bytes(v).toString('hex')),
  'base64, a short line': (v) => b64(`${'x'.repeat(7)}${v}`).replaceAll(/.{20}/g, '$&\n'),
  'base64, lines in quotes': (v) => b64(`${'x'.repeat(7)}${v}`).replaceAll(/.{10}/g, '$&" +\n  "'),
  'base64url, not padded, inside': (v) => Buffer.from(`ab${v}cd`).toString('base64url'),
  'hex of UTF-16': (v) => Buffer.from(v, 'utf16le').toString('hex'),
}

const ALL: Record<string, Disguise> = {
  ...Object.fromEntries(Object.entries(INSERTED).map(([what, text]) => [`${what} inside`, inside(text)])),
  ...Object.fromEntries(Object.entries(INSERTED).map(([what, text]) => [`${what} between all`, each(text)])),
  ...WRITTEN,
}

describe('nothing is left of a strong value (promise 3)', () => {
  test.each(Object.entries(STRONG))('%s', (_, value) => {
    const redactor = knowing(value)
    const clear = Object.entries(ALL).filter(([, disguise]) => {
      const written = disguise(value)
      const { text, hits } = redactor.maskText(`before ${written} after`)
      return (
        hits === 0 ||
        longestLeft(value, text) >= 8 ||
        longestLeft(written, text) > Math.max(12, bare(written).length / 3)
      )
    })
    expect(clear.map(([what]) => what)).toEqual([])
  })

  test('two kinds of what may stand between its characters, in turn', () => {
    const value = STRONG['GitHub'] ?? ''
    const redactor = knowing(value)
    const kinds = Object.entries(INSERTED)
    const clear = kinds.flatMap(([one, first]) =>
      kinds
        .filter(([, second]) => {
          const written = Array.from(value, (c, i) => (i === 0 ? '' : [first, second, ''][i % 3]) + c).join(
            '',
          )
          return redactor.maskText(`before ${written} after`).text !== 'before [redacted:s.T] after'
        })
        .map(([other]) => `${one} + ${other}`),
    )
    expect(clear).toEqual([])
  })

  test.each(Object.entries(STRONG))('%s does not reach another server either (promise 2)', (_, value) => {
    const redactor = knowing(value)
    const through = Object.entries(ALL).filter(
      ([, disguise]) => redactor.foreignSecrets({ q: `x ${disguise(value)}` }, 'other').length === 0,
    )
    expect(through.map(([what]) => what)).toEqual([])
    expect(redactor.foreignSecrets({ q: each(' ')(value) }, 's')).toEqual([])
  })
})

describe('a password that could nearly be words is found whole, whatever stands in it', () => {
  const whole = Object.entries(ALL).filter(([what]) => !/^(?:a (?:tool|key) named)/.test(what))
  test.each(['kY8!secret value', 'correct horse battery staple', 'S3cr3t-Pa55-x9'])('%s', (value) => {
    const redactor = knowing(value)
    const clear = whole.filter(([, disguise]) => redactor.maskText(`a ${disguise(value)} b`).hits === 0)
    expect(clear.map(([what]) => what)).toEqual([])
  })

  test('beyond ASCII in base64 of Latin-1', () => {
    const value = 'p@ss/w#rd+99 ü'
    for (const text of [value, `u:${value}`])
      expect(knowing(value).maskText(b64(Buffer.from(text, 'latin1'))).hits).toBeGreaterThan(0)
  })
})

describe('a weak value is compared letter by letter', () => {
  test.each<[string, string]>([
    ['20240115', 'on 2024-01-15'],
    ['changeme', 'change me'],
    ['postgres', 'POSTGRES'],
  ])('%s', (value, text) => {
    expect(knowing(value).maskText(text).hits).toBe(0)
    expect(knowing(value).maskText(`is ${value}.`).hits).toBe(1)
  })
})

const token = fc
  .string({
    unit: fc.constantFrom(...Array.from('abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ0123456789_-')),
    minLength: 24,
    maxLength: 64,
  })
  .filter((value) => /\d.*\d.*\d/.test(value) && bare(value).length >= 20 && !/(.)\1\1/.test(value))
const separator = fc.oneof(
  fc.constantFrom(...Object.values(INSERTED)),
  fc.string({ unit: fc.constantFrom(...Array.from(' \n\t.,;:|/-_*`~\u200b\u00ad\u0301')), maxLength: 5 }),
)

test('whatever stands between any of its characters', () => {
  fc.assert(
    fc.property(
      token,
      fc.array(separator, { minLength: 1, maxLength: 8 }),
      fc.nat(),
      (value, separators, seed) => {
        const written = Array.from(value)
          .map(
            (character, i) => character + ((seed >> (i % 16)) & 1 ? separators[i % separators.length] : ''),
          )
          .join('')
        expect(longestLeft(value, knowing(value).maskText(`before ${written} after`).text)).toBeLessThan(8)
      },
    ),
    { numRuns: 250 },
  )
})

test.each(['kT9#vLq2-wZx8', 'kT9#vLq2-wZx', 'Tr0ub4dor&3xy', 'p@ss/w0rd!9Kd'])(
  'a short password without its first character is masked: %s',
  (value) => {
    const redactor = new Redactor()
    redactor.add('s', [new Secret(value, 's.T')])
    expect(redactor.maskText(`key ${value.slice(1)} ok`).hits).toBe(1)
    expect(redactor.foreignSecrets({ a: value.slice(1) }, 'other')).toEqual(['s.T'])
  },
)

test.each([
  ['inventory2024', 'inventory2023'],
  ['customer-assets-1', 'customer-assets-2'],
  ['postgres1', 'postgres'],
])('what begins as %s does is no trace of it: %s', (value, other) => {
  const redactor = new Redactor()
  redactor.add('s', [new Secret(value, 's.T')])
  expect(redactor.maskText(`in ${other} there are 4`).hits).toBe(0)
})
