/** The elements for what values.ts describes: short values beside their names, in one line; long ones below. */
import { foreign, make } from '../elements.ts'
import type { Address } from './address.ts'
import { runsOf } from './fold.ts'
import { showDiff } from './show-diff.ts'
import { folded, showBlock } from './show-long.ts'
import { showSql } from './show-sql.ts'
import { shownArguments, definitionDiff, type Argument, type Value } from './values.ts'

const ENDS = { head: 16, tail: 6 }

export function showArguments(args: Readonly<Record<string, unknown>>): HTMLElement {
  const all = shownArguments(args)
  if (all.length === 0) return make('p', { class: 'none' }, 'Called without arguments.')
  return list(all)
}

export function showChange(
  member: string,
  before: string | undefined,
  after: string | undefined,
): HTMLElement {
  return showDiff(definitionDiff(before, after), `the change of ${member}`)
}

/** A list of hundreds is folded like a text of hundreds of lines, so that its last item is seen too. */
function list(all: readonly Argument[]): HTMLElement {
  const part = ({ from, to }: { from: number; to: number }): HTMLElement =>
    make('dl', { class: 'arguments' }, ...all.slice(from, to).map(row))
  const runs = runsOf(all.length, ENDS)
  const [only] = runs
  if (only !== undefined && runs.length === 1) return part(only)
  return make(
    'div',
    { class: 'argument-lists' },
    folded(runs, part, ({ from, to }) => `${to - from} more`),
  )
}

function row({ name, type, value, notes }: Argument): HTMLElement {
  const title = make('span', { class: 'name' }, foreign(name))
  const kind = type === undefined ? undefined : make('span', { class: 'type' }, type)
  // In one line the names make a column, so what a value is stands behind it.
  return isShort(value)
    ? make(
        'div',
        { class: 'argument argument-short' },
        make('dt', {}, title),
        make('dd', {}, show(value, name), kind, notesElement(notes)),
      )
    : make(
        'div',
        { class: 'argument argument-long' },
        make('dt', {}, title, kind),
        // What must not be missed stands before what may be longer than the screen.
        make('dd', {}, notesElement(notes), show(value, name)),
      )
}

function isShort(value: Value): boolean {
  return (
    value.kind === 'line' || value.kind === 'address' || (value.kind === 'json' && !value.text.includes('\n'))
  )
}

function notesElement(notes: readonly string[]): HTMLElement | undefined {
  return notes.length === 0
    ? undefined
    : make('ul', { class: 'notes' }, ...notes.map((note) => make('li', {}, note)))
}

function show(value: Value, name: string): Node {
  switch (value.kind) {
    case 'line':
      return make('code', { class: 'line' }, foreign(value.text))
    case 'address':
      return showAddress(value.address)
    case 'block':
      return showBlock(value.text, value.size, name)
    case 'json':
      return value.text.includes('\n')
        ? showBlock(value.text, value.size, name)
        : make('code', { class: 'line' }, foreign(value.text))
    case 'sql':
      return showSql(value.sql, value.size, name)
    case 'diff':
      return showDiff(value.rows, name, value)
    case 'members':
      return list(value.members)
  }
}

/** A line breaks after a separator rather than within a name. */
function showAddress({ parts }: Address): HTMLElement {
  return make(
    'code',
    { class: 'line address' },
    ...parts.flatMap(({ kind, text }) => {
      const part = make('span', { class: kind === 'plain' ? undefined : `part-${kind}` }, foreign(text))
      return /[/\\]$/.test(text) ? [part, make('wbr')] : [part]
    }),
  )
}
