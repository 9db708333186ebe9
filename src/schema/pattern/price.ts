/**
 * Tells before a pattern is tried what that can cost at most, from the pattern and the length of the text. JavaScript
 * tries one way after the other, so its price is the number of ways; a matcher of linear time looks at each part of the
 * pattern once for each character. Both are bounds: nearly all texts cost much less. Pure.
 */
import type { Expression } from './expression.ts'

/** Steps that JavaScript takes at most to find out whether the expression matches somewhere; may be Infinity. */
export function stepsToTry(expression: Expression, length: number): number {
  const { steps } = tried(expression, length)
  return isAtBegin(expression) ? steps + length : (steps + 1) * (length + 1)
}

interface Tried {
  /** In how many ways it matches from one place, counted as often as they are tried. */
  readonly ways: number
  /** To try them all. */
  readonly steps: number
}

function tried(expression: Expression, length: number): Tried {
  switch (expression.kind) {
    case 'one':
    case 'place':
      return ONCE
    case 'again':
      return { ways: 1, steps: length + 1 }
    case 'look':
      return { ways: 1, steps: tried(expression.of, length).steps + 1 }
    case 'row': {
      let [ways, steps] = [1, 1]
      for (const part of expression.parts) {
        const of = tried(part, length)
        steps += ways * of.steps
        ways *= of.ways
      }
      return { ways, steps }
    }
    case 'either': {
      let [ways, steps] = [0, 0]
      for (const part of expression.parts) {
        const of = tried(part, length)
        ways += of.ways
        steps += of.steps + 1
      }
      return { ways, steps }
    }
    case 'times': {
      const { of, min, max } = expression
      const each = tried(of, length)
      const most = Math.min(max, (of.least > 0 ? Math.floor(length / of.least) : length + min) + 1)
      // As often as it is begun, and may be left.
      const times = begun(each.ways, most)
      return { ways: times, steps: times * (each.steps + 1) }
    }
  }
}

/** How often a part is begun that comes up to so many times and matches in so many ways each time. */
function begun(ways: number, most: number): number {
  if (ways <= 1 || most === 0) return most + 1
  return ways === Infinity ? Infinity : (ways ** (most + 1) - 1) / (ways - 1)
}

const ONCE: Tried = { ways: 1, steps: 1 }

/** Whether it can match at the begin of a text alone. */
function isAtBegin(expression: Expression): boolean {
  switch (expression.kind) {
    case 'place':
      return expression.re2 === '\\A'
    case 'row':
      return expression.parts[0] !== undefined && isAtBegin(expression.parts[0])
    case 'either':
      return expression.parts.every(isAtBegin)
    default:
      return false
  }
}

/** Parts with every repetition written out, as a matcher of linear time needs them. */
export function partsWrittenOut(expression: Expression): number {
  switch (expression.kind) {
    case 'row':
    case 'either':
      return expression.parts.reduce((sum, part) => sum + partsWrittenOut(part), 1)
    case 'times': {
      const { of, min, max } = expression
      return 1 + partsWrittenOut(of) * (max === Infinity ? min + 1 : max)
    }
    case 'look':
      return 1 + partsWrittenOut(expression.of)
    default:
      return 1
  }
}
