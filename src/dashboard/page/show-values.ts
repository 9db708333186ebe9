/** The elements for what values.ts describes. */
import type { Address } from './address.ts'
import type { DiffRow } from './diff.ts'
import { foreign, make } from './elements.ts'
import type { Sql } from './sql.ts'
import { argumentsOf, definitionDiff, type Argument, type Size, type Value } from './values.ts'

const SIGNS = { same: ' ', removed: '−', added: '+' } as const
const SPOKEN = { same: '', removed: 'removed: ', added: 'added: ' } as const

export function showArguments(args: Readonly<Record<string, unknown>>): HTMLElement {
  const all = argumentsOf(args)
  if (all.length === 0) return make('p', { class: 'none' }, 'Called without arguments.')
  return list(all)
}

/** The gist of a question in one line, for where there are several. */
export function gist(args: Readonly<Record<string, unknown>>): DocumentFragment {
  const fragment = document.createDocumentFragment()
  const [first, ...others] = Object.entries(args)
  if (first === undefined) {
    fragment.append('without arguments')
    return fragment
  }
  const [name, value] = first
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
  fragment.append(make('b', {}, foreign(name)), ' ', make('code', {}, foreign(start(text))))
  if (others.length > 0)
    fragment.append(` and ${others.length} more argument${others.length === 1 ? '' : 's'}`)
  return fragment
}

function start(text: string): string {
  const line = text.replace(/\s+/g, ' ')
  return line.length > 90 ? `${line.slice(0, 90)} …` : line
}

export function showChange(
  member: string,
  before: string | undefined,
  after: string | undefined,
): HTMLElement {
  return showDiff(definitionDiff(before, after), undefined, `the change of ${member}`)
}

function list(all: readonly Argument[]): HTMLElement {
  return make(
    'dl',
    { class: 'arguments' },
    ...all.map((argument) =>
      make(
        'div',
        { class: `argument argument-${argument.value.kind}` },
        make(
          'dt',
          {},
          make('span', { class: 'name' }, foreign(argument.name)),
          argument.type === undefined ? undefined : make('span', { class: 'type' }, argument.type),
        ),
        make('dd', {}, show(argument.value, argument.name), notesElement(argument.notes)),
      ),
    ),
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
      return box(make('code', {}, foreign(value.text, 'several')), value.size, name)
    case 'json':
      return value.text.includes('\n')
        ? box(make('code', {}, foreign(value.text, 'several')), value.size, name)
        : make('code', { class: 'scalar' }, foreign(value.text))
    case 'sql':
      return showSql(value.sql, value.size, name)
    case 'diff':
      return showDiff(value.rows, value.size, name)
    case 'members':
      return list(value.members)
  }
}

/** A box of its own that scrolls, which a keyboard can reach, and that says what it holds where that isn't seen at once. */
function box(content: HTMLElement, size: Size | undefined, name: string): HTMLElement {
  const label = `${name}, in full`
  const pre = make('pre', { class: 'box', tabindex: '0', role: 'group', 'aria-label': label }, content)
  if (size === undefined) return pre
  const lines = size.lines > 1 ? `, ${size.lines.toLocaleString('en')} lines` : ''
  return make(
    'div',
    { class: 'boxed' },
    pre,
    make(
      'p',
      { class: 'size' },
      `${size.characters.toLocaleString('en')} characters${lines}. Scroll to read all. Ends with “`,
      make('code', {}, foreign(size.ending)),
      '”.',
    ),
  )
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

function showSql(sql: Sql, size: Size | undefined, name: string): HTMLElement {
  const count = sql.statements.length
  const content = make(
    'code',
    { class: 'sql' },
    ...sql.statements.map((statement) =>
      make(
        'span',
        { class: 'statement' },
        ...statement.map(({ kind, text }) =>
          kind === 'keyword' || kind === 'danger' || kind === 'comment'
            ? make('span', { class: `sql-${kind}` }, foreign(text, 'several'))
            : foreign(text, 'several'),
        ),
      ),
    ),
  )
  const shown = box(content, size, name)
  return count < 2
    ? shown
    : make('div', { class: 'boxed' }, make('p', { class: 'size' }, `${count} statements`), shown)
}

function showDiff(rows: readonly DiffRow[], size: Size | undefined, name: string): HTMLElement {
  const content = make(
    'code',
    { class: 'diff' },
    ...rows.map(({ kind, text }) =>
      make(
        'span',
        { class: `row row-${kind}` },
        make('span', { class: 'sign', 'aria-hidden': 'true' }, SIGNS[kind]),
        kind === 'same' ? undefined : make('span', { class: 'unseen' }, SPOKEN[kind]),
        make('span', { class: 'content' }, foreign(text === '' ? '' : text, 'several'), '\n'),
      ),
    ),
  )
  return box(content, size, name)
}
