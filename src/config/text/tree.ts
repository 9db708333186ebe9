/**
 * A YAML document to plain values, and back from a path to its line and column. Aliases are followed here and not
 * by the library: one that contains itself is an error, and all of them together may not grow the file
 * beyond a bound. A key that is given twice is an error that names both lines. The source text of a number
 * stays available, because `PORT: 0x10` means those four characters. Text without quotes that looks like a comment of
 * another language, or has quotes of a word processor around it, is an error: nobody means it as it is.
 */
import { isAlias, isMap, isScalar, isSeq, visit, type Alias, type Node, type Pair, type YAMLMap } from 'yaml'
import { showKey, type Mark, type Path, type Position } from '../problem.ts'
import { oddKey, oddText } from './odd-text.ts'
import { BAD_ESCAPE } from './recognise.ts'
import type { ParsedYaml } from './yaml.ts'

const MAX_VALUES = 50_000
/** A chain of aliases can be deeper than the file that it is written in. */
const MAX_OPEN = 200

export interface Locator {
  /** Of the value at `path`, or of its key; of the nearest level above when nothing is there. */
  readonly position: (path: Path, on?: 'key' | 'value', offset?: number) => Position
  /** What stands in the file for the scalar at `path`, unquoted. */
  sourceText(path: Path): string | undefined
}

/** What is wrong, and with what: the path in the file, empty where it is the whole file. */
export interface TreeProblem {
  readonly path: Path
  readonly mark: Mark
}

export interface Tree extends Locator {
  readonly value: unknown
  /** Whether what is at `path` is written in braces or brackets. */
  isFlow(path: Path): boolean
  /** `{ … }` from the first character on, as it is in what other hosts write. */
  readonly isJson: boolean
  readonly problems: readonly TreeProblem[]
}

export type Anchored = ReadonlyMap<Alias, Node>

export function readTree(yaml: ParsedYaml): Tree {
  const aliases = resolveAliases(yaml.document.contents)
  const reader = new Reader(yaml, aliases)
  const value = reader.read(yaml.document.contents)
  const root = yaml.document.contents
  return {
    value,
    isJson: isMap(root) && root.flow === true,
    problems: reader.problems,
    position: (path, on = 'value', offset) =>
      yaml.positionAt(findOffset(find(root, path, aliases), path, on, offset)),
    isFlow(path) {
      const { node, depth } = find(root, path, aliases)
      return depth === path.length && (isMap(node) || isSeq(node)) && node.flow === true
    },
    sourceText(path) {
      const { node, depth } = find(root, path, aliases)
      return depth === path.length && isScalar(node) ? node.source : undefined
    },
  }
}

/** Each alias means the last anchor of its name before it; one walk in the order of the file tells all. */
export function resolveAliases(root: Node | null): Anchored {
  const anchors = new Map<string, Node>()
  const resolved = new Map<Alias, Node>()
  visit(root, {
    Alias(_, alias) {
      const target = anchors.get(alias.source)
      if (target !== undefined) resolved.set(alias, target)
    },
    Value(_, node) {
      if (node.anchor !== undefined) anchors.set(node.anchor, node)
    },
  })
  return resolved
}

class Reader {
  readonly problems: TreeProblem[] = []
  readonly #yaml: ParsedYaml
  readonly #aliases: Anchored
  readonly #open = new Set<Node>()
  readonly #path: (string | number)[] = []
  /** Inside of `{}` or `[]`. */
  #isFlow = false
  /** An alias that is used twice would report what is wrong inside it twice. */
  readonly #reported = new Map<Node, Mark>()
  #left = MAX_VALUES

  constructor(yaml: ParsedYaml, aliases: Anchored) {
    this.#yaml = yaml
    this.#aliases = aliases
  }

  read(node: Node | null): unknown {
    if (node === null || this.#left < 0) return null
    this.#left -= 1
    if (this.#left < 0) {
      this.#path.length = 0
      this.#report(node, 'the file has too many values once its aliases are followed', 'use fewer aliases')
      return null
    }
    if (isAlias(node)) return this.#readAlias(node)
    if (isScalar(node)) return this.#readScalar(node)
    if (this.#open.size >= MAX_OPEN) {
      this.#report(node, 'aliases make the file too deep', 'use fewer aliases')
      return null
    }
    this.#open.add(node)
    const outside = this.#isFlow
    this.#isFlow = (isMap(node) || isSeq(node)) && node.flow === true
    const value = isMap(node) ? this.#readMap(node) : this.#readItems(node)
    this.#isFlow = outside
    this.#open.delete(node)
    return value
  }

  #readItems(node: Node): unknown[] {
    return isSeq(node) ? node.items.map((item, index) => this.#below(index, item as Node)) : []
  }

  #below(step: string | number, node: Node | null): unknown {
    this.#path.push(step)
    const value = this.read(node)
    this.#path.pop()
    return value
  }

  #readAlias(alias: Alias): unknown {
    const target = this.#aliases.get(alias)
    if (target === undefined) {
      this.#report(
        alias,
        'an alias (*name) has no anchor (&name) before it',
        'put the text in quotes if it is no alias',
      )
      return null
    }
    if (this.#open.has(target)) {
      this.#report(alias, 'an alias contains itself', 'write out what is meant')
      return null
    }
    return this.read(target)
  }

  #readScalar(node: Node & { value: unknown }): unknown {
    if (typeof node.value === 'string' && !isText(node.value)) {
      this.#report(node, 'a text holds an escape for what is no character', 'remove the escape')
      return ''
    }
    const said =
      oddText(node, this.#path.at(-1) === 'description', this.#isFlow) ??
      (this.#hasBadEscape(node) ? BAD_ESCAPE : undefined)
    if (said !== undefined) this.#report(node, said.message, said.hint)
    return node.value
  }

  #hasBadEscape({ range }: Node): boolean {
    return !!range && this.#yaml.badEscapes.some((at) => range[0] <= at && at < range[1])
  }

  #readMap(map: YAMLMap): Record<string, unknown> {
    const value: Record<string, unknown> = {}
    const seen = new Map<string, Node>()
    for (const pair of map.items) {
      const key = keyText(pair)
      const keyNode = pair.key as Node
      if (key === '__proto__') {
        this.#reportAt([...this.#path, key], keyNode, 'nothing can have this name', 'give it another name')
        continue
      }
      if (key === undefined || !isText(key)) {
        this.#report(keyNode ?? map, 'a key is not text', 'put the key in quotes')
        continue
      }
      const odd =
        oddKey(keyNode, this.#isFlow) ??
        (keyNode !== null && this.#hasBadEscape(keyNode) ? BAD_ESCAPE : undefined)
      if (odd !== undefined) this.#reportAt([...this.#path, key], keyNode, odd.message, odd.hint)
      const first = seen.get(key)
      if (first !== undefined) {
        const line = this.#yaml.positionAt(startOf(first)).line
        const message = `${showKey(key)} is given twice, first in line ${line}`
        this.#reportAt([...this.#path, key], keyNode, message, 'keep one of them')
        continue
      }
      seen.set(key, keyNode)
      value[key] = this.#below(key, pair.value as Node | null)
    }
    return value
  }

  #report(node: Node, message: string, hint: string): void {
    this.#reportAt([...this.#path], node, message, hint)
  }

  #reportAt(path: Path, node: Node, message: string, hint: string): void {
    const mark = { ...this.#yaml.positionAt(startOf(node)), severity: 'error', message, hint } as const
    // What an alias repeats is wrong in every place, and told in one.
    this.problems.push({ path, mark: this.#reported.get(node) ?? mark })
    if (!this.#reported.has(node)) this.#reported.set(node, mark)
  }
}

/** What no program can be given as an argument: NUL, and half of a surrogate pair, which UTF-8 can't carry. */
function isText(value: string): boolean {
  return !value.includes('\0') && !/\p{Cs}/u.test(value)
}

/** Numbers and the like become keys as they are written: `8080:` is "8080". An empty key is none. */
export function keyText(pair: Pair): string | undefined {
  if (!isScalar(pair.key)) return undefined
  if (typeof pair.key.value === 'string') return pair.key.value
  return pair.key.source === '' ? undefined : pair.key.source
}

interface Found {
  readonly node: Node | null
  /** The key that leads to it, when a mapping holds it. */
  readonly key: Node | undefined
  /** How much of the path there is. */
  readonly depth: number
}

function find(root: Node | null, path: Path, aliases: Anchored): Found {
  let found: Found = { node: follow(root, aliases), key: undefined, depth: 0 }
  for (const [index, step] of path.entries()) {
    const { node } = found
    if (isMap(node)) {
      const pair = node.items.find((pair) => keyText(pair) === String(step))
      if (pair === undefined) return found
      found = { node: follow(pair.value as Node | null, aliases), key: pair.key as Node, depth: index + 1 }
    } else if (isSeq(node) && typeof step === 'number' && step < node.items.length) {
      found = { node: follow(node.items[step] as Node, aliases), key: undefined, depth: index + 1 }
    } else {
      return found
    }
  }
  return found
}

function follow(node: Node | null, aliases: Anchored): Node | null {
  return isAlias(node) ? (aliases.get(node) ?? node) : node
}

function findOffset(found: Found, path: Path, on: 'key' | 'value', offset: number | undefined): number {
  const { node, key, depth } = found
  const missing = depth < path.length
  // A value that was left empty ends where it would begin; its key is the better place.
  if (key !== undefined && (on === 'key' || missing || isEmpty(node))) return startOf(key)
  if (node === null) return 0
  return startOf(node) + (offset === undefined || missing ? 0 : shift(node, offset))
}

function isEmpty(node: Node | null): boolean {
  return node === null || (isScalar(node) && node.source === '' && node.type === 'PLAIN')
}

/** How far behind the node's start a place in its text is, where the file has the text as it is. */
function shift(node: Node, offset: number): number {
  if (!isScalar(node) || typeof node.value !== 'string' || !node.range) return 0
  const length = node.range[1] - node.range[0]
  if (node.type === 'PLAIN' && length === node.value.length) return offset
  if (node.type?.startsWith('QUOTE_') === true && length === node.value.length + 2) return offset + 1
  return 0
}

function startOf(node: Node): number {
  return node.range?.[0] ?? 0
}
