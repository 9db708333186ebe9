/**
 * A question in a few lines, for where there are several: every argument with its beginning and its end, and what one
 * should know of it. What doesn't fit says how much it is; all of it is behind "Show".
 */
import { foreign, make } from '../elements.ts'
import { countRows } from '../values/show-diff.ts'
import type { Sql } from '../values/sql.ts'
import { shownArguments, type Argument, type Value } from '../values/values.ts'

/** More arguments are counted. */
const MOST = 6
const START = 72
const END = 40

export function gist(args: Readonly<Record<string, unknown>>): DocumentFragment {
  const fragment = document.createDocumentFragment()
  const all = shownArguments(args)
  if (all.length === 0) fragment.append('without arguments')
  for (const argument of all.slice(0, MOST)) fragment.append(item(argument), ' ')
  const more = all.length - MOST
  if (more > 0) fragment.append(`and ${more} more argument${more === 1 ? '' : 's'}`)
  return fragment
}

function item({ name, type, value, notes }: Argument): HTMLElement {
  return make(
    'span',
    { class: 'gist-item' },
    make('b', {}, foreign(name)),
    ' ',
    ...valueParts(value, type),
    ...notes.filter(isTelling).map((note) => make('span', { class: 'gist-note' }, ` ${note}`)),
  )
}

/** Most paths begin at the root, and whoever wants to see it sees it. */
function isTelling(note: string): boolean {
  return !note.startsWith('absolute')
}

function valueParts(value: Value, type: string | undefined): Node[] {
  switch (value.kind) {
    case 'line':
      return [code(value.text)]
    case 'json':
      return [code(value.text)]
    case 'address':
      return [code(value.address.parts.map(({ text }) => text).join(''))]
    case 'block':
      return [code(value.text), size(value.text)]
    case 'sql':
      return sqlParts(value.sql)
    case 'diff': {
      const { removed, added } = countRows(value.rows)
      const first = value.rows.find(({ kind }) => kind !== 'same')
      const count = make('span', { class: 'aside-inline' }, ` −${removed} +${added} lines`)
      return first === undefined ? [count] : [code(first.text), count]
    }
    case 'members':
      return [make('span', {}, type ?? 'several')]
  }
}

/** All words that change something stay, wherever they stand. */
function sqlParts(sql: Sql): Node[] {
  const tokens = sql.statements.flat()
  const strong = tokens.filter(({ kind }) => kind === 'danger' || kind === 'change')
  const kinds = new Map(strong.map(({ kind, text }) => [text.toUpperCase(), kind]))
  const count = sql.statements.length < 2 ? '' : ` ${sql.statements.length} statements`
  return [
    ...[...kinds].slice(0, MOST).map(([word, kind]) => make('code', { class: `sql-${kind}` }, foreign(word))),
    code(tokens.map(({ text }) => text).join('')),
    make('span', { class: 'aside-inline' }, count),
  ]
}

function code(text: string): HTMLElement {
  const line = Array.from(text.trim().replace(/\s+/g, ' '))
  if (line.length <= START + END + 8) return make('code', {}, foreign(line.join('')))
  return make(
    'span',
    {},
    make('code', {}, foreign(line.slice(0, START).join(''))),
    ' … ',
    make('code', {}, foreign(line.slice(-END).join(''))),
  )
}

function size(text: string): HTMLElement {
  const lines = text.split('\n').length
  const words =
    lines > 1 ? `${lines.toLocaleString('en')} lines` : `${text.length.toLocaleString('en')} characters`
  return make('span', { class: 'aside-inline' }, ` ${words}`)
}
