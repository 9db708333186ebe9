/**
 * Arguments that the operator fixed (`tools.set`). They aren't the model's to choose: hosts aren't shown them, they are
 * put in before a call is judged, and one that comes with another value isn't made. Pure.
 *
 * A pattern fixes an argument of those tools that have it; a tool's own name fixes it in any case, and comes before
 * patterns; of patterns the later one.
 */
import { canonicalJson } from '../json/canonical.ts'
import { alikeOf } from './words/alike.ts'
import { matchGlob } from './glob.ts'

/** By tool, then by argument. */
export type SetRules = Readonly<Record<string, Readonly<Record<string, unknown>>>>
/** By the server's own name of the argument. */
export type Fixed = ReadonlyMap<string, unknown>

/** @param has whether the tool says that it takes an argument */
export function fixedArguments(
  rules: SetRules | undefined,
  tool: string,
  has: (name: string) => boolean,
): Fixed {
  const entries = Object.entries(rules ?? {}).filter(([pattern]) => matchGlob(pattern, tool))
  const own = entries.filter(([pattern]) => pattern === tool)
  const fixed = new Map<string, unknown>()
  for (const [, values] of entries)
    for (const [name, value] of Object.entries(values)) if (has(name)) fixed.set(name, value)
  for (const [, values] of own) for (const [name, value] of Object.entries(values)) fixed.set(name, value)
  return fixed
}

/** For a call that wants one of them otherwise, also by a name that its server could take for it, `name` is which. */
export function withFixed(
  args: Readonly<Record<string, unknown>>,
  fixed: Fixed,
): { readonly args: Readonly<Record<string, unknown>> } | { readonly name: string } {
  for (const [name, value] of fixed)
    if ((Object.hasOwn(args, name) && !isSame(args[name], value)) || hasAlike(args, name)) return { name }
  return { args: fixed.size === 0 ? args : Object.fromEntries([...Object.entries(args), ...fixed]) }
}

/** Whether they are in it as they are fixed. */
export function holdsFixed(args: Readonly<Record<string, unknown>>, fixed: Fixed): boolean {
  return [...fixed].every(
    ([name, value]) => Object.hasOwn(args, name) && isSame(args[name], value) && !hasAlike(args, name),
  )
}

function hasAlike(args: Readonly<Record<string, unknown>>, name: string): boolean {
  return alikeOf(Object.keys(args), name) !== undefined
}

function isSame(given: unknown, fixed: unknown): boolean {
  try {
    return canonicalJson(given) === canonicalJson(fixed)
  } catch {
    return false
  }
}
