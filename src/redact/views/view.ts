/**
 * A text read in another way: some tokens in it stand for something else, or for nothing. A view knows which part of
 * the original each of its characters came from, so that what is found in it is masked there. Pure.
 */

/** A reading of the original: `start` and `end` give the place in the original for a place in `text`. */
export interface TextView {
  readonly text: string
  /** What was undone is nothing but blanks and line breaks, which no skeleton has (forms/skeleton.ts). */
  readonly hasSameSkeleton?: boolean
  start(at: number): number
  end(at: number): number
}

export interface ViewStep {
  /** Where none of these stands there is nothing to undo; looked for first, because it costs least. */
  readonly needs: readonly string[]
  /** Where this is missing neither. */
  readonly sign: RegExp | ((text: string) => boolean)
  readonly token: RegExp
  /** What it stands for; absent where that is nothing. */
  readonly undo?: (token: string) => string
  /** It takes out blanks and line breaks alone. */
  readonly isBlank?: boolean
  /** The beginning of a token at the end of a text that is still being written; nothing where that is never asked. */
  readonly unfinished?: RegExp
}

export function itself(text: string): TextView {
  return new Itself(text)
}

class Itself implements TextView {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  start(at: number): number {
    return at
  }

  end(at: number): number {
    return at
  }
}

/** Undefined when there is nothing to undo. */
export function apply(step: ViewStep, base: TextView): TextView | undefined {
  const { text } = base
  if (!hasAny(step.needs, text) || !hasSign(step, text)) return undefined
  const undone = undoneIn(text, step)
  return undone && new Reread(undone.text, base, (places) => tellTokens(text, step, places), step.isBlank)
}

function undoneIn(text: string, { token, undo }: ViewStep): { readonly text: string } | undefined {
  if (undo === undefined) {
    const left = text.replace(token, '')
    return left.length === text.length ? undefined : { text: left }
  }
  let isAny = false
  // The same token often follows itself.
  let [last, meant] = ['', '']
  const undone = text.replace(token, (one: string) => {
    isAny = true
    if (one !== last) {
      last = one
      meant = undo(one)
    }
    return meant
  })
  return isAny ? { text: undone } : undefined
}

function tellTokens(text: string, { token, undo }: ViewStep, places: TokenPlaces): void {
  text.replace(token, (one: string, at: number) => {
    places.note(at, one.length, undo?.(one).length ?? 0)
    return ''
  })
}

function hasAny(needs: readonly string[], text: string): boolean {
  for (const needed of needs) if (text.includes(needed)) return true
  return false
}

function hasSign({ sign }: ViewStep, text: string): boolean {
  return typeof sign === 'function' ? sign(text) : sign.test(text)
}

/**
 * Whether a text has a sign at one of the places of a character. Where there are few of them that is found out much
 * faster than by a pattern, which looks at every character.
 */
export function hasSignAt(
  text: string,
  character: string,
  isSign: (text: string, at: number) => boolean,
): boolean {
  for (let at = text.indexOf(character); at !== -1; at = text.indexOf(character, at + 1))
    if (isSign(text, at)) return true
  return false
}

/** @param pattern sticky */
export function matchesAt(pattern: RegExp, text: string, at: number): boolean {
  pattern.lastIndex = at
  return pattern.test(text)
}

/**
 * A text that was read from another one. Where its tokens stand is asked of the few in which something is found, so it is
 * found out then: to remember it of each takes several times as long as to read the text.
 */
export class Reread implements TextView {
  readonly text: string
  readonly hasSameSkeleton: boolean
  readonly #base: TextView
  readonly #tell: (places: TokenPlaces) => void
  #places: TokenPlaces | undefined

  /** @param tell notes each token in turn */
  constructor(text: string, base: TextView, tell: (places: TokenPlaces) => void, hasSameSkeleton = false) {
    this.text = text
    this.#base = base
    this.#tell = tell
    this.hasSameSkeleton = hasSameSkeleton
  }

  start(at: number): number {
    return this.#base.start(this.#known.start(at))
  }

  end(at: number): number {
    return this.#base.end(this.#known.end(at))
  }

  get #known(): TokenPlaces {
    if (this.#places === undefined) {
      this.#places = new TokenPlaces()
      this.#tell(this.#places)
    }
    return this.#places
  }
}

/** Where the tokens of a view stand in it, and where in the text that it is a view of. */
export class TokenPlaces {
  /** Four numbers a token: where it starts and ends in the view, and where in the base. */
  readonly #tokens: number[] = []
  #shrunk = 0

  /** @param undone how long it became */
  note(baseAt: number, length: number, undone: number): void {
    const at = baseAt - this.#shrunk
    this.#tokens.push(at, at + undone, baseAt, baseAt + length)
    this.#shrunk += length - undone
  }

  /** In the base. Inside a token: as far into it as in what it stands for, as base64 is written. */
  start(place: number): number {
    const [at, to, baseAt, baseTo] = this.#tokenAt(place)
    if (place >= to) return baseTo + place - to
    return baseAt + Math.floor(((place - at) * (baseTo - baseAt)) / (to - at))
  }

  end(place: number): number {
    if (place === 0) return 0
    const [at, to, baseAt, baseTo] = this.#tokenAt(place - 1)
    if (place > to) return baseTo + place - to
    return baseAt + Math.ceil(((place - at) * (baseTo - baseAt)) / (to - at))
  }

  /** The last token that starts at or before a place in the view; an empty one at 0 when there is none. */
  #tokenAt(place: number): [number, number, number, number] {
    const tokens = this.#tokens
    let low = 0
    let high = tokens.length / 4
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((tokens[middle * 4] ?? Infinity) <= place) low = middle + 1
      else high = middle
    }
    const [at = 0, to = 0, baseAt = 0, baseTo = 0] = low === 0 ? [] : tokens.slice(low * 4 - 4, low * 4)
    return [at, to, baseAt, baseTo]
  }
}
