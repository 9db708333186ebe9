/**
 * Text to a YAML document (1.2, core schema), or what is wrong with the text. The size of the text says little
 * about the work it makes, so tokens and nesting are counted while it is read; a file that goes over is
 * refused before anything recursive sees it. Messages are ours, by the library's code: its own quote the source.
 */
import {
  Composer,
  Lexer,
  LineCounter,
  Parser,
  isCollection,
  isNode,
  isScalar,
  visit,
  type Document,
  type ErrorCode,
} from 'yaml'
import { blankComments, blankFlow } from './flow.ts'
import { inBraces } from './members.ts'
import type { Mark, Position } from '../problem.ts'
import { BAD_ESCAPE, recogniseSyntax } from './recognise.ts'

/** A server needs some dozen levels and a few hundred tokens. */
const MAX_DEPTH = 64
const MAX_TOKENS = 100_000

/** Nobody corrects more at a time. */
const MAX_SYNTAX_ERRORS = 5

export interface ParsedYaml {
  readonly document: Document.Parsed
  /** Where a backslash begins no escape that there is; each is in a text, and wrong in that text only. */
  readonly badEscapes: readonly number[]
  positionAt(offset: number): Position
}

/** A mark and where it is in the text. */
type Wrong = Omit<Mark, 'line' | 'col'> & { readonly at: number; readonly tooMuch?: true }

export function parseYaml(text: string): { parsed: ParsedYaml } | { problems: readonly Mark[] } {
  const positionAt = positionsOf(text)
  const problems = (wrong: readonly Wrong[]): { problems: readonly Mark[] } => {
    const marks = wrong.map(({ at, tooMuch: _tooMuch, ...said }): Mark => ({ ...positionAt(at), ...said }))
    return { problems: firstOfEachLine(marks).slice(0, MAX_SYNTAX_ERRORS) }
  }
  const { text: plain, unclosed } = blankComments(text)
  if (unclosed !== undefined) return problems([{ at: unclosed, ...OPEN_COMMENT }])
  const composed = compose(plain)
  if ('document' in composed) {
    const { document, badEscapes } = composed
    // Lines of another language may well be one long text to YAML.
    const other = isScalar(document.contents) ? recogniseSyntax(text, text.length) : undefined
    return other === undefined ? { parsed: { document, badEscapes, positionAt } } : problems([other])
  }
  if (composed.wrong[0]?.tooMuch === true) return problems(composed.wrong)
  const members = inBraces(text)
  const wrapped = members === undefined ? undefined : compose(blankFlow(members).text)
  if (wrapped !== undefined && 'document' in wrapped) {
    moveBack(wrapped.document)
    const badEscapes = wrapped.badEscapes.map((at) => at - 1)
    return { parsed: { document: wrapped.document, badEscapes, positionAt } }
  }
  const recognised = recogniseSyntax(text, composed.wrong[0]?.at ?? 0)
  return problems(recognised === undefined ? composed.wrong : [recognised])
}

interface Composed {
  readonly document: Document.Parsed
  readonly badEscapes: readonly number[]
}

function compose(text: string): Composed | { wrong: readonly Wrong[] } {
  const tokens = readTokens(text)
  if ('tooMuch' in tokens) return { wrong: [{ at: tokens.offset, ...tokens.tooMuch, tooMuch: true }] }
  const composer = new Composer({
    version: '1.2',
    schema: 'core',
    merge: false,
    resolveKnownTags: false,
    // Its own check compares every key with every other; tree.ts finds duplicates with a set.
    uniqueKeys: false,
    prettyErrors: false,
  })
  const [document, second] = composer.compose(tokens.list, true, text.length)
  if (document === undefined) return { wrong: [{ at: 0, ...EMPTY }] }
  const all = [...document.errors, ...document.warnings].toSorted((a, b) => a.pos[0] - b.pos[0])
  const badEscapes = all.filter(({ code }) => code === 'BAD_DQ_ESCAPE').map(({ pos }) => pos[0])
  const wrong = all
    .filter(({ code }) => code !== 'BAD_DQ_ESCAPE' || badEscapes.length < all.length)
    .map(({ pos, code }): Wrong => ({ at: pos[0], ...SYNTAX[code] }))
  if (wrong.length > 0) return { wrong }
  if (second !== undefined) return { wrong: [{ at: second.range[0], ...SYNTAX.MULTIPLE_DOCS }] }
  const { contents } = document
  const empty = contents === null || (!isCollection(contents) && contents.source === '')
  return empty ? { wrong: [{ at: 0, ...EMPTY }] } : { document, badEscapes }
}

function positionsOf(text: string): (offset: number) => Position {
  const lines = new LineCounter()
  lines.addNewLine(0)
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines.addNewLine(at + 1)
  return (offset) => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(1, line), col: Math.max(1, col) }
  }
}

/** What was read in braces of ours begins one character earlier in the file. */
function moveBack(document: Document.Parsed): void {
  visit(document, (_, node) => {
    if (!isNode(node) || !node.range) return
    const [from, value, end] = node.range.map((at) => Math.max(0, at - 1))
    node.range = [from ?? 0, value ?? 0, end ?? 0]
  })
}

/** What follows on the same line is an echo. */
function firstOfEachLine(marks: readonly Mark[]): readonly Mark[] {
  return marks.filter(({ line }, index) => marks[index - 1]?.line !== line)
}

type Tokens = ReturnType<Parser['end']> extends Generator<infer T> ? T[] : never
type Sentence = Omit<Mark, 'line' | 'col'>

function readTokens(text: string): { list: Tokens } | { tooMuch: Sentence; offset: number } {
  const parser = new Parser()
  const list: Tokens = []
  let count = 0
  for (const lexeme of new Lexer().lex(text)) {
    list.push(...parser.next(lexeme))
    count += 1
    if (count > MAX_TOKENS) return { tooMuch: TOO_LONG, offset: parser.offset }
    if (parser.stack.length > MAX_DEPTH) return { tooMuch: TOO_DEEP, offset: parser.offset }
  }
  list.push(...parser.end())
  return { list }
}

function error(message: string, hint: string): Sentence {
  return { severity: 'error', message, hint }
}

const EMPTY = error(
  'the file is empty',
  'begin with `version: 1` and `servers:`, or paste the `mcpServers` object of your host',
)
const TOO_DEEP = error('the file is nested too deeply', `at most ${MAX_DEPTH} levels`)
const TOO_LONG = error(
  'the file has too many parts',
  'a configuration is far smaller; is this the right file?',
)

const OPEN_COMMENT = error('a comment (/*) is not closed', 'end it with */, or put the text in quotes')

const BRACKETS = 'look at the line above too: is a quote, bracket, comma or colon missing there?'
const INDENT = 'indent with spaces, the same number for everything on one level'
const QUOTE = 'put the text in quotes'

const SYNTAX: Record<ErrorCode, Sentence> = {
  ALIAS_PROPS: error('an alias (*name) has an anchor or a tag', 'remove the anchor or the tag'),
  BAD_ALIAS: error('an alias or anchor has no usable name', QUOTE),
  BAD_COLLECTION_TYPE: error('a tag does not fit what it stands before', 'remove the tag'),
  BAD_DIRECTIVE: error(
    'a line that begins with % is not a YAML directive',
    'remove it, or put the text in quotes',
  ),
  BAD_DQ_ESCAPE: { severity: 'error', ...BAD_ESCAPE },
  BAD_INDENT: error('the indentation does not fit, or something before it is not closed', INDENT),
  BAD_PROP_ORDER: error('an anchor or tag stands before its - ? or :', 'put it behind'),
  BAD_SCALAR_START: error('a text begins with a character that has a meaning in YAML', QUOTE),
  BLOCK_AS_IMPLICIT_KEY: error(
    'two keys stand on one line',
    'put the text in quotes, or the second key on its own line',
  ),
  BLOCK_IN_FLOW: error('inside { } or [ ] there is text that needs its own lines', 'put it in quotes'),
  DUPLICATE_KEY: error('a key is given twice', 'keep one of them'),
  IMPOSSIBLE: error('this is not YAML', BRACKETS),
  KEY_OVER_1024_CHARS: error('a key is longer than 1024 characters', BRACKETS),
  MISSING_CHAR: error('something is missing here', BRACKETS),
  MULTILINE_IMPLICIT_KEY: error('a key goes over several lines', BRACKETS),
  MULTIPLE_ANCHORS: error('a value has two anchors', 'keep one of them'),
  MULTIPLE_DOCS: error(
    'a second YAML document begins here',
    'remove the --- line; one file holds one configuration',
  ),
  MULTIPLE_TAGS: error('a value has two tags', 'remove them'),
  NON_STRING_KEY: error('a key is not text', 'put the key in quotes'),
  RESOURCE_EXHAUSTION: error('the file makes too much work', 'a configuration is far smaller'),
  TAB_AS_INDENT: error('a tab is used for indentation', INDENT),
  TAG_RESOLVE_FAILED: error('an unknown tag (!…)', 'remove it; a text that begins with ! needs quotes'),
  UNEXPECTED_TOKEN: error('this is not expected here', BRACKETS),
}
