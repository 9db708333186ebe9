/** The elements for a difference: what goes, what comes, and the unchanged lines near it. */
import { make } from '../elements.ts'
import { withParts, type DiffRow } from './diff.ts'
import { runsOf, type RowRun } from './fold.ts'
import { box, folded, showLine } from './show-long.ts'
import type { Size } from './values.ts'

const SIGNS = { same: ' ', removed: '−', added: '+' } as const
const SPOKEN = { same: '', removed: 'removed: ', added: 'added: ' } as const
/** Unchanged lines beside a change. */
const NEAR = 3
/** A difference of more rows is shown by its two ends. */
const MOST = 48
const ENDS = { head: 24, tail: 16 }

export interface Shown {
  readonly size?: Size | undefined
  /** The rows' texts begin with their signs already. */
  readonly isSigned?: boolean
}

export function showDiff(
  rows: readonly DiffRow[],
  name: string,
  { size, isSigned = false }: Shown = {},
): HTMLElement {
  const parted = isSigned ? rows : withParts(rows)
  const show = ({ from, to }: RowRun): DocumentFragment => {
    const fragment = document.createDocumentFragment()
    fragment.append(...parted.slice(from, to).map((row) => showRow(row, isSigned)))
    return fragment
  }
  const content = make(
    'code',
    { class: 'diff' },
    folded(runsFor(rows), show, ({ from, to }) => linesWords(rows.slice(from, to))),
  )
  return box(content, size, name)
}

/** How many lines go and come, for one line about it. */
export function countRows(rows: readonly DiffRow[]): { removed: number; added: number } {
  const count = (kind: DiffRow['kind']): number => rows.filter((row) => row.kind === kind).length
  return { removed: count('removed'), added: count('added') }
}

function runsFor(rows: readonly DiffRow[]): RowRun[] {
  const changes = rows.flatMap(({ kind }, index) => (kind === 'same' ? [] : [index]))
  const near = new Set(
    changes.flatMap((at) => Array.from({ length: 2 * NEAR + 1 }, (_, index) => at - NEAR + index)),
  )
  if (near.size > MOST) return runsOf(rows.length, ENDS)
  // All that is near a change is shown, however many changes there are.
  const runs: RowRun[] = []
  for (const index of rows.keys()) {
    const shown = near.has(index) || changes.length === 0
    const last = runs.at(-1)
    if (last?.shown === shown) runs[runs.length - 1] = { ...last, to: index + 1 }
    else runs.push({ from: index, to: index + 1, shown })
  }
  return runs.map((run) => (run.to - run.from <= NEAR ? { ...run, shown: true } : run))
}

function linesWords(rows: readonly DiffRow[]): string {
  const { removed, added } = countRows(rows)
  const lines = `${rows.length.toLocaleString('en')} lines`
  return removed + added === 0
    ? `${rows.length.toLocaleString('en')} unchanged lines`
    : `${lines} (−${removed} +${added})`
}

function showRow({ kind, text, part }: DiffRow, isSigned: boolean): HTMLElement {
  return make(
    'span',
    { class: `row row-${kind}` },
    isSigned ? undefined : make('span', { class: 'sign', 'aria-hidden': 'true' }, SIGNS[kind]),
    kind === 'same' ? undefined : make('span', { class: 'unseen' }, SPOKEN[kind]),
    make('span', { class: 'content' }, ...(part === undefined ? [showLine(text)] : parts(text, part)), '\n'),
  )
}

function parts(text: string, [from, to]: readonly [number, number]): Node[] {
  if (from === to) return [showLine(text)]
  const marked = make('mark', {}, showLine(text.slice(from, to)))
  return [showLine(text.slice(0, from)), marked, showLine(text.slice(to))]
}
