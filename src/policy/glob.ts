/**
 * The patterns of `tools:` rules. `*` is any run of characters, `?` exactly one, `{a,b}` either; braces nest, and
 * every other character is itself. Matching is case-sensitive, as tool names are.
 *
 * A pattern is matched as the set of positions in the name that it can have reached, so the time is at most the
 * pattern's length times the name's, whatever either of them looks like; nothing is ever compiled to a regular
 * expression. A pattern is parsed once, as those of servers.yaml are asked about at every call.
 */

type Part =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'one' }
  | { readonly kind: 'run' }
  | { readonly kind: 'either'; readonly branches: readonly (readonly Part[])[] }

/** Which positions of the name the pattern can have reached; index 0 is before the first character. */
type Reached = readonly boolean[]

/** One sentence about what is wrong with the pattern; undefined when nothing is. */
export function validateGlob(pattern: string): string | undefined {
  const parsed = parsedOnce(pattern)
  return typeof parsed === 'string' ? parsed : undefined
}

/** @throws TypeError for a pattern that validateGlob refuses: a block rule that can't match must not pass silently. */
export function matchGlob(pattern: string, name: string): boolean {
  const parsed = parsedOnce(pattern)
  if (typeof parsed === 'string') throw new TypeError(`pattern ${JSON.stringify(pattern)}: ${parsed}`)
  const characters = Array.from(name)
  const start = [true, ...characters.map(() => false)]
  return advance(parsed, characters, start)[characters.length] === true
}

const known = new Map<string, ReturnType<typeof parse>>()
/** Far more than a servers.yaml has; beyond it all are forgotten, as names of tools are asked about like patterns too. */
const MAX_KNOWN = 1000

function parsedOnce(pattern: string): ReturnType<typeof parse> {
  const before = known.get(pattern)
  if (before !== undefined) return before
  if (known.size >= MAX_KNOWN) known.clear()
  const parsed = parse(Array.from(pattern))
  known.set(pattern, parsed)
  return parsed
}

function advance(parts: readonly Part[], name: readonly string[], start: Reached): Reached {
  let reached = start
  for (const part of parts) reached = step(part, name, reached)
  return reached
}

function step(part: Part, name: readonly string[], reached: Reached): Reached {
  if (part.kind === 'run') {
    const first = reached.indexOf(true)
    return reached.map((_, i) => first !== -1 && i >= first)
  }
  if (part.kind === 'either') {
    const ends = part.branches.map((branch) => advance(branch, name, reached))
    return reached.map((_, i) => ends.some((end) => end[i] === true))
  }
  return reached.map((_, i) => reached[i - 1] === true && (part.kind === 'one' || name[i - 1] === part.text))
}

/** The parts of a pattern, or the sentence that says why it is none. */
function parse(pattern: readonly string[]): readonly Part[] | string {
  if (pattern.length === 0) return 'an empty pattern matches nothing'
  if (pattern[0] === '!') return 'a pattern can\'t start with "!"; put what is excluded under block'
  const open: Part[][][] = []
  let branch: Part[] = []
  for (const character of pattern) {
    if (character === '{') {
      open.push([branch, (branch = [])])
    } else if (character === '}') {
      const group = open.pop()
      if (!group) return 'a "}" closes no "{"'
      const [outer = [], ...branches] = group
      branch = outer
      branch.push({ kind: 'either', branches })
    } else if (character === ',') {
      const group = open.at(-1)
      if (!group) return 'a "," outside braces; write two patterns, or {a,b}'
      group.push((branch = []))
    } else if ('[]\\'.includes(character)) {
      return `"${character}" has no meaning in a pattern; there are *, ? and {a,b}`
    } else {
      branch.push(single(character))
    }
  }
  return open.length === 0 ? branch : 'a "{" is never closed'
}

function single(character: string): Part {
  if (character === '*') return { kind: 'run' }
  if (character === '?') return { kind: 'one' }
  return { kind: 'literal', text: character }
}
