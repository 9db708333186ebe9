/** A problem as one line that a model can act on: where, and what was expected; never the value that was sent. */
import { visibleLine } from '../visible.ts'
import type { SchemaProblem } from './problem.ts'
import { quote } from './words.ts'

const MAX_STEP = 64
const MAX_POINTER = 200
const MAX_KNOWN = 8

export function sayProblem({ path, expected, known }: SchemaProblem): string {
  return `${pointer(path)}: ${expected}${known === undefined ? '' : sayKnown(known)}`
}

/** A JSON Pointer (RFC 6901); names that nobody could read in one line are cut. */
function pointer(path: SchemaProblem['path']): string {
  if (path.length === 0) return '(the whole)'
  const steps = path.map((step) => cut(String(step), MAX_STEP).replaceAll('~', '~0').replaceAll('/', '~1'))
  return visibleLine(cut(`/${steps.join('/')}`, MAX_POINTER))
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length).toWellFormed()}…` : text
}

function sayKnown(known: readonly string[]): string {
  if (known.length === 0) return ', and nothing is'
  const more = known.length > MAX_KNOWN ? ` and ${known.length - MAX_KNOWN} more` : ''
  return `; known are ${known.slice(0, MAX_KNOWN).map(quote).join(', ')}${more}`
}
