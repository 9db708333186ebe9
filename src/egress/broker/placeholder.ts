/**
 * Makes what a server gets in place of a brokered secret. Pure, given what is drawn.
 *
 * It looks like the value, since programs look at their tokens: the same length, letters for letters and digits for
 * digits, marks where they are, the beginning that its issuer gives (`ghp_`, `sk-ant-`), the form of a UUID, and of a
 * JWT three parts with the same header, claims and times. What tells the value is drawn anew. It is no secret, and
 * nobody takes it: only requests of that one server change it, and only on their way to the hosts of the value.
 */
import { createHash } from 'node:crypto'

/** What issuers put in front: words with `_` or `-` behind them, and those of AWS, Google, Atlassian, Databricks, Vault. */
const ISSUED =
  /^(?:(?:[a-z]{1,8}\d{0,2}[_-]){1,3}|[A-Z]{2,6}\d?[-_.]|A[KS]IA|AIza|ya29\.|AT[AC]TT3|dapi|hv[sbr]\.)/
const JWT = /^(eyJ[\w-]+)\.(eyJ[\w-]+)\.([\w-]+)$/
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
/** Of a UUID, which say its version. */
const UUID_KEPT: ReadonlySet<number> = new Set([14, 19])
/** So many characters are drawn at least, else something in a request could be one by chance. */
const LEAST_DRAWN = 16

/** Of the value's shape. What of it is kept can hold a text that is taken, and then no other draw helps. */
const MOST_SHAPED = 32

/**
 * @param seed of this run, of the server and the field
 * @param isTaken a text that must not be used: it is a value, or stands in one
 */
export function placeholderOf(value: string, seed: string, isTaken: (text: string) => boolean): string {
  for (let attempt = 0; ; attempt += 1) {
    const draws = new Draws(`${seed}\0${attempt}`)
    const text =
      attempt < MOST_SHAPED ? shaped(value, draws) : letters(Math.max(value.length, LEAST_DRAWN), draws)
    if (text !== value && !isTaken(text)) return text
  }
}

function shaped(value: string, draws: Draws): string {
  const text = asJwt(value, draws) ?? asToken(value, draws)
  const missing = LEAST_DRAWN - draws.drawn
  return missing > 0 ? text + letters(missing, draws) : text
}

function letters(count: number, draws: Draws): string {
  return draws.like('a'.repeat(count), ALPHABETS.mixed)
}

function asToken(value: string, draws: Draws): string {
  if (UUID.test(value))
    return Array.from(value, (one, at) => (UUID_KEPT.has(at) ? one : draws.like(one, hexOf(value)))).join('')
  const issued = ISSUED.exec(value)?.[0] ?? ''
  const kept = value.length - issued.length >= LEAST_DRAWN ? issued : ''
  const rest = value.slice(kept.length)
  return kept + draws.like(rest, alphabetOf(rest))
}

/** Undefined for what is none. */
function asJwt(value: string, draws: Draws): string | undefined {
  const [, header = '', claims = '', signature = ''] = JWT.exec(value) ?? []
  if (header === '') return undefined
  try {
    const read: unknown = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8'))
    const written = Buffer.from(JSON.stringify(claimsLike(read, draws))).toString('base64url')
    return `${header}.${written}.${draws.like(signature, ALPHABETS.mixed)}`
  } catch {
    return undefined
  }
}

/** Names, times and numbers stay, since clients look at when a token ends. */
function claimsLike(value: unknown, draws: Draws): unknown {
  if (typeof value === 'string') return draws.like(value, ALPHABETS.mixed)
  if (Array.isArray(value)) return value.map((one) => claimsLike(one, draws))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, inside]) => [name, claimsLike(inside, draws)]))
}

interface Alphabet {
  readonly lower: string
  readonly upper: string
  readonly digit: string
}

const lettersFrom = (first: string, count: number): string =>
  String.fromCodePoint(...Array.from({ length: count }, (_, n) => (first.codePointAt(0) ?? 0) + n))
const [LOWER, UPPER, DIGITS] = [lettersFrom('a', 26), lettersFrom('A', 26), lettersFrom('0', 10)]
const HEX = { lower: lettersFrom('a', 6), upper: lettersFrom('A', 6) }

const ALPHABETS = {
  mixed: { lower: LOWER, upper: UPPER, digit: DIGITS },
  /** Of base32, which has neither 0 nor 1. */
  base32: { lower: LOWER, upper: UPPER, digit: lettersFrom('2', 6) },
  hexLower: { ...HEX, digit: `${DIGITS}${HEX.lower}` },
  hexUpper: { ...HEX, digit: `${DIGITS}${HEX.upper}` },
} satisfies Record<string, Alphabet>

function alphabetOf(text: string): Alphabet {
  if (/^[0-9a-f-]*$/.test(text) || /^[0-9A-F-]*$/.test(text)) return hexOf(text)
  return /^[A-Z2-7=]*$/.test(text) ? ALPHABETS.base32 : ALPHABETS.mixed
}

/** Only digits stay digits. */
function hexOf(text: string): Alphabet {
  if (/[a-f]/.test(text)) return ALPHABETS.hexLower
  return /[A-F]/.test(text) ? ALPHABETS.hexUpper : ALPHABETS.mixed
}

/** Bytes without end, the same ones for the same seed. */
class Draws {
  readonly #seed: string
  #bytes = Buffer.alloc(0)
  #at = 0
  #block = 0
  /** Characters that were drawn. */
  drawn = 0

  constructor(seed: string) {
    this.#seed = seed
  }

  like(text: string, { lower, upper, digit }: Alphabet): string {
    return Array.from(text, (one) => {
      if (/[a-z]/.test(one)) return this.#of(lower)
      if (/[A-Z]/.test(one)) return this.#of(upper)
      if (/[0-9]/.test(one)) return this.#of(digit)
      return one.charCodeAt(0) < 128 ? one : this.#of(lower)
    }).join('')
  }

  #of(alphabet: string): string {
    if (this.#at >= this.#bytes.length) {
      this.#bytes = createHash('sha512').update(`${this.#block}\0${this.#seed}`).digest()
      this.#block += 1
      this.#at = 0
    }
    this.drawn += 1
    const byte = this.#bytes[this.#at++] ?? 0
    // A byte too many of an alphabet doesn't tell anything here.
    return alphabet.charAt(byte % alphabet.length)
  }
}
