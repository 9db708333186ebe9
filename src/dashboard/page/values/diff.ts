/**
 * The lines in which two texts differ. Each line of both stands in the result, in order: nothing is folded away,
 * and a difference that can't be seen in a line (its end, a blank) still makes it two rows. Pure.
 */

export interface DiffRow {
  readonly kind: 'same' | 'removed' | 'added'
  readonly text: string
  /** Which part of it differs from the row that takes its place; absent where it all does. */
  readonly part?: readonly [from: number, to: number]
}

/** Lines that share less than this are two lines. */
const LEAST_ALIKE = 0.3
/** Anything but ASCII blanks and signs, halves of characters included. */
const WORD = /[\w\u0080-\uFFFF]/
/** Beyond so many steps the texts have little in common; then the old one stands above the new. */
const MAX_STEPS = 1500

export function diffLines(before: string, after: string): DiffRow[] {
  const [a, b] = [linesOf(before), linesOf(after)]
  let head = 0
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1
  let tail = 0
  while (tail < a.length - head && tail < b.length - head && a.at(-1 - tail) === b.at(-1 - tail)) tail += 1
  return [
    ...rows('same', a.slice(0, head)),
    ...middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail)),
    ...rows('same', tail === 0 ? [] : a.slice(-tail)),
  ]
}

/** No text has no line; "a\n" has a second, empty one, so that the missing line end of "a" shows. */
function linesOf(text: string): string[] {
  return text === '' ? [] : text.split('\n')
}

function rows(kind: DiffRow['kind'], lines: readonly string[]): DiffRow[] {
  return lines.map((text) => ({ kind, text }))
}

/** Myers, "An O(ND) difference algorithm": furthest[k] is how far one comes in `a` on diagonal k. */
function middle(a: readonly string[], b: readonly string[]): DiffRow[] {
  const trace: Map<number, number>[] = []
  let furthest = new Map([[1, 0]])
  for (let step = 0; step <= Math.min(MAX_STEPS, a.length + b.length); step += 1) {
    trace.push(furthest)
    const next = new Map<number, number>()
    for (let k = -step; k <= step; k += 2) {
      let x = isDown(furthest, k, step) ? at(furthest, k + 1) : at(furthest, k - 1) + 1
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x += 1
      next.set(k, x)
      if (x >= a.length && x - k >= b.length) return walkBack(a, b, trace)
    }
    furthest = next
  }
  return [...rows('removed', a), ...rows('added', b)]
}

function walkBack(
  a: readonly string[],
  b: readonly string[],
  trace: readonly Map<number, number>[],
): DiffRow[] {
  const result: DiffRow[] = []
  let [x, y] = [a.length, b.length]
  for (let step = trace.length - 1; step >= 0; step -= 1) {
    const furthest = trace[step] ?? new Map<number, number>()
    const k = x - y
    const from = isDown(furthest, k, step) ? k + 1 : k - 1
    const fromX = step === 0 ? 0 : at(furthest, from)
    const fromY = step === 0 ? 0 : fromX - from
    while (x > fromX && y > fromY) {
      x -= 1
      y -= 1
      result.push({ kind: 'same', text: a[x] ?? '' })
    }
    if (step === 0) break
    if (x > fromX) result.push({ kind: 'removed', text: a[fromX] ?? '' })
    else result.push({ kind: 'added', text: b[fromY] ?? '' })
    x = fromX
    y = fromY
  }
  return result.toReversed()
}

function isDown(furthest: ReadonlyMap<number, number>, k: number, step: number): boolean {
  return k === -step || (k !== step && at(furthest, k - 1) < at(furthest, k + 1))
}

function at(furthest: ReadonlyMap<number, number>, k: number): number {
  return furthest.get(k) ?? -1
}

/** With the part that differs, where one line took the place of another. */
export function withParts(rows: readonly DiffRow[]): DiffRow[] {
  const result = [...rows]
  let at = 0
  while (at < rows.length) {
    const removed = lengthOf(rows, at, 'removed')
    const added = lengthOf(rows, at + removed, 'added')
    if (removed === added)
      for (let row = at; row < at + removed; row += 1) markParts(result, row, row + removed)
    at += Math.max(1, removed + added)
  }
  return result
}

function lengthOf(rows: readonly DiffRow[], from: number, kind: DiffRow['kind']): number {
  let length = 0
  while (rows[from + length]?.kind === kind) length += 1
  return length
}

function markParts(rows: DiffRow[], removed: number, added: number): void {
  const [a, b] = [rows[removed], rows[added]]
  if (a === undefined || b === undefined) return
  const most = Math.min(a.text.length, b.text.length)
  let head = 0
  while (head < most && a.text[head] === b.text[head]) head += 1
  let tail = 0
  while (tail < most - head && a.text.at(-1 - tail) === b.text.at(-1 - tail)) tail += 1
  // Whole words, so that none is torn.
  while (head > 0 && WORD.test(a.text.charAt(head - 1))) head -= 1
  while (tail > 0 && WORD.test(a.text.charAt(a.text.length - tail))) tail -= 1
  if (head + tail < LEAST_ALIKE * most) return
  rows[removed] = { ...a, part: [head, a.text.length - tail] }
  rows[added] = { ...b, part: [head, b.text.length - tail] }
}
