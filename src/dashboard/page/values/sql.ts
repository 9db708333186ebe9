/**
 * SQL for reading: where statements end, and which words matter. The tokens' texts put together are the text as it
 * came. What is a string or a comment differs between databases; where the text uses that, nothing is taken for
 * either, so that no word loses its emphasis to a quote that the database at hand doesn't see. Pure.
 */

export interface SqlToken {
  readonly kind: 'text' | 'keyword' | 'danger' | 'change' | 'string' | 'comment' | 'end'
  readonly text: string
}

export interface Sql {
  readonly statements: readonly (readonly SqlToken[])[]
  /** Strings or comments are read differently by different databases. */
  readonly ambiguous: boolean
}

/** Can destroy, open a door, or run what isn't seen here. */
const DANGER = new Set(
  'alter attach call delete do drop exec execute grant load merge outfile pragma rename replace revoke shutdown truncate update'.split(
    ' ',
  ),
)
/** Adds, or puts elsewhere. */
const CHANGE = new Set('copy create insert into vacuum'.split(' '))
const KEYWORD = new Set(
  'all analyze and as asc begin between by case cascade commit cross database desc distinct else end except exists explain from full function group having if in index inner intersect is join left like limit lock not null offset on or order outer primary procedure returning right rollback schema select set show start table then transaction union unique use user using values view when where with'.split(
    ' ',
  ),
)
const FIRST = new Set([
  ...DANGER,
  ...CHANGE,
  ...'analyze begin commit explain lock rollback select set show start use with'.split(' '),
])
const SECOND =
  /\b(?:from|into|table|set|values|where|database|schema|index|view|function|procedure|user|role)\b/i

const LEXER =
  /(?<comment>--[^\n]*|\/\*(?!!)(?:[^*]|\*(?!\/))*(?:\*\/)?)|(?<string>'(?:[^']|'')*'?|"(?:[^"]|"")*"?|`(?:[^`]|``)*`?)|(?<dollar>\$(?<tag>\w*)\$)|(?<word>[\p{L}_][\p{L}\p{N}_$]*)|(?<end>;)|(?<other>[^])/gu
const BARE = /(?<word>[\p{L}_][\p{L}\p{N}_$]*)|(?<end>;)|(?<other>[^])/gu

/** Without the help of a name only what nobody writes in a letter. */
const PLAIN =
  /^(?:\s|--[^\n]*\n|\/\*(?:[^*]|\*(?!\/))*\*\/)*(?:DELETE\s+FROM|DROP\s+(?:TABLE|DATABASE|SCHEMA|VIEW|INDEX)|TRUNCATE\s+TABLE|ALTER\s+TABLE|UPDATE\s+\S+\s+SET|INSERT\s+INTO|MERGE\s+INTO|CREATE\s+(?:TABLE|INDEX|VIEW)|SELECT\s[^]+\sFROM|WITH\s+\w+\s+AS\s*\()\s/

/** Undefined for what isn't SQL by its beginning and the argument's name. */
export function readSql(name: string, text: string): Sql | undefined {
  // "query" is also what people type into a search box.
  const isNamed = /sql|stmt|statement/i.test(name) || (/quer(?:y|ies)/i.test(name) && SECOND.test(text))
  if (!isNamed && !PLAIN.test(text)) return undefined
  const ambiguous = isAmbiguous(text)
  const all = tokens(text, ambiguous)
  const first = all.find((token) => token.kind !== 'comment' && /[^\s(]/.test(token.text))
  if (first === undefined || !FIRST.has(first.text.toLowerCase())) return undefined
  return { statements: statements(all), ambiguous }
}

/** A backslash before a quote, `--` without a blank after it, `#`, nested or executable comments, an open quote. */
function isAmbiguous(text: string): boolean {
  if (/\\['"`]|--[^\s-]|#|\/\*(?:[^*]|\*(?!\/))*\/\*|\/\*!/.test(text)) return true
  return [...text.matchAll(LEXER)].some(({ groups, 0: found }) => {
    if (groups?.['string'] !== undefined) return found.length < 2 || !found.endsWith(found[0] ?? '')
    return found.startsWith('/*') && !found.endsWith('*/')
  })
}

function tokens(text: string, bare: boolean): SqlToken[] {
  const result: SqlToken[] = []
  const lexer = new RegExp(bare ? BARE : LEXER)
  for (let found = lexer.exec(text); found !== null; found = lexer.exec(text)) {
    const { comment, string, dollar, word, end } = found.groups ?? {}
    const token = found[0]
    if (dollar !== undefined) {
      const close = text.indexOf(dollar, lexer.lastIndex)
      const stop = close === -1 ? text.length : close + dollar.length
      for (const token of inner(text.slice(found.index, stop))) push(result, token.kind, token.text)
      lexer.lastIndex = stop
    } else if (comment !== undefined) push(result, 'comment', token)
    else if (string !== undefined) push(result, 'string', token)
    else if (word !== undefined) push(result, wordKind(word), token)
    else push(result, end === undefined ? 'text' : 'end', token)
  }
  return result
}

/** What stands between dollars may be a program that runs; a statement doesn't end in it. */
function inner(text: string): SqlToken[] {
  return (text.match(/[\p{L}_][\p{L}\p{N}_]*|[^\p{L}_]+/gu) ?? []).map((part) => {
    const kind = wordKind(part)
    return { kind: kind === 'text' && !/[();]/.test(part) ? 'string' : kind, text: part }
  })
}

function wordKind(word: string): SqlToken['kind'] {
  const lower = word.toLowerCase()
  if (DANGER.has(lower)) return 'danger'
  if (CHANGE.has(lower)) return 'change'
  return KEYWORD.has(lower) ? 'keyword' : 'text'
}

function push(result: SqlToken[], kind: SqlToken['kind'], text: string): void {
  const last = result.at(-1)
  if (kind === 'text' && last?.kind === 'text') result[result.length - 1] = { kind, text: last.text + text }
  else result.push({ kind, text })
}

function statements(all: readonly SqlToken[]): SqlToken[][] {
  const result: SqlToken[][] = [[]]
  for (const token of all) {
    const current = result.at(-1) ?? []
    // A blank rest after the last semicolon is no statement.
    if (current.at(-1)?.kind === 'end') result.push([token])
    else current.push(token)
  }
  const last = result.at(-1) ?? []
  if (result.length > 1 && last.every(({ text }) => text.trim() === '')) {
    result.pop()
    result.at(-1)?.push(...last)
  }
  return result
}
