/**
 * Looks in one text for what is known of the values. The text is read in each way of views.ts. In each view the exact
 * forms are looked for (encodings.ts), and in the skeleton of the view (skeleton.ts) the disguises (disguises.ts) and
 * the pieces of strong values (strands.ts).
 */
import { Bare } from './bare.ts'
import { decodedLines } from '../views/base64.ts'
import { disguisesOf } from '../forms/disguises.ts'
import { secretForms, type Form } from '../forms/encodings.ts'
import type { Joined } from '../message/joins.ts'
import type { ShortMessage } from '../message/short-message.ts'
import { Prefilter } from './prefilter.ts'
import { Scanner, widened } from './scanner.ts'
import { isCounted, Skeleton } from '../forms/skeleton.ts'
import { Sieve } from './sieve.ts'
import { CUT, Strands, tellingFragments, type Fragment, type SkeletonReading } from './strands.ts'
import { between, bitsOf, LOOSE, strengthOf, type Bits, type Strength } from '../forms/strength.ts'
import { itself, type TextView } from '../views/view.ts'
import { viewsOf } from '../views/views.ts'

/** A value as those know it who ask. */
export interface KnownValue {
  readonly label: string
  readonly owners: Set<string>
}

export interface FoundSecret {
  readonly start: number
  readonly end: number
  readonly known: KnownValue
  /** Letter by letter; otherwise by its skeleton. */
  readonly exact: boolean
}

interface How {
  readonly strength?: Strength
  readonly isTelling?: (line: string) => boolean
}

export interface Pattern extends Form, KnownValue {}

interface Scanners {
  readonly exact: Scanner<Pattern>
  /** In skeletons. */
  readonly whole: Scanner<Pattern>
  readonly sieve: Sieve
  readonly bare: Bare
  readonly prefilter: Prefilter
}

export class Search {
  readonly #exact = new Map<string, Pattern>()
  readonly #whole = new Map<string, Pattern>()
  readonly #strands = new Strands<KnownValue>()
  #scanners: Scanners | undefined

  get isEmpty(): boolean {
    return this.#exact.size === 0
  }

  /** For what is still being written (stream.ts). */
  get exact(): Scanner<Pattern> {
    return this.#ready.exact
  }

  /**
   * A value that two servers share keeps the label it came with first, and belongs to both.
   * @param how.strength how loosely it is compared where that isn't judged by its looks
   * @param how.isTelling whether one of its lines alone shows that it is there; by default each does
   */
  learn(value: string, label: string, owner: string, how: How = {}): void {
    const { strength, isTelling } = how
    for (const form of secretForms(value, isTelling)) enter(this.#exact, form, label, owner)
    const text = value.trim()
    const skeleton = new Skeleton(text)
    const bits = bitsOf(skeleton.text)
    const judged = strength ?? strengthOf(skeleton.text, bits)
    for (const disguise of disguisesOf(text, judged)) enter(this.#whole, plain(disguise), label, owner)
    if (judged !== 'exact') {
      enter(this.#whole, plain(skeleton.text), label, owner)
      this.#learnPieces(text, skeleton, judged, { label, owners: new Set([owner]) }, bits)
    }
    this.#scanners = undefined
  }

  #learnPieces(text: string, skeleton: Skeleton, strength: Strength, known: KnownValue, bits: Bits): void {
    const isStrong = strength === 'strong'
    const leastLeft = isStrong || isKnownCut(text, bits) ? 0 : HARD_CUT
    if (leastLeft > 0 && !isHardCut(text, bits)) return
    const core = isStrong ? coreOf(text, skeleton.length) : undefined
    const strand = this.#strands.add({
      known,
      text: skeleton.text,
      bits,
      core,
      isWordy: !isStrong,
      isAddress: ADDRESS.test(text),
      leastLeft,
    })
    for (const owner of known.owners) strand.known.owners.add(owner)
  }

  get #ready(): Scanners {
    this.#scanners ??= this.#made()
    return this.#scanners
  }

  #made(): Scanners {
    const exact = new Scanner(this.#exact.values())
    const whole = new Scanner(this.#whole.values())
    const sieve = new Sieve(
      [...this.#whole.values()].map(({ text }) => text),
      this.#strands,
    )
    const prefilter = new Prefilter(exact, this.#exact.values(), sieve)
    return { exact, whole, sieve, bare: new Bare(exact, sieve), prefilter }
  }

  /** Whether anything may be found in what joins.ts makes of a message; never false where something would be. */
  mayHold(message: ShortMessage): boolean {
    return this.#ready.prefilter.mayHold(message)
  }

  /** Whether nothing is in a text, of which bytes are characters of ASCII; false also where that can't be told at once. */
  isBare(pieces: readonly (string | Uint8Array)[]): boolean {
    return this.#ready.bare.isSure(pieces)
  }

  /**
   * @param all also those that stand within another one.
   * @param open the text may go on with the next one, so the beginning of a value at its end counts.
   */
  in(joined: Joined, { all = false, open = false } = {}): readonly FoundSecret[] {
    const found: FoundSecret[] = []
    const { exact, whole, sieve, bare } = this.#ready
    if (joined.kind !== 'base64' && bare.isSure(joined.pieces)) return found
    for (const view of viewsIn(joined)) {
      for (const hit of exact.find(view.text, all)) {
        const { start, end, pattern } = joined.kind === 'lines' ? widened(view.text, hit) : hit
        found.push({ start: view.start(start), end: view.end(end), known: pattern, exact: true })
      }
      // It was gone through already, or there is nothing in it.
      if (view.hasSameSkeleton === true || !sieve.mayHold(view.text)) continue
      const skeleton = new Skeleton(view.text)
      for (const { start, end, pattern } of whole.find(skeleton.text, all))
        found.push(placed(view, skeleton, start, end, pattern))
      const fragments = this.#strands.find(skeleton.text)
      if (fragments.length === 0) continue
      for (const { strand, at, size } of tellingFragments(fragments, readingOf(joined, view, skeleton, open)))
        found.push(placed(view, skeleton, at, at + size, strand.known))
    }
    return found
  }
}

function viewsIn({ text, kind }: Joined): readonly TextView[] {
  if (kind !== 'base64') return viewsOf(text)
  const view = decodedLines(itself(text))
  return view === undefined ? [] : [view]
}

function plain(text: string): Form {
  return { text, fold: false, before: 0, after: 0 }
}

function enter(patterns: Map<string, Pattern>, form: Form, label: string, owner: string): void {
  const key = `${form.fold}${form.before}${form.after}${form.text}`
  const known = patterns.get(key)
  if (known) known.owners.add(owner)
  else patterns.set(key, { ...form, label, owners: new Set([owner]) })
}

function placed(
  view: TextView,
  { places }: Skeleton,
  start: number,
  end: number,
  known: KnownValue,
): FoundSecret {
  return {
    start: view.start(places[start] ?? 0),
    end: view.end((places[end - 1] ?? 0) + 1),
    known,
    exact: false,
  }
}

function readingOf(joined: Joined, view: TextView, skeleton: Skeleton, open: boolean): SkeletonReading {
  const { text } = view
  const { places } = skeleton
  const first = ({ at }: Fragment<unknown>): number => places[at] ?? 0
  const last = ({ at, size }: Fragment<unknown>): number => places[at + size - 1] ?? 0
  /** Whether a place of the view is outside of what stands at another one. */
  const isBeyond = (place: number, other: number): boolean => {
    const part = joined.parts[joined.partAt(view.start(other))]
    const at = view.start(place)
    return part === undefined || at < part.start || at >= part.end
  }
  const isEdge = (place: number, other: number): boolean => !isCounted(text, place) || isBeyond(place, other)
  return {
    size: skeleton.length,
    isApart: (fragment) => {
      const [from, to] = [first(fragment), last(fragment)]
      return isEdge(from - 1, from) && isEdge(to + 1, to)
    },
    isLast: open
      ? (fragment) => {
          const next = places[fragment.at + fragment.size]
          return next === undefined || isBeyond(next, last(fragment))
        }
      : undefined,
  }
}

const ADDRESS = /:\/\//

/** Enough is left when both ends are cut off. An address without them may be another one. */
function isKnownCut(value: string, bits: Bits): boolean {
  const to = bits.length - 1 - CUT
  return to - CUT >= LOOSE.size && between(bits, CUT, to) >= LOOSE.bits && !ADDRESS.test(value)
}

/** Of a short password that chance has made less is left, and it is harder to hit. */
const HARD_CUT = 30
/** Bits of a character; words have fewer. */
const DENSE = 3

/** Enough may be left when one end is cut off. */
function isHardCut(value: string, bits: Bits): boolean {
  const size = bits.length - 1
  const most = Math.max(between(bits, 1, size), between(bits, 0, size - 1))
  return size > LOOSE.size && most >= Math.max(HARD_CUT, DENSE * (size - 1)) && !ADDRESS.test(value)
}

/** One token, as systems make them: what two of a kind have in common is at most the parts before the longest. */
const TOKEN = /^[\w+/=.~:-]+$/
/** Two of a kind have half or more in common: a JWT's header and claims, the node in some UUIDs. */
const ALIKE = /^(?:eyJ|[0-9a-f]{8}-[0-9a-f]{4}-[^4]|.*:\/\/)/i
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

function coreOf(value: string, size: number): { from: number; to: number } | undefined {
  if (!TOKEN.test(value) || ALIKE.test(value)) return undefined
  if (UUID.test(value)) return { from: 0, to: size }
  let longest = ''
  for (const [part] of value.matchAll(/[A-Za-z0-9+/]+/g)) if (part.length >= longest.length) longest = part
  const from = new Skeleton(value.slice(0, value.lastIndexOf(longest))).length
  return { from, to: from + new Skeleton(longest).length }
}
