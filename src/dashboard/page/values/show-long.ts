/** The elements for what is long: its beginning, its end and what matters at once, the rest behind a button in its place. */
import { button, foreign, make, setAttribute, setText } from '../elements.ts'
import { runsOf, textRows, type Ends, type RowRun } from './fold.ts'
import { pieces } from './pieces.ts'
import type { Size } from './values.ts'

const TEXT: Ends = { head: 8, tail: 6 }
/** A row of a difference that is longer is folded in itself. */
const LONG = 600
let made = 0

/** A box that says what it holds, for those who don't see it. */
export function box(content: Node, size: Size | undefined, name: string): HTMLElement {
  const pre = make('pre', { class: 'box', role: 'group', 'aria-label': `${name}, in full` }, content)
  if (size === undefined) return pre
  const lines = size.lines > 1 ? `, ${size.lines.toLocaleString('en')} lines` : ''
  const words = `${size.characters.toLocaleString('en')} characters${lines}`
  return make('div', { class: 'boxed' }, pre, make('p', { class: 'size' }, words))
}

export function showBlock(text: string, size: Size | undefined, name: string): HTMLElement {
  return box(make('code', {}, showText(text)), size, name)
}

export function showText(text: string): DocumentFragment {
  const rows = textRows(text)
  const runs = runsOf(rows.length, TEXT, (row) =>
    pieces(rows[row] ?? '', 'several').some(({ kind }) => kind === 'hidden' || kind === 'mixed'),
  )
  const textOf = ({ from, to }: RowRun): string => rows.slice(from, to).join('')
  return folded(
    runs,
    (run) => foreign(textOf(run), 'several'),
    (run) => amount(textOf(run)),
  )
}

export function showLine(text: string): Node {
  return text.length > LONG ? showText(text) : foreign(text, 'several')
}

/** @param words What a run holds, e.g. "12 lines". */
export function folded(
  runs: readonly RowRun[],
  show: (run: RowRun) => Node,
  words: (run: RowRun) => string,
): DocumentFragment {
  const fragment = document.createDocumentFragment()
  for (const run of runs) fragment.append(...(run.shown ? [show(run)] : fold(show(run), words(run))))
  return fragment
}

export function amount(text: string): string {
  const lines = text.split('\n').length - 1
  return lines > 1
    ? `${lines.toLocaleString('en')} lines`
    : `${Array.from(text).length.toLocaleString('en')} characters`
}

function fold(content: Node, words: string): HTMLElement[] {
  made += 1
  const id = `fold-${made}`
  // Where much comes to light, it scrolls in itself, so that the end stays near.
  const middle = make(
    'span',
    { class: 'middle', id, hidden: true, tabindex: '0', role: 'group', 'aria-label': words },
    content,
  )
  const toggle = button(
    `Show ${words} in between`,
    { class: 'fold', 'aria-expanded': 'false', 'aria-controls': id },
    () => {
      middle.hidden = !middle.hidden
      setAttribute(toggle, 'aria-expanded', String(!middle.hidden))
      setText(toggle, middle.hidden ? `Show ${words} in between` : `Hide these ${words}`)
    },
  )
  return [toggle, middle]
}
