/** The elements for SQL: which statements there are, in one line above, and each with the words that matter. */
import { foreign, make } from '../elements.ts'
import { runsOf, type RowRun } from './fold.ts'
import { amount, box, folded } from './show-long.ts'
import type { Sql, SqlToken } from './sql.ts'
import { outlineOf, sqlRows, type SqlRow } from './sql-rows.ts'
import type { Size } from './values.ts'

const ENDS = { head: 8, tail: 6 }

export function showSql(sql: Sql, size: Size | undefined, name: string): HTMLElement {
  const rows = sqlRows(sql)
  const runs = runsOf(rows.length, ENDS, (row) => rows[row]?.matters === true)
  const content = make(
    'code',
    { class: 'sql' },
    folded(
      runs,
      (run) => showRun(rows, run),
      ({ from, to }) => amount(rows.slice(from, to).flatMap(textsOf).join('')),
    ),
  )
  const shown = box(content, size, name)
  return sql.statements.length < 2 ? shown : make('div', { class: 'boxed' }, outline(sql), shown)
}

function outline(sql: Sql): HTMLElement {
  return make(
    'p',
    { class: 'outline' },
    `${sql.statements.length.toLocaleString('en')} statements: `,
    ...outlineOf(sql).flatMap(({ word, kind, times }, index) => [
      index === 0 ? '' : ', ',
      make('code', { class: `sql-${kind}` }, foreign(word)),
      times === 1 ? '' : ` ×${times.toLocaleString('en')}`,
    ]),
  )
}

function showRun(rows: readonly SqlRow[], { from, to }: RowRun): DocumentFragment {
  const fragment = document.createDocumentFragment()
  let at = from
  while (at < to) {
    const { statement = 0 } = rows[at] ?? {}
    const begins = rows[at - 1]?.statement !== statement
    const start = at
    while (at < to && rows[at]?.statement === statement) at += 1
    const tokens = joined(rows.slice(start, at).flatMap((row) => row.tokens))
    fragment.append(
      make('span', { class: begins ? 'statement begins' : 'statement' }, ...tokens.map(showToken)),
    )
  }
  return fragment
}

/** What was cut for the rows is one again, so that nothing splits a word or a character. */
function joined(tokens: readonly SqlToken[]): SqlToken[] {
  const result: SqlToken[] = []
  for (const token of tokens) {
    const last = result.at(-1)
    if (last?.kind === token.kind)
      result[result.length - 1] = { kind: last.kind, text: last.text + token.text }
    else result.push(token)
  }
  return result
}

function showToken({ kind, text }: SqlToken): Node {
  return kind === 'text' || kind === 'string' || kind === 'end'
    ? foreign(text, 'several')
    : make('span', { class: `sql-${kind}` }, foreign(text, 'several'))
}

function textsOf({ tokens }: SqlRow): string[] {
  return tokens.map(({ text }) => text)
}
