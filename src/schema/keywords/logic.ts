/** How schemas are put together: all, any, one or none of several, and one on condition of another. */
import { evaluate } from '../evaluate.ts'
import type { Check, Node } from '../node.ts'
import type { Problem, Run } from '../run.ts'
import { oneOf } from '../words.ts'
import type { Compiler, Reader } from './reader.ts'

export const LOGIC_WORDS = ['allOf', 'anyOf', 'if', 'not', 'oneOf']

export function logicChecks(read: Reader, compiler: Compiler): Check[] {
  const nodes = (word: string): readonly Node[] =>
    read.schemas(word)?.map((schema) => compiler.node(schema)) ?? []
  return [
    ...nodes('allOf').map(holds),
    ...any(nodes('anyOf')),
    ...exactlyOne(nodes('oneOf')),
    ...not(read, compiler),
    ...condition(read, compiler),
  ]
}

/** That the value fits another schema as well. */
export function holds(node: Node): Check {
  return (value, run, seen) => evaluate(node, value, run, seen)
}

function any(parts: readonly Node[]): Check[] {
  if (parts.length === 0) return []
  return [
    (value, run, seen) => {
      let fits = false
      for (const part of parts) {
        if (!run.quietly(() => evaluate(part, value, run, seen))) continue
        fits = true
        // The others only have something to add where it matters who has seen what.
        if (seen === undefined) break
      }
      return fits || fitsNone(parts, value, run)
    },
  ]
}

function exactlyOne(parts: readonly Node[]): Check[] {
  if (parts.length === 0) return []
  return [
    (value, run, seen) => {
      const fitting = parts.filter((part) => run.quietly(() => evaluate(part, value, run, seen)))
      if (fitting.length === 0) return fitsNone(parts, value, run)
      return (
        fitting.length === 1 ||
        run.report(`fits ${fitting.length} of ${parts.length} alternatives, and only one may fit`)
      )
    },
  ]
}

/** Where one alternative alone is of the right type, what is wrong by it is the most helpful thing to say. */
function fitsNone(parts: readonly Node[], value: unknown, run: Run): false {
  if (run.hasEnough) return false
  const close = parts.filter(
    ({ type }) => type === undefined || run.quietly(() => type(value, run, undefined)),
  )
  const [only, ...others] = close
  if (only !== undefined && others.length === 0)
    return reportAll(
      run.apart(() => evaluate(only, value, run)),
      run,
    )
  const kinds = [...new Set(parts.map(({ expects }) => expects).filter((kind) => kind !== undefined))]
  return run.report(
    kinds.length === 0 || kinds.length < parts.length
      ? `fits none of ${parts.length} alternatives`
      : `expected ${oneOf(kinds)}`,
  )
}

function reportAll(problems: readonly Problem[], run: Run): false {
  for (const problem of problems) if (!run.hasEnough) run.problems.push(problem)
  return false
}

function not(read: Reader, compiler: Compiler): Check[] {
  const schema = read.schema('not')
  if (schema === undefined) return []
  const node = compiler.node(schema)
  return [
    (value, run) =>
      !run.quietly(() => evaluate(node, value, run)) || run.report('is of a kind that is excluded here'),
  ]
}

function condition(read: Reader, compiler: Compiler): Check[] {
  const schema = read.schema('if')
  if (schema === undefined) return []
  const part = (word: string): Node | undefined => {
    const branch = read.schema(word)
    return branch === undefined ? undefined : compiler.node(branch)
  }
  const [when, then, otherwise] = [compiler.node(schema), part('then'), part('else')]
  return [
    (value, run, seen) => {
      const branch = run.quietly(() => evaluate(when, value, run, seen)) ? then : otherwise
      return branch === undefined || evaluate(branch, value, run, seen)
    },
  ]
}
