/**
 * `name=value` in all its writings: `.env` and INI lines, YAML and TOML, headers, cookies, connection strings
 * (ADO.NET, ODBC, libpq, Azure), forms, `.npmrc`, `.netrc`, options of a command line, elements of XML.
 *
 * A text doesn't say which of them it is, and a password may hold the sign that parts the others, so it is read in
 * every way. A wrong reading gives a piece too many, which only masks more; what it says counts only where the name
 * says secret.
 */
import { looksSecret } from '../words/names.ts'
import { roleOf, type SecretPiece, type Role } from './piece.ts'
import { splitOutsideQuotes, unquote } from './quotes.ts'

const READINGS: readonly RegExp[] = [/;/, /&/, /,/, /\s/, /\|/]

const PAIR =
  /^[\s"'{([<?-]{0,8}(?:(?:export|set|SET|set-cookie:|cookie:)\s+)?([A-Za-z_/][\w./:@%[\]-]{0,127}?(?: [\w.-]{1,32}){0,3})["']?\s{0,8}(=>|:=|=|:(?=[\s"'[{]|$))\s*(\S[^]*)$/i

export interface Pairs {
  readonly pieces: readonly SecretPiece[]
  /** It is a row of pairs, and no list of anything else. */
  readonly several: boolean
}

/** Of one line. */
export function pairsOf(line: string): Pairs {
  const rows = READINGS.flatMap((sign): Row[] => {
    const chunks = splitOutsideQuotes(line, sign)
    const pairs = chunks.length < 2 ? [] : chunks.flatMap(pairOf)
    return pairs.length === 0 ? [] : [{ sign, pairs, all: pairs.length === chunks.length }]
  })
  const [main] = rows.filter(({ all, pairs, sign }) => pairs.length > 1 && (all || sign.source === ';'))
  const single = main === undefined ? pairOf(line) : []
  const read = rows.flatMap(({ pairs, sign }) => {
    // What a form or a query names without saying secret is mostly none.
    const counts = sign === main?.sign && sign.source !== '&'
    return pairs.flatMap(({ values, role }) =>
      role !== 'neutral' || counts ? piecesIn(values, role) : piecesIn(values, 'chance'),
    )
  })
  return {
    several: main !== undefined,
    pieces: [
      ...single.flatMap(({ values, role }) => piecesIn(values, role)),
      ...read,
      ...quotedPairs(line),
      ...wordPairs(line),
      ...elements(line),
    ],
  }
}

interface Pair {
  readonly role: Role
  readonly values: readonly string[]
}

interface Row {
  readonly sign: RegExp
  readonly pairs: readonly Pair[]
  readonly all: boolean
}

function pairOf(chunk: string): readonly Pair[] {
  const [, name, , rest] = PAIR.exec(chunk) ?? []
  return name === undefined || rest === undefined ? [] : [{ role: roleOf(name), values: unquote(rest) }]
}

function piecesIn(values: readonly string[], role: Role): readonly SecretPiece[] {
  return values.map((text) => ({ text, role }))
}

const QUOTED =
  /["']?([A-Za-z_][\w.-]{0,63}(?: [\w.-]{1,32}){0,2})["']?\s{0,8}(?:=>|[:=])\s{0,8}("(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*')/g

/** `'name': 'value'` anywhere: what another language writes, or JSON with a comment or without its end. */
export function quotedPairs(text: string): readonly SecretPiece[] {
  if (!/["']/.test(text)) return []
  return [...text.matchAll(QUOTED)].flatMap(([, name = '', value = '']) =>
    unquote(value).map((inside): SecretPiece => ({ text: inside, role: roleOf(name) })),
  )
}

/** `login x password y` of `.netrc`; `--token x`. */
function wordPairs(line: string): readonly SecretPiece[] {
  const words = splitOutsideQuotes(line, /\s/).slice(0, MAX_WORDS)
  const isMysql = words.some((word) => /(?:^|\/)(?:mysql|mariadb)[\w-]*$/.test(word))
  return words.flatMap((word, at): SecretPiece[] => {
    if (isMysql && /^-p./.test(word)) return unquote(word.slice(2)).map((text) => ({ text, role: 'secret' }))
    const next = words[at + 1]
    if (
      next === undefined ||
      !/^(?:-{1,2}[A-Za-z][\w-]{1,40}|passwd|password|token|secret|apikey)$/i.test(word)
    )
      return []
    return looksSecret(word) ? unquote(next).map((text) => ({ text, role: 'secret' })) : []
  })
}

const MAX_WORDS = 2000

const ELEMENT = /<([A-Za-z][\w:.-]{0,63})(?:\s[^<>]{0,256})?>([^<>]{1,4096})<\/\1>/g
const ATTRIBUTES =
  /\b(?:key|name)\s?=\s?["']([^"'<>]{1,64})["']\s{1,8}value\s?=\s?["']([^"'<>]{1,4096})["']/gi

function elements(line: string): readonly SecretPiece[] {
  if (!line.includes('<')) return []
  return [...line.matchAll(ELEMENT), ...line.matchAll(ATTRIBUTES)].flatMap(
    ([, name = '', value = '']): SecretPiece[] => [
      { text: value, role: roleOf(name) },
      { text: entitiesUndone(value), role: roleOf(name) },
    ],
  )
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function entitiesUndone(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => ENTITIES[name] ?? '')
}
