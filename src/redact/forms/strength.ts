/**
 * Measures how unlikely it is to hit a value by accident. This decides how loosely texts are compared with it (promise
 * 3). Pure.
 *
 * The measure is in bits, over the skeleton (skeleton.ts). Each character adds some, for the step to it from the one
 * before: 1.5 for a step that is frequent in English, 4.7 for another one between two letters, 3.3 between two digits,
 * 5 between a letter and a digit, and 1 where it repeats or counts on.
 *
 * - *loose*: at least 8 letters and digits with 24 bits together. Where all are digits, as in dates, 13 digits or 36
 *   bits. It is found whatever stands between its characters, in either case.
 * - *strong*: at least 12 characters with 44 bits, and 3 bits each on average (random ones have 4 to 5, words 2). Its
 *   beginnings, ends and pieces are found too.
 * - *exact*: everything else. It is looked for letter by letter, as an encoder writes it.
 */
export type Strength = 'exact' | 'loose' | 'strong'

export const LOOSE = { size: 8, bits: 24, digits: 13, digitBits: 36 }
const STRONG = { size: 12, bits: 44, density: 3 }

/** Of a skeleton; `bits` are its own. */
export function strengthOf(skeleton: string, bits: Bits): Strength {
  const size = skeleton.length
  const all = between(bits, 0, size)
  if (size >= STRONG.size && all >= STRONG.bits && all / size >= STRONG.density) return 'strong'
  const isLoose = /^\d*$/.test(skeleton)
    ? size >= LOOSE.digits || all >= LOOSE.digitBits
    : size >= LOOSE.size && all >= LOOSE.bits
  return isLoose ? 'loose' : 'exact'
}

/** At each place, those of all characters before it. */
export type Bits = Float64Array

/** Of the characters from one place to another. */
export function between(bits: Bits, from: number, to: number): number {
  return (bits[to] ?? 0) - (bits[from] ?? 0)
}

/** The steps that make up most of English, and of what programs are called. */
const COMMON = new Set(
  (
    'th he in er an re nd at on nt ha es st en ed to it ou ea hi is or ti as te et ng of al de se le sa si ar ve ra ld ' +
    'ur ro ri io ic ne me li ll co ma us ot ho em el la ta ec om di ns ch be pr ul no tr ac ct il wi po so ca sh ss ee ' +
    'ad fo ai sp ab pe su oo mo am ut id ie ge ly op ap im ir ag ef ep da do mi na ni sc ke ol lo un ce ev um uc ck rt ' +
    'rs ry ex pa ow if pl em mp ty ks ok ht tt tp ps ba bi bl br cl cr dr fr fu gr gh gi hu ub ig iv ki ls ms nu ob od ' +
    'os og pi pu qu ru sk sl sn sw ta ts tw ue ui up va vi wo ye ew ay ey ov rv rd rk rm rn rc lt ds pt av ak aw'
  ).split(' '),
)
/** So far back is looked for the same step. */
const MEMORY = 12

export function bitsOf(skeleton: string): Bits {
  const bits = new Float64Array(skeleton.length + 1)
  for (let i = 0; i < skeleton.length; i++) bits[i + 1] = (bits[i] ?? 0) + bitsAt(skeleton, i)
  return bits
}

function bitsAt(text: string, at: number): number {
  if (at === 0) return 4
  const step = text.slice(at - 1, at + 1)
  const [from, to] = [step.charCodeAt(0), step.charCodeAt(1)]
  if (Math.abs(from - to) <= 1 || text.slice(Math.max(0, at - MEMORY), at).includes(step)) return 1
  const digits = Number(isDigit(from)) + Number(isDigit(to))
  if (digits === 2) return 3.3
  if (digits === 1) return 5
  return COMMON.has(step) ? 1.5 : 4.7
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}
