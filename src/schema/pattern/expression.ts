/**
 * Reads a regular expression of JavaScript (with the flag `u`) as a tree, from which its price (price.ts) and its form for
 * a matcher of linear time (linear.ts) follow. It must be one that JavaScript has read already, so nothing is checked.
 * Pure.
 */

export type Expression = {
  /** Characters of the shortest text that it matches, or fewer. */
  readonly least: number
} & (
  | /** One character. `re2` matches the same in RE2; undefined where that isn't certain. */
    { readonly kind: 'one'; readonly re2: string | undefined }
  /** A place between characters, such as the beginning of the text. */
  | { readonly kind: 'place'; readonly re2: string }
  /** One after the other. */
  | { readonly kind: 'row'; readonly parts: readonly Expression[] }
  /** One of several. */
  | { readonly kind: 'either'; readonly parts: readonly Expression[] }
  | { readonly kind: 'times'; readonly of: Expression; readonly min: number; readonly max: number }
  /** What stands before or behind a place, or doesn't. */
  | { readonly kind: 'look'; readonly of: Expression }
  /** What a group has matched, again. */
  | { readonly kind: 'again' }
)

/** Undefined for groups with flags of their own, which not every JavaScript knows. */
export function readExpression(pattern: string): Expression | undefined {
  const reader = new Reader(pattern)
  const expression = reader.either()
  return reader.hasFlags ? undefined : expression
}

const ANY = '\\x{0}-\\x{10ffff}'
/** Line breaks, as `.` knows them. */
const BREAKS = '\\x{a}\\x{d}\\x{2028}\\x{2029}'
const SPACE =
  '\\x{9}-\\x{d}\\x{20}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}'
const NO_SPACE =
  '\\x{0}-\\x{8}\\x{e}-\\x{1f}\\x{21}-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}\\x{ff00}-\\x{10ffff}'
/** As members of a class. RE2 knows the others of the same letters. */
const KINDS: Readonly<Record<string, string>> = {
  d: '0-9',
  D: '\\x{0}-\\x{2f}\\x{3a}-\\x{10ffff}',
  w: '0-9A-Za-z_',
  W: '\\x{0}-\\x{2f}\\x{3a}-\\x{40}\\x{5b}-\\x{5e}\\x{60}\\x{7b}-\\x{10ffff}',
  s: SPACE,
  S: NO_SPACE,
}
const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, 0: 0 }

const LOOKS = /^\(\?<?[=!]/
const GROUP = /^\((?:\?([a-z]*-?[a-z]*):|\?<[^=!>][^>]*>)?/
const TIMES = /^(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})\??/

class Reader {
  hasFlags = false
  readonly #pattern: string
  #at = 0

  constructor(pattern: string) {
    this.#pattern = pattern
  }

  /** Up to the end, or to the end of a group. */
  either(): Expression {
    const parts = [this.#row()]
    while (this.#takes('|')) parts.push(this.#row())
    const [only] = parts
    if (parts.length === 1 && only !== undefined) return only
    return { kind: 'either', parts, least: Math.min(...parts.map(({ least }) => least)) }
  }

  #row(): Expression {
    const parts: Expression[] = []
    while (this.#at < this.#pattern.length && !'|)'.includes(this.#pattern[this.#at] ?? ''))
      parts.push(this.#times(this.#term()))
    return { kind: 'row', parts, least: parts.reduce((sum, { least }) => sum + least, 0) }
  }

  #times(of: Expression): Expression {
    const match = this.#match(TIMES)
    if (match === undefined) return of
    const [, sign, fewest, comma, most] = match
    const min = sign === undefined ? Number(fewest) : sign === '+' ? 1 : 0
    const least = min * of.least
    if (sign !== undefined) return { kind: 'times', of, min, max: sign === '?' ? 1 : Infinity, least }
    const max = comma === undefined ? min : most === undefined || most === '' ? Infinity : Number(most)
    return { kind: 'times', of, min, max, least }
  }

  #term(): Expression {
    const look = this.#match(LOOKS) !== undefined
    const group = look ? undefined : this.#match(GROUP)
    if (look || group !== undefined) {
      this.hasFlags ||= (group?.[1] ?? '') !== ''
      const of = this.either()
      this.#takes(')')
      return look ? { kind: 'look', of, least: 0 } : of
    }
    if (this.#takes('^')) return { kind: 'place', re2: '\\A', least: 0 }
    if (this.#takes('$')) return { kind: 'place', re2: '\\z', least: 0 }
    if (this.#takes('.')) return one(`[^${BREAKS}]`)
    if (this.#takes('[')) return this.#class()
    if (!this.#takes('\\')) return one(literal(this.#character()))
    const place = this.#match(/^[bB]/)
    if (place !== undefined) return { kind: 'place', re2: `\\${place[0]}`, least: 0 }
    if (this.#match(/^(?:[1-9]\d*|k<[^>]*>)/) !== undefined) return { kind: 'again', least: 0 }
    const kind = this.#kind()
    return one(kind === undefined ? literal(this.#escaped()) : kind.re2 && `[${kind.re2}]`)
  }

  #class(): Expression {
    const sign = this.#takes('^') ? '^' : ''
    let members: string | undefined = ''
    while (!this.#takes(']')) {
      const first = this.#member()
      const isRange = this.#match(/^-(?!\])/) !== undefined
      const member = isRange ? range(first, this.#member()) : first
      members = members === undefined || member === undefined ? undefined : members + member
    }
    if (members === '') return one(sign === '' ? `[^${ANY}]` : `[${ANY}]`)
    return one(members === undefined ? undefined : `[${sign}${members}]`)
  }

  /** Of a class, as RE2 writes it in one. */
  #member(): string | undefined {
    if (!this.#takes('\\')) return literal(this.#character())
    const kind = this.#kind()
    return kind === undefined ? literal(this.#escaped()) : kind.re2
  }

  /** Behind a backslash. Of those by which Unicode has classes another library may know another Unicode. */
  #kind(): { readonly re2: string | undefined } | undefined {
    const letter = this.#match(/^[dDwWsS]/)?.[0]
    if (letter !== undefined) return { re2: KINDS[letter] }
    return this.#match(/^[pP]\{[^}]*\}/) === undefined ? undefined : { re2: undefined }
  }

  /** A single character behind a backslash. */
  #escaped(): number {
    const pair = this.#match(/^u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})/i)
    if (pair !== undefined)
      return String.fromCharCode(Number(`0x${pair[1]}`), Number(`0x${pair[2]}`)).codePointAt(0) ?? 0
    const hex = this.#match(/^(?:u\{([0-9a-f]+)\}|u([0-9a-f]{4})|x([0-9a-f]{2}))/i)
    if (hex !== undefined) return Number(`0x${hex[1] ?? hex[2] ?? hex[3]}`)
    const control = this.#match(/^c([A-Za-z])/)
    if (control !== undefined) return (control[1]?.codePointAt(0) ?? 0) % 32
    const { [this.#at]: next = '' } = this.#pattern
    // In a class only; elsewhere it is a place.
    const code = next === 'b' ? 8 : CONTROLS[next]
    if (code === undefined) return this.#character()
    this.#at += 1
    return code
  }

  #character(): number {
    const code = this.#pattern.codePointAt(this.#at) ?? 0
    this.#at += code > 0xffff ? 2 : 1
    return code
  }

  #takes(sign: string): boolean {
    const is = this.#pattern.startsWith(sign, this.#at)
    if (is) this.#at += sign.length
    return is
  }

  #match(what: RegExp): RegExpExecArray | undefined {
    const found = what.exec(this.#pattern.slice(this.#at))
    this.#at += found?.[0].length ?? 0
    return found ?? undefined
  }
}

function one(re2: string | undefined): Expression {
  return { kind: 'one', re2, least: 1 }
}

/** Half of a surrogate pair is a character of JavaScript alone. */
function literal(code: number): string | undefined {
  return code >= 0xd800 && code <= 0xdfff ? undefined : `\\x{${code.toString(16)}}`
}

function range(from: string | undefined, to: string | undefined): string | undefined {
  return from === undefined || to === undefined ? undefined : `${from}-${to}`
}
