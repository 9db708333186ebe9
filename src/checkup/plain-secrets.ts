/**
 * Secrets that stand in the text of servers.yaml in plain, also in a pasted `mcpServers` object and in entries that are
 * disabled, and the same text with references in their place. Only their own characters are replaced, so comments,
 * order and layout stay as they are; the result is read again and must differ in nothing else.
 */
import { isAlias, isScalar, type Node } from 'yaml'
import { canonicalJson } from '../json/canonical.ts'
import { declareStore, type Declaration } from './declare-store.ts'
import { findIn } from './leaks/found.ts'
import { nameOf, readTexts, type ReadTexts } from './leaks/texts.ts'
import { isInReference, literalsOf, literalText, type Literal } from './leaks/literals.ts'
import { mappingEntries } from '../config/mapping.ts'
import { isRecord } from '../json/record.ts'
import type { Path, Position } from '../config/problem.ts'
import { parseYaml } from '../config/text/yaml.ts'

export interface PlainSecret {
  readonly serverId: string
  readonly field: 'env' | 'headers'
  readonly name: string
  readonly value: string
  /** What stays around the reference, as a template: `Bearer `. */
  readonly before: string
  readonly after: string
  readonly at: Position
  readonly edit: TextEdit
  readonly path: Path
}

export interface TextEdit {
  readonly from: number
  readonly to: number
  /** A block text ends with the line break that follows it. */
  readonly lineBreak: boolean
}

/** Those of `env` and `headers`, where a reference to any store can stand. The text is one that was found usable. */
export async function findPlainSecrets(text: string): Promise<readonly PlainSecret[]> {
  const read = readUsable(text)
  const literals = literalsOf(read, await findIn(read))
  const seen = new Set<Node>()
  const several = new Set<Node>()
  for (const { text } of literals) (seen.has(text.node) ? several : seen).add(text.node)
  const found = new Map<Node, PlainSecret>()
  for (const literal of literals) {
    const { node, written } = literal.text
    if (found.has(node)) continue
    // Two secrets in one text move together, and what no reference can follow moves with it.
    const together = several.has(node) || written[literal.from - 1] === '$'
    const secret = secretOf(together ? { ...literal, from: 0, to: written.length } : literal, read)
    if (secret !== undefined) found.set(node, secret)
  }
  return [...found.values()]
}

function secretOf({ text, from, to, at }: Literal, { pasted }: ReadTexts): PlainSecret | undefined {
  const { serverId, place: field, path, written, node } = text
  if (serverId === undefined || (field !== 'env' && field !== 'headers')) return undefined
  if (isInReference(written, from, to)) return undefined
  const value = literalText(written.slice(from, to))
  const edit = editOf(node)
  if (value === undefined || value === '' || edit === undefined) return undefined
  const around = { before: written.slice(0, from), after: written.slice(to) }
  return {
    serverId,
    field,
    name: String(nameOf(text)),
    value,
    ...around,
    at,
    edit,
    path: pasted.inFile(path),
  }
}

/** Undefined when the result would say anything else than it did, which is then better edited by hand. */
export function replacePlainSecrets(
  text: string,
  moves: readonly { readonly secret: PlainSecret; readonly reference: string }[],
  declaration: Declaration | undefined,
): string | undefined {
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n'
  let result = text
  for (const { secret, reference } of moves.toSorted((a, b) => b.secret.edit.from - a.secret.edit.from)) {
    const { from, to, lineBreak } = secret.edit
    const written = JSON.stringify(secret.before + reference + secret.after)
    result = result.slice(0, from) + written + (lineBreak ? lineEnd : '') + result.slice(to)
  }
  if (declaration !== undefined) {
    const declared = declareStore(result, readUsable(result).document, declaration)
    if (declared === undefined) return undefined
    result = declared
  }
  return isSameBut(text, result, moves, declaration) ? result : undefined
}

/** Everything is as it was, but for the texts that moved, wherever aliases repeat them, and the new store. */
function isSameBut(
  before: string,
  after: string,
  moves: readonly { readonly secret: PlainSecret; readonly reference: string }[],
  declaration: Declaration | undefined,
): boolean {
  if ('problems' in parseYaml(after)) return false
  const old = readUsable(before).tree.value
  const now = readUsable(after).tree.value
  const changes = moves.map(({ secret, reference }) => ({
    from: valueAt(old, secret.path),
    to: secret.before + reference + secret.after,
    path: secret.path,
  }))
  if (!changes.every(({ path, to }) => valueAt(now, path) === to)) return false
  const same = (a: unknown, b: unknown): boolean => {
    if (isRecord(a) && isRecord(b)) {
      return (
        canonicalJson(Object.keys(a)) === canonicalJson(Object.keys(b)) &&
        Object.keys(a).every((key) => same(a[key], b[key]))
      )
    }
    if (Array.isArray(a) && Array.isArray(b))
      return a.length === b.length && a.every((item, index) => same(item, b[index]))
    return Object.is(a, b) || changes.some(({ from, to }) => from === a && to === b)
  }
  return same(withoutStore(old, declaration), withoutStore(now, declaration))
}

function withoutStore(value: unknown, declaration: Declaration | undefined): Record<string, unknown> {
  const { secrets, ...rest } = Object.fromEntries(mappingEntries(value))
  const others = mappingEntries(secrets).filter(([alias]) => alias !== declaration?.alias)
  return { ...rest, secrets: Object.fromEntries(others) }
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, step) => {
    if (Array.isArray(at) && typeof step === 'number') return at[step]
    return isRecord(at) ? at[step] : undefined
  }, value)
}

function readUsable(text: string): ReadTexts {
  const read = readTexts(text)
  if (read === undefined) throw new Error('the text was found usable before')
  return read
}

function editOf(node: Node): TextEdit | undefined {
  if (!node.range || !(isScalar(node) || isAlias(node))) return undefined
  const [from, to] = node.range
  return { from, to, lineBreak: isScalar(node) && node.type?.startsWith('BLOCK_') === true }
}
