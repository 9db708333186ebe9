/**
 * Secrets that stand in the text of servers.yaml in plain, also in a pasted `mcpServers` object and in entries that are
 * disabled, and the same text with references in their place. Only their own characters are replaced, so comments,
 * order and layout stay as they are; the result is read again and must differ in nothing else.
 */
import { isAlias, isMap, isScalar, type Document, type Node } from 'yaml'
import { canonicalJson } from '../canonical.ts'
import { parseTemplate, references } from '../secrets/reference.ts'
import { declareStore, type Declaration } from './declare-store.ts'
import { plainSecret } from './literals.ts'
import { entriesOf, isMapping } from './mapping.ts'
import { unpaste } from './pasted.ts'
import type { Path, Position } from './problem.ts'
import { configOptions } from './schema.ts'
import { readTree } from './tree.ts'
import { parseYaml } from './yaml.ts'

export interface PlainSecret {
  readonly serverId: string
  readonly field: 'env' | 'headers'
  readonly name: string
  readonly value: string
  /** Stays in front of the reference: `Bearer `. */
  readonly prefix: string
  readonly at: Position
  readonly edit: Edit
  readonly path: Path
}

export interface Edit {
  readonly from: number
  readonly to: number
  /** A block text ends with the line break that follows it. */
  readonly lineBreak: boolean
}

/** The text is one that was found usable. */
export function findPlainSecrets(text: string): readonly PlainSecret[] {
  const { tree, pasted, document } = read(text)
  const found: PlainSecret[] = []
  for (const [serverId, entry] of entriesOf(
    entriesOf(pasted.value).find(([key]) => key === 'servers')?.[1],
  )) {
    for (const field of ['env', 'headers'] as const) {
      const values = entriesOf(entriesOf(entry).find(([key]) => key === field)?.[1])
      for (const [name, written] of values) {
        const secret = typeof written === 'string' ? secretOf(name, written) : undefined
        const path = pasted.inFile(['servers', serverId, field, name])
        const node = secret && nodeAt(document, path)
        if (secret === undefined || node === undefined) continue
        const edit = editOf(node)
        // One text that several servers share through an alias moves once.
        if (edit === undefined || found.some((other) => other.edit.from === edit.from)) continue
        found.push({ serverId, field, name, ...secret, at: tree.position(path), edit, path })
      }
    }
  }
  return found
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
    const written = JSON.stringify(secret.prefix.replaceAll('${', () => '$${') + reference)
    result = result.slice(0, from) + written + (lineBreak ? lineEnd : '') + result.slice(to)
  }
  if (declaration !== undefined) {
    const declared = declareStore(result, read(result).document, declaration)
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
  const old = read(before).tree.value
  const now = read(after).tree.value
  const changes = moves.map(({ secret, reference }) => ({
    from: valueAt(old, secret.path),
    to: secret.prefix.replaceAll('${', () => '$${') + reference,
    path: secret.path,
  }))
  if (!changes.every(({ path, to }) => valueAt(now, path) === to)) return false
  const same = (a: unknown, b: unknown): boolean => {
    if (isMapping(a) && isMapping(b)) {
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
  const { secrets, ...rest } = Object.fromEntries(entriesOf(value))
  const others = entriesOf(secrets).filter(([alias]) => alias !== declaration?.alias)
  return { ...rest, secrets: Object.fromEntries(others) }
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce((at: unknown, step) => (isMapping(at) ? at[step] : undefined), value)
}

function read(text: string) {
  const yaml = parseYaml(text)
  if ('problems' in yaml) throw new Error('the text was found usable before')
  const tree = readTree(yaml.parsed)
  return { tree, document: yaml.parsed.document, pasted: unpaste(tree, Object.keys(configOptions.shape)) }
}

function secretOf(name: string, written: string): { value: string; prefix: string } | undefined {
  const parsed = parseTemplate(written)
  if (!parsed.ok || references(parsed.template).length > 0) return undefined
  const text = parsed.template.parts.map((part) => (part.kind === 'literal' ? part.text : '')).join('')
  const secret = plainSecret(name, text)
  return secret === undefined || secret.value === '' ? undefined : secret
}

/** The node at the end of the path, aliases on the way followed, and not itself when it is one. */
function nodeAt(document: Document.Parsed, path: Path): Node | undefined {
  let node: unknown = document.contents
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document)
    if (!isMap(node)) return undefined
    node = node.items.find(({ key }) => isScalar(key) && (key.value === step || key.source === step))?.value
  }
  return node === null || node === undefined ? undefined : (node as Node)
}

function editOf(node: Node): Edit | undefined {
  if (!node.range || !(isScalar(node) || isAlias(node))) return undefined
  const [from, to] = node.range
  return { from, to, lineBreak: isScalar(node) && node.type?.startsWith('BLOCK_') === true }
}
