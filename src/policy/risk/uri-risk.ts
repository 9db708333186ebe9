/**
 * Judges how much harm reading a resource can do (promise 4). Reading changes nothing where a server keeps to MCP,
 * and most do; but a URI carries text of whoever writes it, and some servers do what it says (`sql://{statement}`).
 * So a URI is judged by what it says, and by the template that it may be made of; pure.
 *
 *   destructive  its scheme, its first or its last part destroys, or what its query says that is to be done: `exec://{x}`,
 *                `tasks://{id}/delete`, `tasks://{id}?action=delete`
 *   write        one of those changes something: `send://{to}`
 *   unknown      it carries a statement or a command to what runs such: `sql://{x}`, `db://query/{query}`, `x://{command}`
 *   read         anything else, and all files, pages of the web and pages of servers (`ui://`)
 *
 * Nothing is asked of how a URI is written: `SQL:`, `%71uery`, `./query` and doubled slashes say the same.
 */
import {
  CHANGING,
  DATABASES,
  DESTROYING,
  NOUNS_TOO,
  READING,
  READINGS,
  RUNNING,
  SUBJECTS,
} from '../words/lexicon.ts'
import type { Risk } from './risk.ts'
import { isComparable, nameWords } from '../words/words.ts'

const set = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/))

/** What is at such an address is read, whatever it is called. */
const DOCUMENTS = set(
  'file http https ui docs doc man help tldr manual manpage reference wiki guide guides examples',
)
/** Behind a scheme of any kind. */
const STATEMENTS = set(`
  sql statement statements sqlquery cmd command commands commandline shell bash powershell cypher exec
  action actions operation operations op verb`)
const RUNNERS = set('run runner invoke call perform query')
/** Behind a scheme that runs something. */
const QUERIES = set('query queries expression expressions pipeline mutation graphql program code q text body')

const READ: Risk = { class: 'read', why: 'reading a resource changes nothing' }
const RUNS: Risk = { class: 'unknown', why: 'it runs what stands in its address' }

/** As schemes: languages, and places where a line is typed. What is behind them and no noun is run. */
const LANGUAGES = set(`
  py python python3 js javascript ts typescript node deno lua ruby perl php groovy julia jshell cypher gremlin sparql
  osquery xquery kql kusto wmi wql ps pwsh cli console tty stdin jupyter notebook kernel`)

const TYPED = set('code source snippet program line input text body expression')

/** Of a `uriTemplate` (RFC 6570). */
export function classifyTemplate(template: string): Risk {
  return worstOf([...new Set([template, decodedUri(template)])].map(templateAlone))
}

function templateAlone(template: string): Risk {
  const { scheme, parts } = partsOf(template)
  const free = [
    ...[...template.matchAll(EXPRESSION)].flatMap(([, names = '']) => names.split(',')).map(nameOf),
    ...queryOf(template).flatMap(({ name, value }) => (value.includes('{') ? [name] : [])),
  ]
  const lasts = free.map((name) => nameWords(name).at(-1) ?? '')
  const isStatement = free.some(isOfStatement)
  // Behind `docs:` a command is what the page is about.
  if (isDocument(scheme)) return isStatement && /^https?$/.test(scheme) ? RUNS : READ
  const said = sayingOf(scheme, parts) ?? doneBy(template)
  if (said !== undefined) return said
  if (free.length === 0) return READ
  if (isStatement || free.some((name) => !isComparable(name))) return RUNS
  const literals = [scheme, ...parts].flatMap((part) => nameWords(part.replace(EXPRESSION, '')))
  const runs = literals.some((word) => RUNNING.has(word) || RUNNERS.has(word)) || isLanguage(scheme)
  const queries = literals.some((word) => DATABASES.has(word))
  if (queries && lasts.some((last) => QUERIES.has(last))) return RUNS
  if (isLanguage(scheme) && lasts.some((last) => TYPED.has(last))) return RUNS
  return runs && lasts.some((last) => !isNoun(last)) ? RUNS : READ
}

/**
 * Of a URI that is read.
 * @param templates of its server, where the server doesn't list the URI
 */
export function classifyUri(uri: string, templates: readonly string[] = []): Risk {
  // Parsers of URLs read over tabs and line ends.
  const written = uri.replace(/[\t\n\r]/g, '')
  const readings = [...new Set([uri, written, decodedUri(written), decodedUri(decodedUri(written))])]
  const made = templates.filter((template) => mayBeOf(readings, template))
  // Of a template's own free text it is no word that says what is done.
  const risks = made.length > 0 ? made.map(classifyTemplate) : readings.map(alone)
  return worstOf([...risks, ...readings.flatMap((reading) => doneBy(reading) ?? [])])
}

function worstOf(risks: readonly Risk[]): Risk {
  return risks.reduce((worst, risk) => (RANK[risk.class] > RANK[worst.class] ? risk : worst), READ)
}

const RANK = { read: 0, unknown: 1, write: 2, destructive: 3 } as const

function alone(uri: string): Risk {
  const { scheme, parts } = partsOf(uri)
  if (isDocument(scheme)) return READ
  const said = sayingOf(scheme, parts)
  if (said !== undefined) return said
  const schemes = nameWords(scheme)
  const [first = ''] = parts
  if (
    (schemes.some((word) => RUNNING.has(word)) || isLanguage(scheme)) &&
    parts.some((part) => !isNounPart(part))
  )
    return RUNS
  const isDatabase = schemes.some((word) => DATABASES.has(word))
  const isQueried = queryOf(uri).some(({ name }) => QUERIES.has(nameWords(name).at(-1) ?? ''))
  const runs = isQueried || STATEMENTS.has(first) || /[\s;]/.test(parts.join('/'))
  return isDatabase && runs ? RUNS : READ
}

/** What its query says that is to be done: `?action=delete`, `?sql=…`; what is chosen to be read does nothing. */
function doneBy(uri: string): Risk | undefined {
  const { scheme } = partsOf(uri)
  if (isDocument(scheme) && !/^https?$/.test(scheme)) return undefined
  const risks = queryOf(uri)
    .filter(({ name, value }) => isOfStatement(name) && !value.includes('{'))
    .map(({ value }): Risk => {
      const words = nameWords(value)
      const [first = ''] = words
      const destroys = words.find((word) => DESTROYING.has(word))
      if (destroys !== undefined) return { class: 'destructive', why: `its address says "${destroys}"` }
      if (CHANGING.has(first)) return { class: 'write', why: `its address says "${first}"` }
      return words.length === 1 && READING.has(first) ? READ : RUNS
    })
  const worst = worstOf(risks)
  return worst.class === 'read' ? undefined : worst
}

function isOfStatement(name: string): boolean {
  const words = nameWords(name)
  return STATEMENTS.has(words.at(-1) ?? '') || STATEMENTS.has(words.join(''))
}

/** Of its query, as it is written. */
function queryOf(uri: string): { readonly name: string; readonly value: string }[] {
  const [, query = ''] = /^[^?#]*\?([^#]*)/s.exec(uri) ?? []
  return query.split('&').map((pair) => {
    const [name = '', ...value] = pair.split('=')
    return { name, value: value.join('=') }
  })
}

/** What its scheme, its first and its last part say. */
function sayingOf(scheme: string, parts: readonly string[]): Risk | undefined {
  const said = [scheme, parts[0] ?? '', parts.at(-1) ?? ''].filter((part) => !/[.{}]/.test(part))
  const firsts = said.map((part) => nameWords(part)[0] ?? '')
  const destroys = [...firsts, ...nameWords(scheme)].find((word) => DESTROYING.has(word))
  if (destroys !== undefined) return { class: 'destructive', why: `its address says "${destroys}"` }
  const changes = firsts.find((word) => CHANGING.has(word) && !NOUNS_TOO.has(word))
  return changes === undefined ? undefined : { class: 'write', why: `its address says "${changes}"` }
}

function isLanguage(scheme: string): boolean {
  return LANGUAGES.has(scheme) || scheme.split(/[.+-]/).some((part) => LANGUAGES.has(part))
}

function isDocument(scheme: string): boolean {
  return DOCUMENTS.has(scheme)
}

function isNoun(word: string): boolean {
  if (word === 'args' || word === 'params') return false
  return word === 'id' || SUBJECTS.has(word) || READINGS.has(word) || /[^s]s$/.test(word)
}

function isNounPart(part: string): boolean {
  return nameWords(part).every(isNoun)
}

interface Parts {
  readonly scheme: string
  /** What stands between slashes, without query and fragment. */
  readonly parts: readonly string[]
}

function partsOf(uri: string): Parts {
  const [, scheme = '', rest = uri] = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(uri) ?? []
  const parts = rest
    .replace(EXPRESSION, (expression) => (/^\{[?&#]/.test(expression) ? '' : expression))
    .replace(/[?#].*$/s, '')
    .split(/[\\/]+/)
    .filter((part) => part !== '' && part !== '.' && part !== '..')
  return { scheme: scheme.toLowerCase(), parts: parts.map((part) => part.toLowerCase()) }
}

/** Whether a URI, in one of the ways to read it, can have been made of the template: what stands before its first free text is in it. */
function mayBeOf(readings: readonly string[], template: string): boolean {
  const literal = template.slice(0, template.indexOf('{') === -1 ? template.length : template.indexOf('{'))
  const made = partsOf(literal)
  return readings.some((reading) => {
    const { scheme, parts } = partsOf(reading)
    return (
      scheme === made.scheme && `/${parts.join('/')}`.includes(made.parts.map((part) => `/${part}`).join(''))
    )
  })
}

/** `{+path*}`, `{?q,limit}`: the names in it. */
const EXPRESSION = /\{[+#./;?&]?([^{}]*)\}/g

function nameOf(variable: string): string {
  return variable.replace(/(?:\*|:\d+)$/, '')
}

/** Only what is ASCII: nothing else has a meaning in a URI, and so nothing can be malformed. */
export function decodedUri(uri: string): string {
  return uri.replace(/%([0-7][0-9a-f])/gi, (_escape, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  )
}
