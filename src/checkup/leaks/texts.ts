/**
 * The texts of servers.yaml that decide what runs and how stores are reached, each with its node in the file, so that
 * a finding has a line and an edit its characters. Entries that are disabled or can't be used count too: a token
 * stands there as plainly as elsewhere. Through aliases one node can be several texts.
 */
import { isAlias, isMap, isScalar, isSeq, type Document, type Node, type YAMLMap } from 'yaml'
import { mappingEntries } from '../../config/mapping.ts'
import { unpaste, type Unpasted } from '../../config/paste/unpaste.ts'
import type { Path, Position } from '../../config/problem.ts'
import { configOptions } from '../../config/schema/schema.ts'
import { keyText, readTree, resolveAliases, type Tree } from '../../config/text/tree.ts'
import { parseYaml } from '../../config/text/yaml.ts'

export type LeakPlace = 'env' | 'headers' | 'command line' | 'address' | 'setting'

export interface PlainText {
  /** Whose it is; undefined for a store's. */
  readonly serverId?: string
  readonly place: LeakPlace
  /** Our own, as in `servers.github.env.TOKEN`; `inFile` says where a pasted file has it. */
  readonly path: Path
  /** Decoded, and with references as they are written. */
  readonly written: string
  readonly node: Node
  readonly from: number
  readonly to: number
  /** Where `written` begins in the file when it stands there character by character. */
  readonly verbatimAt?: number
  readonly at: Position
}

export interface ReadTexts {
  readonly source: string
  readonly document: Document.Parsed
  readonly tree: Tree
  readonly pasted: Unpasted
  readonly texts: readonly PlainText[]
  /** Of every scalar's start in the file. */
  positionAt(offset: number): Position
}

/** Undefined when it is no YAML that can be used. */
export function readTexts(source: string): ReadTexts | undefined {
  const yaml = parseYaml(source)
  if ('problems' in yaml) return undefined
  const { parsed } = yaml
  const { document } = parsed
  const tree = readTree(parsed)
  const pasted = unpaste(tree, Object.keys(configOptions.shape))
  const nodeAt = finder(document)
  const texts = placesOf(pasted.value).flatMap(({ path, written, ...place }): PlainText[] => {
    const node = nodeAt(pasted.inFile(path))
    if (node?.range === undefined || node.range === null) return []
    const [from, to] = node.range
    const text = { ...place, path, written, node, from, to, at: parsed.positionAt(from) }
    const start = verbatimStart(source, node, written)
    return [start === undefined ? text : { ...text, verbatimAt: start }]
  })
  return { source, document, tree, pasted, texts, positionAt: (offset) => parsed.positionAt(offset) }
}

/** What a text is called by: the name of the variable also where that is a mapping. */
export function nameOf({ place, path }: Pick<PlainText, 'place' | 'path'>): string | number | undefined {
  return place === 'env' ? path[3] : path.at(-1)
}

type Found = Pick<PlainText, 'serverId' | 'place' | 'path' | 'written'>

function placesOf(value: unknown): readonly Found[] {
  const root = Object.fromEntries(mappingEntries(value))
  const servers = mappingEntries(root['servers']).flatMap(([serverId, entry]) =>
    mappingEntries(entry).flatMap(([field, inside]) => {
      const place = SERVER_FIELDS.get(field)
      if (place === undefined) return []
      return leavesOf(inside, ['servers', serverId, field])
        .filter(({ path }) => field !== 'env' || path.length === 4 || path[4] === 'value')
        .map((leaf) => ({ serverId, place, ...leaf }))
    }),
  )
  const stores = mappingEntries(root['secrets']).flatMap(([alias, settings]) =>
    mappingEntries(settings).flatMap(([key, setting]) => {
      const place = key === 'command' || key === 'program' ? 'command line' : 'setting'
      return leavesOf(setting, ['secrets', alias, key]).map((leaf) => ({ place, ...leaf }) as const)
    }),
  )
  return [...servers, ...stores]
}

const SERVER_FIELDS: ReadonlyMap<string, LeakPlace> = new Map<string, LeakPlace>([
  ['env', 'env'],
  ['headers', 'headers'],
  ['command', 'command line'],
  ['args', 'command line'],
  ['cwd', 'command line'],
  ['url', 'address'],
  ['auth', 'setting'],
])

function leavesOf(value: unknown, path: Path): readonly Pick<PlainText, 'path' | 'written'>[] {
  if (typeof value === 'string') return [{ path, written: value }]
  const inside = Array.isArray(value) ? [...value.entries()] : mappingEntries(value)
  return inside.flatMap(([step, item]) => leavesOf(item, [...path, step]))
}

/** To the node at the end of a path, aliases on the way followed, and not itself when it is one. */
function finder(document: Document.Parsed): (path: Path) => Node | undefined {
  const aliases = resolveAliases(document.contents)
  // A file can have very many entries in one mapping.
  const pairs = new Map<YAMLMap, ReadonlyMap<string | undefined, unknown>>()
  const valueIn = (map: YAMLMap, key: string): unknown => {
    const known = pairs.get(map) ?? new Map(map.items.map((pair) => [keyText(pair), pair.value]))
    pairs.set(map, known)
    return known.get(key)
  }
  return (path) => {
    let node: unknown = document.contents
    for (const step of path) {
      if (isAlias(node)) node = aliases.get(node)
      if (isMap(node)) node = valueIn(node, String(step))
      else if (isSeq(node) && typeof step === 'number') node = node.items[step]
      else return undefined
    }
    return node === null || node === undefined ? undefined : (node as Node)
  }
}

function verbatimStart(source: string, node: Node, written: string): number | undefined {
  if (!isScalar(node) || !node.range) return undefined
  const start = node.range[0] + (node.type?.startsWith('QUOTE_') === true ? 1 : 0)
  return source.startsWith(written, start) && node.type?.startsWith('BLOCK_') !== true ? start : undefined
}
