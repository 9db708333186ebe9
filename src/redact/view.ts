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
  /** Where this character is missing there is nothing to undo. */
  readonly sign: RegExp
  readonly token: RegExp
  /** Undefined where the token is none after all. */
  undo(token: string): string | undefined
  /** The beginning of a token at the end of a text that is still being written; nothing where that is never asked. */
  readonly unfinished?: RegExp
}

/** What is undone on what: a view of each, and of each below it. */
export interface Tree {
  readonly step: Step
  readonly below: readonly Tree[]
}

export function itself(text: string): View {
  return { text, start: (at) => at, end: (at) => at }
}

/** Undefined when there is nothing to undo. */
export function apply(step: Step, base: View): View | undefined {
  if (!step.sign.test(base.text)) return undefined
  // Four numbers a token: where it starts and ends in the view, and where in the base.
  const tokens: number[] = []
  let shrunk = 0
  const text = base.text.replace(step.token, (token: string, ...found: unknown[]) => {
    const undone = step.undo(token)
    if (undone === undefined) return token
    const baseAt = found.findLast((each) => typeof each === 'number') ?? 0
    const at = baseAt - shrunk
    tokens.push(at, at + undone.length, baseAt, baseAt + token.length)
    shrunk += token.length - undone.length
    return undone
  })
  if (tokens.length === 0) return undefined
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
