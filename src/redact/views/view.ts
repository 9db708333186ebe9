/**
 * A text read in another way: some tokens in it stand for something else, or for nothing. A view knows which part of
 * the original each of its characters came from, so that what is found in it is masked there. Pure.
 */

/** A reading of the original: `start` and `end` give the place in the original for a place in `text`. */
export interface View {
  readonly text: string
  start(at: number): number
  end(at: number): number
}

export interface Step {
  /** Where none of these stands there is nothing to undo; looked for first, because it costs least. */
  readonly needs: readonly string[]
  /** Where this is missing neither. */
  readonly sign: RegExp
  readonly token: RegExp
  undo(token: string): string
  /** The beginning of a token at the end of a text that is still being written; nothing where that is never asked. */
  readonly unfinished?: RegExp
}

export function itself(text: string): View {
  return { text, start: (at) => at, end: (at) => at }
}

/** Undefined when there is nothing to undo. */
export function apply(step: Step, base: View): View | undefined {
  if (!step.needs.some((needed) => base.text.includes(needed)) || !step.sign.test(base.text)) return undefined
  const undoing = new Undoing()
  const text = base.text.replace(step.token, (token: string, at: number) =>
    undoing.next(at, token.length, step.undo(token)),
  )
  return undoing.viewOf(text, base)
}

/** Remembers, of each token in turn, what became of it. */
export class Undoing {
  /** Four numbers a token: where it starts and ends in the view, and where in the base. */
  readonly #tokens: number[] = []
  #shrunk = 0

  next(baseAt: number, length: number, undone: string): string {
    const at = baseAt - this.#shrunk
    this.#tokens.push(at, at + undone.length, baseAt, baseAt + length)
    this.#shrunk += length - undone.length
    return undone
  }

  viewOf(text: string, base: View): View | undefined {
    return this.#tokens.length === 0 ? undefined : viewOf(text, this.#tokens, base)
  }
}

function viewOf(text: string, tokens: readonly number[], base: View): View {
  return {
    text,
    start: (place) => base.start(baseStart(tokens, place)),
    end: (place) => base.end(baseEnd(tokens, place)),
  }
}

/** Inside a token: as far into it as in what it stands for, as base64 is written. */
function baseStart(tokens: readonly number[], place: number): number {
  const [at, to, baseAt, baseTo] = tokenAt(tokens, place)
  if (place >= to) return baseTo + place - to
  return baseAt + Math.floor(((place - at) * (baseTo - baseAt)) / (to - at))
}

function baseEnd(tokens: readonly number[], place: number): number {
  if (place === 0) return 0
  const [at, to, baseAt, baseTo] = tokenAt(tokens, place - 1)
  if (place > to) return baseTo + place - to
  return baseAt + Math.ceil(((place - at) * (baseTo - baseAt)) / (to - at))
}

/** The last token that starts at or before a place in the view; an empty one at 0 when there is none. */
function tokenAt(tokens: readonly number[], place: number): [number, number, number, number] {
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
