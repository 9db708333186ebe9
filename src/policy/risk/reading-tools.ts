/**
 * Tools that only read by name: what a server that is silent leaves unknown, and what can be granted or allowed
 * together. Pure.
 */
import { matchGlob, validateGlob } from '../glob.ts'
import { READING } from '../words/lexicon.ts'
import { classify, sayingOf, type ToolFacts } from './risk.ts'

/**
 * Its name reads, no argument carries what it would run, the server doesn't speak against it, and it is as it was first
 * seen.
 */
export function readsByName(tool: ToolFacts): boolean {
  const { class: risk } = classify(tool)
  return tool.unchanged && (risk === 'read' || risk === 'unknown') && sayingOf(tool).says === 'reads'
}

/**
 * Globs that match all of `names` and none of `others`: one up to the reading verb where several names begin with it
 * (`get_*`, `slack_list_*`), else the name itself. Those that stand for more names come first.
 */
export function patternsOf(names: readonly string[], others: readonly string[]): readonly string[] {
  const byPattern = new Map<string, string[]>()
  for (const name of names) {
    const pattern = patternOf(name) ?? name
    byPattern.set(pattern, [...(byPattern.get(pattern) ?? []), name])
  }
  return [...byPattern]
    .toSorted(([, a], [, b]) => b.length - a.length)
    .flatMap(([pattern, members]) => {
      const isOf = members.length > 1 && !others.some((other) => matchGlob(pattern, other))
      return isOf ? [pattern] : members
    })
}

/** Whether a rule can name it: some characters have a meaning in a pattern. */
export function canBeNamed(name: string): boolean {
  return name.length <= 256 && !/[*?{]/.test(name) && validateGlob(name) === undefined
}

/** Undefined where no reading verb stands before something else. */
function patternOf(name: string): string | undefined {
  for (const { 0: word, index } of name.matchAll(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g)) {
    if (!READING.has(word.toLowerCase())) continue
    const end = index + word.length
    const separator = /^[^A-Za-z0-9]/.test(name.slice(end)) ? name.charAt(end) : ''
    if (name.length <= end + separator.length) return undefined
    const pattern = `${name.slice(0, end)}${separator}*`
    return canBeNamed(pattern.slice(0, -1)) ? pattern : undefined
  }
  return undefined
}
