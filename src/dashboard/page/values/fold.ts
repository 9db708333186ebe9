/**
 * Decides which rows of a long value are shown at once: the beginning, the end, and important rows between them. The
 * rest is behind a button at its place. Nothing is left out: the runs hold every row, in order. Pure.
 */

/** Rows from `from` up to, without, `to`. */
export interface RowRun {
  readonly from: number
  readonly to: number
  readonly shown: boolean
}

export interface Ends {
  readonly head: number
  readonly tail: number
}

/** A button in place of fewer rows than these would save nothing. */
const LEAST_GAP = 3
/** A text that is full of important rows can't push its own end out of view. */
const MOST_BETWEEN = 16
const LONG_ROW = 110
/** Written out by pieces.ts as one piece, so it is one row. */
const STRETCH = /((?:\n[ \t]*){12,}| {48,})/

export function runsOf(
  count: number,
  { head, tail }: Ends,
  matters: (row: number) => boolean = () => false,
): RowRun[] {
  if (count <= head + tail + LEAST_GAP) return count === 0 ? [] : [{ from: 0, to: count, shown: true }]
  const kept = new Set<number>()
  for (let row = 0; row < head; row += 1) kept.add(row)
  for (const row of someOf(between(head, count - tail).filter((row) => matters(row)))) kept.add(row)
  for (let row = count - tail; row < count; row += 1) kept.add(row)
  const runs: RowRun[] = []
  for (const row of [...kept, count]) {
    const last = runs.at(-1)
    const end = last?.to ?? 0
    if (row > end && row - end >= LEAST_GAP) runs.push({ from: end, to: row, shown: false })
    if (row === count) continue
    const before = runs.at(-1)
    if (before?.shown === true) runs[runs.length - 1] = { ...before, to: row + 1 }
    else runs.push({ from: before?.to ?? 0, to: row + 1, shown: true })
  }
  return runs
}

/** A text in rows about as wide as the page: its lines, long ones cut where there is a blank. */
export function textRows(text: string): string[] {
  return text
    .split(STRETCH)
    .flatMap((part, index) => (index % 2 === 1 ? [part] : part.split(/(?<=\n)/).flatMap(cut)))
    .filter((row) => row !== '')
}

function cut(line: string): string[] {
  const rows: string[] = []
  let rest = line
  while (rest.length > LONG_ROW) {
    const blank = rest.lastIndexOf(' ', LONG_ROW - 1) + 1
    // Never between the halves of one character.
    const hard = /[\uD800-\uDBFF]/.test(rest.charAt(LONG_ROW - 1)) ? LONG_ROW - 1 : LONG_ROW
    const at = blank > LONG_ROW / 2 ? blank : hard
    rows.push(rest.slice(0, at))
    rest = rest.slice(at)
  }
  return [...rows, rest]
}

function between(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index)
}

function someOf(rows: readonly number[]): readonly number[] {
  return rows.length <= MOST_BETWEEN
    ? rows
    : [...rows.slice(0, MOST_BETWEEN / 2), ...rows.slice(-MOST_BETWEEN / 2)]
}
