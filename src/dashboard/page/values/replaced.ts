/**
 * Edits among arguments: which two of them are the old and the new text, and texts that are a patch already. They are
 * shown as what goes and what comes. Pure.
 */
import type { DiffRow } from './diff.ts'

/** What stands for the old text, and its other half. */
const HALVES: readonly (readonly [RegExp, string])[] = [
  [/^old(?=$|[A-Z_-])/, 'new'],
  [/^before(?=$|[A-Z_-])/, 'after'],
  [/^original(?=$|[A-Z_-])/, 'modified'],
  [/^original(?=$|[A-Z_-])/, 'updated'],
  [/^original(?=$|[A-Z_-])/, 'new'],
  [/^search(?=$|[A-Z_-])/, 'replace'],
  [/^search(?=$|[A-Z_-])/, 'replacement'],
  [/^find(?=$|[A-Z_-])/, 'replace'],
  [/^find(?=$|[A-Z_-])/, 'replacement'],
]
/** Whole words that say that a text is replaced, not a name or a path. */
const OF_TEXT = /^(?:|text|str|string|content|contents|code|value|body|block|lines?|snippet|source|blocks?)$/i
const PATCH_START = /^\s*(?:diff --git |--- |\*\*\* Begin Patch|@@ |Index: |<<<<<<< )/
const HUNK = /^(?:@@|\*\*\* |<<<<<<< |=======$|>>>>>>> )/m

export interface Pair {
  readonly from: string
  readonly to: string
}

/** In the order of the old texts; no argument belongs to two. */
export function pairsIn(args: Readonly<Record<string, unknown>>): Pair[] {
  const taken = new Set<string>()
  return Object.keys(args).flatMap((from) => {
    const to = otherHalf(from, args)
    if (to === undefined || taken.has(to)) return []
    taken.add(to)
    return [{ from, to }]
  })
}

/** A text that tells by itself what it takes away and adds; undefined for any other. */
export function readPatch(name: string, text: string): DiffRow[] | undefined {
  const isNamed = /patch|diff/i.test(name)
  if (!(PATCH_START.test(text) || isNamed) || !HUNK.test(text)) return undefined
  const lines = text.split('\n')
  return /^<<<<<<< /m.test(text) ? conflictRows(lines) : patchRows(lines)
}

function otherHalf(from: string, args: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof args[from] !== 'string') return undefined
  for (const [half, other] of HALVES) {
    const rest = half.test(from) ? from.replace(half, '') : undefined
    if (rest === undefined || !OF_TEXT.test(rest.replace(/^[_-]/, ''))) continue
    for (const to of [other + rest, other]) {
      if (to !== from && Object.hasOwn(args, to) && typeof args[to] === 'string') return to
    }
  }
  return undefined
}

/** The sign at a line's start stays in its text, since whether it is one depends on who reads the patch. */
function patchRows(lines: readonly string[]): DiffRow[] {
  return lines.map((text) => ({
    kind: /^\+(?!\+\+ )/.test(text) ? 'added' : /^-(?!-- )/.test(text) ? 'removed' : 'same',
    text,
  }))
}

/** Blocks of `<<<<<<< SEARCH`, `=======` and `>>>>>>> REPLACE`. */
function conflictRows(lines: readonly string[]): DiffRow[] {
  let kind: DiffRow['kind'] = 'same'
  return lines.map((text) => {
    const isMark = /^(?:<{7}|={7}|>{7})/.test(text)
    if (text.startsWith('<<<<<<<')) kind = 'removed'
    else if (text.startsWith('=======')) kind = 'added'
    else if (text.startsWith('>>>>>>>')) kind = 'same'
    return { kind: isMark ? 'same' : kind, text }
  })
}
