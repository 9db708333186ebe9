/**
 * Judges by a tool's name what the tool does (promise 4), with the words of lexicon.ts. Pure.
 *
 * The name is cut into words at everything that is no letter and where camelCase turns.
 *
 * - It destroys, or changes, when a word of those lists is in it, in any inflection. Behind a reading verb such a word
 *   may be a noun: there plurals and participles pass (`list_orders`, `get_created_at`), and so do words that are as
 *   often nouns (`get_commit`), which also pass behind another noun (`browser_network_requests`). A conjunction
 *   (`get_and_…`) ends that leniency.
 * - It runs what it is told when it is called like a program that does (`kubectl_get`).
 * - It reads when its first verb is a reading one, or when it ends in what reading tools are called by and all before is
 *   known for a noun (`directory_tree`): a verb of a language that isn't known here reads nothing (`setze_status`).
 *   Behind a conjunction a word that isn't known may be such a verb too.
 * - Else it says nothing. A name proves nothing anyway: this finds the tools whose name and claim don't fit together.
 */
import {
  CHANGING,
  CONJUNCTIONS,
  DESTROYING,
  EMBEDDED,
  EMBEDDED_FIRST,
  GIVEN,
  HARMLESS,
  KEYS,
  METHODS,
  NOUNS_TOO,
  PARTICLES,
  READING,
  READING_WITH,
  READING_WITHOUT,
  READINGS,
  REQUESTING,
  RUNNING,
  SUBJECTS,
} from './lexicon.ts'

export interface Saying {
  readonly says: 'destroys' | 'changes' | 'runs' | 'reads' | 'nothing'
  /** A word of the lists, or a description; never the server's own text. Empty where nothing is said. */
  readonly word: string
  /** And it runs what an argument says. */
  readonly runs?: boolean
}

const NOTHING: Saying = { says: 'nothing', word: '' }

export function readName(name: string): Saying {
  if (!isComparable(name)) return { says: 'nothing', word: "in letters that can't be compared" }
  const words = nameWords(name)
  const walk = new Walk(words)
  const against = words.map((word, at) => walk.step(word, at)).filter((found) => found !== undefined)
  return (
    against.find(({ says }) => says === 'destroys') ??
    against[0] ??
    (walk.isOdd ? NOTHING : (walk.reading ?? noun(words)))
  )
}

/** Other letters may only look like those of a known word. */
export function isComparable(name: string): boolean {
  return /^[\x20-\x7e]*$/.test(name) && /[A-Za-z]/.test(name)
}

/** `directory_tree`: by what it ends in, and only while no other word could be a verb that isn't known (`zap_status`). */
function noun(words: readonly string[]): Saying {
  const last = words.at(-1) ?? ''
  return READINGS.has(last) && words.slice(0, -1).every(isNounOnly) ? { says: 'reads', word: last } : NOTHING
}

function isNounOnly(word: string): boolean {
  return READINGS.has(word) || SUBJECTS.has(word) || isPlural(word)
}

function isPlural(word: string): boolean {
  return /[^s]s$/.test(word)
}

/** Whether a tool of this name does what stands in an argument: a search with a `query` stays a search. */
export function takesWork(name: string): boolean {
  for (const word of nameWords(name)) {
    if (GIVEN.has(word)) return true
    if (READING.has(word)) return false
  }
  return false
}

/** Lower-case words; a stretch with odd capitals (`DELETEall`, `dEleTe`) also as it reads without them. */
export function nameWords(name: string): string[] {
  return name.split(/[^A-Za-z]+/).flatMap((stretch) => {
    const parts = (stretch.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g) ?? []).map((part) => part.toLowerCase())
    const odd = /[A-Z]{2}[a-z]/.test(stretch) || parts.some((part) => part.length < 3)
    return odd && parts.length > 1 ? [...parts, stretch.toLowerCase()] : parts
  })
}

class Walk {
  /** What its first verb says, when that reads. */
  reading: Saying | undefined
  /** Behind a conjunction stands what is neither a reading verb nor a noun: `peek_and_zap`. */
  isOdd = false
  readonly #words: readonly string[]
  /** Behind a reading verb, before any conjunction. */
  #lenient = false

  constructor(words: readonly string[]) {
    this.#words = words
  }

  /** What speaks against reading. */
  step(word: string, at: number): Saying | undefined {
    const before = this.#words[at - 1]
    if (CONJUNCTIONS.has(word)) {
      this.#lenient = false
      return undefined
    }
    if (METHODS.has(word) && before !== undefined && REQUESTING.has(before)) return method(word)
    if (this.#reads(word, at)) {
      this.#lenient = true
      this.reading ??= { says: 'reads', word }
      return undefined
    }
    if (!this.#lenient && RUNNING.has(word)) return { says: 'runs', word }
    if (at > 1 && LINKS.has(before ?? '') && !READINGS.has(word) && !isPlural(word)) this.isOdd = true
    return this.#judge(word, at)
  }

  #reads(word: string, at: number): boolean {
    if (!READING.has(word)) return false
    const behind = this.#words.slice(at + 1)
    // As the last word it is a noun (`orders_list`), whatever the verb before it is.
    if (at > 0 && behind.length === 0 && READINGS.has(word)) return false
    if (behind.some((one) => READING_WITHOUT.get(word)?.has(one) === true)) return false
    if (word === 'check' && PARTICLES.has(behind[0] ?? '')) return false
    const needed = READING_WITH.get(word)
    if (needed === undefined) return true
    return behind.some((one) => needed.has(one)) && !behind.some((one) => KEYS.has(one))
  }

  #judge(word: string, at: number): Saying | undefined {
    if (HARMLESS.has(word)) return undefined
    for (const { base, form } of readings(word)) {
      const nounToo = NOUNS_TOO.has(base)
      const destroys = DESTROYING.has(base)
      if (!nounToo && !destroys && !CHANGING.has(base)) continue
      if (this.#isNoun(at, nounToo, form)) return undefined
      return destroys ? { says: 'destroys', word: base } : change(base)
    }
    const stem =
      EMBEDDED.find((verb) => word.includes(verb)) ?? EMBEDDED_FIRST.find((verb) => word.startsWith(verb))
    if (stem === undefined || (this.#lenient && NOMINAL.test(word))) return undefined
    return DESTROYING.has(stem) || EMBEDDED_FIRST.includes(stem)
      ? { says: 'destroys', word: stem }
      : change(stem)
  }

  #isNoun(at: number, nounToo: boolean, form: Reading['form']): boolean {
    if (this.#lenient) return nounToo || form === 'plural' || form === 'participle'
    // `browser_network_requests` behind a noun, `orders_list` before a reading verb.
    const isAlone = this.#words.length === 1 && form === 'plural'
    const stands = at > 0 || isAlone || this.#words.some((word) => READING.has(word))
    const isVerb = CONJUNCTIONS.has(this.#words[at - 1] ?? '')
    return nounToo && stands && (form === 'plural' || (!isVerb && READINGS.has(this.#words[at] ?? '')))
  }
}

function method(word: string): Saying {
  return { says: DESTROYING.has(word) ? 'destroys' : 'changes', word }
}

function change(word: string): Saying {
  return { says: 'changes', word }
}

/** Those that can't be anything else. */
const LINKS: ReadonlySet<string> = new Set(['and', 'then', 'or', 'plus'])

const NOMINAL = /(?:ions?|ments?|ers?|ors?|als?|ances?|ees?)$/

interface Reading {
  readonly base: string
  readonly form: 'base' | 'plural' | 'participle' | 'gerund'
}

/** What a word may be an inflection of: `stopped` of stopp, stoppe, stop. */
function readings(word: string): Reading[] {
  const found: Reading[] = [{ base: word, form: 'base' }]
  const add = (form: Reading['form'], ending: RegExp, ...instead: string[]): void => {
    if (ending.test(word)) found.push(...instead.map((end) => ({ base: word.replace(ending, end), form })))
  }
  add('plural', /s$/, '')
  add('plural', /es$/, '')
  add('plural', /ies$/, 'y')
  add('participle', /ed$/, '', 'e')
  add('participle', /ied$/, 'y')
  add('participle', /(?<=(.))\1ed$/, '')
  add('gerund', /ing$/, '', 'e')
  add('gerund', /(?<=(.))\1ing$/, '')
  return found
}
