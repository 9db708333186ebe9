/**
 * Chooses what the audit log keeps of a call's arguments, so that it can say later which call touched what (promise
 * 6): all of them where they are short, and else so much of each that a call takes 4 KiB at most. Of a long text the
 * beginning, the end and the length stay, of a long list the first and the last; what was cut is named.
 *
 * They come from a model, so nothing about them is certain, and secrets are masked before anything is cut: half a secret
 * is one that nobody recognizes. Pure.
 */
import { canonicalHash } from '../../json/canonical.ts'
import { ExactNumber } from '../../json/number.ts'
import { jsonBytes } from '../../json/write.ts'
import type { AuditRecord } from '../chain/chain.ts'
import { shapeOf } from './shape.ts'
import { isRecord } from '../../json/record.ts'

export interface KeptArguments {
  readonly arguments: unknown
  /**
   * What was cut, by JSON pointer (RFC 6901) into `arguments`, with what it was: `{ '/text': 'string(1048576)' }`. Absent
   * when nothing was. A text that only looks as if it had been cut is not in it.
   */
  readonly cut?: Readonly<Record<string, string>>
}

/**
 * The arguments of a call as they were sent, by the record of its beginning; undefined where that has only a part of them,
 * or a secret was masked in them.
 */
export function sentArguments(intent: AuditRecord): Readonly<Record<string, unknown>> | undefined {
  const { arguments: kept, args } = intent
  if (!isRecord(kept)) return undefined
  try {
    return canonicalHash(kept) === args ? kept : undefined
  } catch {
    return undefined
  }
}

/** Of `arguments` and `cut` together, as JSON in UTF-8. */
export const MAX_ARGUMENT_BYTES = 4096

interface Limits {
  /** Characters (UTF-16) of a text. */
  readonly text: number
  /** Members of one object or array. */
  readonly members: number
  readonly depth: number
}

const MAX_KEY = 64
/** A text is cut where that makes it shorter, what is said about it included. */
const ABOUT_A_CUT = 48
const MAX_CUTS = 16
const DEEPEST = 32
/** Tried in turn, until the shortest texts fit. The last fits always. */
const SHAPES = [Infinity, 64, 32, 16, 8, 4, 2].flatMap((members) =>
  (members > 8 ? [DEEPEST] : [DEEPEST, 4, 1]).map((depth) => ({ members, depth })),
)
const SHORTEST = 16

/** Whether short arguments, with this canonical JSON, are kept as they are; it spares them from being written to be measured. */
export function isKeptWhole(args: unknown, canonical: string): boolean {
  return canonical.length <= SHORT && isUncut(args, 0)
}

/** @param masked the arguments, in which no secret is left */
export function keptArguments(masked: unknown): KeptArguments {
  const drafted = drafter(masked)
  const whole = drafted({ text: Infinity, members: Infinity, depth: DEEPEST })
  if (whole !== undefined) return whole
  for (const shape of SHAPES) {
    let best = drafted({ ...shape, text: SHORTEST })
    if (best === undefined) continue
    // The longest texts that fit.
    let [least, most] = [SHORTEST, MAX_ARGUMENT_BYTES]
    while (most - least > 8) {
      const text = Math.floor((least + most) / 2)
      const draft = drafted({ ...shape, text })
      if (draft === undefined) most = text
      else [best, least] = [draft, text]
    }
    return best
  }
  return { arguments: null, cut: { '': shapeOf(masked) } }
}

/** A text with so many characters fits in any case, with what stands around it. */
const SHORT = (MAX_ARGUMENT_BYTES - '{"arguments":}'.length) / 3

/** Whether nothing of a short value would be cut. */
function isUncut(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null || value instanceof ExactNumber) return true
  if (depth >= DEEPEST) return false
  if (Array.isArray(value)) return value.every((item) => isUncut(item, depth + 1))
  for (const key in value) {
    const member: unknown = Reflect.get(value, key)
    if (key.length > MAX_KEY || !isUncut(member, depth + 1)) return false
  }
  return true
}

/** Undefined when it is too long. */
function drafter(value: unknown): (limits: Limits) => KeptArguments | undefined {
  const keysOf = rememberedKeys()
  return (limits) => {
    const draft = new Draft(limits, keysOf)
    const made = draft.any(value, '', 0)
    if (draft.left < 0) return undefined
    const kept = { arguments: made, ...draft.said() }
    return jsonBytes(kept) <= MAX_ARGUMENT_BYTES ? kept : undefined
  }
}

type KeysOf = (value: object) => readonly string[]

/** Of an object with very many members a list of them takes long, and each draft looks again. */
function rememberedKeys(): KeysOf {
  const known = new Map<object, readonly string[]>()
  return (value) => {
    const before = known.get(value)
    if (before !== undefined) return before
    const keys = Object.keys(value)
    known.set(value, keys)
    return keys
  }
}

class Draft {
  readonly #limits: Limits
  readonly #keysOf: KeysOf
  readonly #cuts: [string, string][] = []
  /** Bytes at least that are left; below 0 nobody needs to go on. */
  left = MAX_ARGUMENT_BYTES

  constructor(limits: Limits, keysOf: KeysOf) {
    this.#limits = limits
    this.#keysOf = keysOf
  }

  any(value: unknown, at: string, depth: number): unknown {
    this.left -= 1
    if (this.left < 0) return null
    if (typeof value === 'string') return this.#text(value, at)
    if (value === null || typeof value !== 'object' || value instanceof ExactNumber)
      return this.#plain(value, at)
    if (depth >= this.#limits.depth) {
      const shape = Array.isArray(value) ? shapeOf(value) : objectShape(this.#keysOf(value))
      this.#cuts.push([at, shape])
      return `…[${shape} left out]…`
    }
    return Array.isArray(value) ? this.#array(value, at, depth) : this.#object(value, at, depth)
  }

  /** What was cut, if anything, of many the first. */
  said(): Pick<KeptArguments, 'cut'> {
    if (this.#cuts.length === 0) return {}
    const told = this.#cuts.slice(0, MAX_CUTS)
    const more = this.#cuts.length - told.length
    return { cut: Object.fromEntries(more === 0 ? told : [...told, ['…', `${more} more`]]) }
  }

  #text(text: string, at: string): string {
    const { text: most } = this.#limits
    const whole = text.length <= most + ABOUT_A_CUT
    if (!whole) this.#cuts.push([at, shapeOf(text)])
    const kept = whole ? text.toWellFormed() : bothEnds(text, most)
    this.left -= kept.length
    return kept
  }

  /** Digits may be many too. */
  #plain(value: unknown, at: string): unknown {
    const size = value instanceof ExactNumber ? String(value).length : 4
    if (size > this.#limits.text + ABOUT_A_CUT) return this.#text(String(value), at)
    this.left -= size
    return value
  }

  #array(values: readonly unknown[], at: string, depth: number): unknown[] {
    const [first, last, left] = this.#ends(values, shapeOf(values), at)
    const item = (value: unknown, index: number): unknown => this.any(value, `${at}/${index}`, depth + 1)
    const kept = first.map(item)
    if (left === 0) return kept
    return [
      ...kept,
      `…[${left} of ${values.length} items left out]…`,
      ...last.map((value, index) => item(value, first.length + 1 + index)),
    ]
  }

  #object(value: object, at: string, depth: number): unknown {
    const keys = this.#keysOf(value)
    const [first, last, left] = this.#ends(keys, objectShape(keys), at)
    const kept = new Map<string, unknown>()
    const add = (key: string): void => {
      const short = key.length <= MAX_KEY ? key.toWellFormed() : bothEnds(key, MAX_KEY)
      const name = unused(short, kept)
      const place = `${at}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
      this.left -= name.length
      if (short.length !== key.length) this.#cuts.push([place, `name(${key.length})`])
      kept.set(name, this.any((value as Record<string, unknown>)[key], place, depth + 1))
    }
    first.forEach(add)
    if (left > 0) kept.set(unused('…', kept), `${left} of ${keys.length} members left out`)
    last.forEach(add)
    // Unlike an assignment, this makes `__proto__` a member like any other.
    return Object.fromEntries(kept)
  }

  /** All, or the first and the last of too many, and how many are left out. */
  #ends<T>(members: readonly T[], shape: string, at: string): readonly [readonly T[], readonly T[], number] {
    const { members: most } = this.#limits
    // One that is left out takes as much room as one that is there.
    if (members.length <= most + 1)
      return [members.length > MAX_ARGUMENT_BYTES ? this.#tooMany() : members, [], 0]
    this.#cuts.push([at, shape])
    const half = Math.ceil(most / 2)
    return [members.slice(0, half), members.slice(members.length - (most - half)), members.length - most]
  }

  #tooMany(): [] {
    this.left = -1
    return []
  }
}

function objectShape(keys: readonly string[]): string {
  return `object(${keys.length})`
}

/** Never between the halves of a surrogate pair. */
function bothEnds(text: string, most: number): string {
  const half = Math.ceil(most / 2)
  const first = text.slice(0, half).toWellFormed()
  const last = text.slice(text.length - (most - half)).toWellFormed()
  return `${first}…[${text.length - most} of ${text.length} characters left out]…${last}`
}

function unused(name: string, taken: ReadonlyMap<string, unknown>): string {
  let free = name
  for (let n = 2; taken.has(free); n++) free = `${name}#${n}`
  return free
}
