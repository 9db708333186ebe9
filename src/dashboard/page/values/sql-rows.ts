/**
 * Finds what a person must not miss in SQL: the statements, those that affect every row of a table, and in long ones
 * the rows that change something or hold a condition. Pure.
 */
import type { Sql, SqlToken } from './sql.ts'

export interface SqlRow {
  /** Which statement, from 0. */
  readonly statement: number
  readonly tokens: readonly SqlToken[]
  readonly matters: boolean
}

export interface Outline {
  readonly word: string
  /** The strongest of its words. */
  readonly kind: SqlToken['kind']
  readonly times: number
}

/** Longer rows are cut before these, and where a row is full. */
const CLAUSE = /^(?:from|where|set|values|having|order|group|union|returning|join|left|inner|limit|and|or)$/i
const DECIDES = /^(?:where|or|using|cascade)$/i
/** What stands before a statement within another. */
const AFTER = /;$|^(?:begin|then|else|analyze)$/i
const FULL = 110
const LONG_ENOUGH = 60

export function sqlRows({ statements }: Sql): SqlRow[] {
  const rows = statements.flatMap((tokens, statement) => {
    const all = cutTokens(tokens)
    const first = all.findIndex((row) => row.some(({ text }) => text.trim() !== ''))
    // The line break behind a semicolon ends the line that it stands in.
    return all.map((row, at) => ({
      statement: at < first && statement > 0 ? statement - 1 : statement,
      tokens: row,
      matters: false,
    }))
  })
  // What a word takes may stand in the next row.
  return rows.map((row, index) => {
    const before = rows[index - 1]
    const follows = before !== undefined && before.tokens.some(isStrong)
    return { ...row, matters: decides(row.tokens) || (follows && before.statement === row.statement) }
  })
}

/** What each statement does, those alike counted, in their order. */
export function outlineOf({ statements }: Sql): Outline[] {
  const found = new Map<string, Outline>()
  for (const tokens of statements) {
    const word = mainWord(tokens)?.text.toUpperCase() ?? '…'
    const { kind = strongest(tokens), times = 0 } = found.get(word) ?? {}
    found.set(word, { word, kind: kind === 'danger' ? kind : strongest(tokens), times: times + 1 })
  }
  return [...found.values()]
}

/** `DELETE` and `UPDATE` that have no WHERE of their own, and `TRUNCATE`. */
export function everyRow({ statements }: Sql): string[] {
  const words = new Set(statements.flatMap((tokens) => [...unlimited(tokens.filter(isMeant))]))
  return [...words].map((word) =>
    word === 'TRUNCATE' ? 'TRUNCATE empties the table' : `${word} without WHERE: it means every row`,
  )
}

function* unlimited(tokens: readonly SqlToken[]): Generator<string> {
  // What it does THEN, it does to the rows that match.
  if (mainWord(tokens)?.text.toUpperCase() === 'MERGE') return
  for (const [index, { text }] of tokens.entries()) {
    const word = text.toUpperCase()
    const before = tokens[index - 1]?.text.trim() ?? ''
    // Elsewhere these are no statements: FOR UPDATE, ON DELETE CASCADE, GRANT DELETE.
    const isFirst = index === 0 || AFTER.test(before)
    if (isFirst && word === 'TRUNCATE') yield word
    if (
      (isFirst || /[()]$/.test(before)) &&
      (word === 'DELETE' || word === 'UPDATE') &&
      !hasWhere(tokens.slice(index + 1))
    )
      yield word
  }
}

/** At the same depth of brackets: that of an inner query limits something else. */
function hasWhere(tokens: readonly SqlToken[]): boolean {
  let depth = 0
  for (const { kind, text } of tokens) {
    if (kind === 'keyword' && depth === 0 && text.toLowerCase() === 'where') return true
    for (const character of kind === 'text' ? text : '') {
      if (character === '(') depth += 1
      if (character === ')') depth -= 1
      if (depth < 0 || (character === ';' && depth === 0)) return false
    }
  }
  return false
}

function isMeant({ kind, text }: SqlToken): boolean {
  return kind !== 'comment' && text.trim() !== ''
}

/** What a statement begins with, but for WITH what it comes to. */
function mainWord(tokens: readonly SqlToken[]): SqlToken | undefined {
  const first = tokens.find(isWord)
  if (first?.text.toLowerCase() !== 'with') return first
  return tokens.find(({ kind }) => kind === strongest(tokens) && kind !== 'keyword') ?? first
}

function strongest(tokens: readonly SqlToken[]): SqlToken['kind'] {
  const has = (wanted: SqlToken['kind']): boolean => tokens.some(({ kind }) => kind === wanted)
  return has('danger') ? 'danger' : has('change') ? 'change' : 'keyword'
}

function isWord({ kind, text }: SqlToken): boolean {
  return kind !== 'comment' && /^[\p{L}_]/u.test(text.trim())
}

function isStrong({ kind }: SqlToken): boolean {
  return kind === 'danger' || kind === 'change'
}

function decides(tokens: readonly SqlToken[]): boolean {
  return tokens.some((token) => isStrong(token) || (token.kind === 'keyword' && DECIDES.test(token.text)))
}

function cutTokens(tokens: readonly SqlToken[]): SqlToken[][] {
  const rows: SqlToken[][] = [[]]
  let length = 0
  const next = (): void => {
    rows.push([])
    length = 0
  }
  for (const token of tokens) {
    if (length > LONG_ENOUGH && token.kind !== 'text' && CLAUSE.test(token.text)) next()
    for (const text of token.text.match(/[^\n]{0,109}\n|[^\n]{1,110}/gu) ?? []) {
      if (length > 0 && length + text.length > FULL) next()
      rows.at(-1)?.push({ kind: token.kind, text })
      length += text.length
      if (text.endsWith('\n')) next()
    }
  }
  return rows.filter((row) => row.length > 0)
}
