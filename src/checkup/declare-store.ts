/** One more store in the text of servers.yaml, written as its surroundings are and in front of its siblings. */
import { isMap, isScalar, type Document, type Node, type Pair, type YAMLMap } from 'yaml'

export interface Declaration {
  readonly alias: string
  readonly type: string
}

/** Undefined where there is no place for it that can be told from here. */
export function declareStore(
  text: string,
  document: Document.Parsed,
  { alias, type }: Declaration,
): string | undefined {
  const root = document.contents
  if (!isMap(root)) return undefined
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n'
  const asJson = `"${alias}": { "type": "${type}" }`
  const asYaml = `${alias}: { type: ${type} }`
  const secrets = pairOf(root, 'secrets')
  if (secrets === undefined) {
    if (root.flow === true) {
      const member = `"secrets": { ${asJson} }`
      return intoFlow(text, root, member) ?? beforeMember(text, root, member)
    }
    const servers = pairOf(root, 'servers') ?? pairOf(root, 'mcpServers') ?? root.items[0]
    const start = servers && lineStart(text, startOf(servers.key))
    if (start === undefined) return undefined
    return insert(text, aboveComments(text, start), `secrets:${lineEnd}  ${asYaml}${lineEnd}`)
  }
  const { key, value } = secrets
  if (isMap(value)) {
    if (value.flow === true) return intoFlow(text, value, asJson)
    const first = startOf(value.items[0]?.key)
    if (first === undefined) return undefined
    const start = lineStart(text, first)
    const indent = text.slice(start, first)
    return /^ +$/.test(indent) ? insert(text, start, `${indent}${asYaml}${lineEnd}`) : undefined
  }
  // `secrets:` with nothing below it.
  const isEmpty = value === null || (isScalar(value) && value.value === null && value.source === '')
  const end = (key as Node | null)?.range?.[1]
  if (!isEmpty || end === undefined) return undefined
  const colon = text.indexOf(':', end)
  return colon === -1 ? undefined : insert(text, colon + 1, ` { ${asYaml} }`)
}

function intoFlow(text: string, map: YAMLMap, entry: string): string | undefined {
  const start = map.range?.[0]
  if (start === undefined || text[start] !== '{') return undefined
  const first = startOf(map.items[0]?.key)
  const before = first === undefined ? '' : text.slice(start + 1, first)
  const blank = /^\s*$/.test(before) ? before : ' '
  return insert(text, start + 1, map.items.length === 0 ? ` ${entry} ` : `${blank || ' '}${entry},`)
}

/** Where the braces around the members are ours and not the file's (members.ts). */
function beforeMember(text: string, map: YAMLMap, entry: string): string | undefined {
  const first = map.items.map(({ key }) => startOf(key)).find((at) => at !== undefined && text[at] === '"')
  return first === undefined ? undefined : insert(text, first, `${entry}, `)
}

function pairOf(map: YAMLMap, name: string): Pair | undefined {
  return map.items.find(({ key }) => isScalar(key) && key.value === name)
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0]
}

function lineStart(text: string, offset: number | undefined): number {
  return offset === undefined ? 0 : text.lastIndexOf('\n', offset - 1) + 1
}

/** Comment lines right above a section belong to it, unless they are the head of the file. */
function aboveComments(text: string, start: number): number {
  let at = start
  while (at > 0) {
    const previous = lineStart(text, at - 1)
    if (!/^\s*#/.test(text.slice(previous, at))) return at
    at = previous
  }
  return start
}

function insert(text: string, at: number, what: string): string {
  return text.slice(0, at) + what + text.slice(at)
}
