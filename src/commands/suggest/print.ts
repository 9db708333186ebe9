/**
 * Proposed rules in the shape of the file that they are for: below the key that its servers stand under, by the names
 * that it has for them, as YAML or as JSON. JSON has no comments, so the reasons are told beside it. Pure.
 */
import { Document, isMap, isNode, isScalar, isSeq } from 'yaml'
import type { Path } from '../../config/problem.ts'
import { visibleLine } from '../../visible.ts'
import type { Proposal } from './propose.ts'

export interface Proposed extends Proposal {
  /** As the file has it. */
  readonly name: string
  /** Where the entry stands in the file. */
  readonly at: Path
}

export interface Printed {
  readonly text: string
  /** What has no place in the text. */
  readonly beside: readonly string[]
}

/** @param isJson the entries are written in braces, where lines of YAML can't be pasted; `whole`: the file is JSON */
export function printProposals(all: readonly Proposed[], isJson: 'whole' | 'entries' | 'no'): Printed {
  const proposed = all.filter(({ rules }) => rules !== undefined)
  const nothing = all
    .filter(({ rules }) => rules === undefined)
    .map(({ name, about }) => `${visibleLine(name)}: ${about.join('; ')}`)
  const value = proposed.reduce(put, empty())
  const reasons = proposed.flatMap(reasonsOf)
  const how = proposed.length === 0 ? [] : ['put each "tools" below into the entry of its server']
  if (isJson === 'whole')
    return { text: `${JSON.stringify(value, undefined, 2)}\n`, beside: [...how, ...reasons, ...nothing] }
  const yaml = isJson === 'entries' ? inBraces(value, reasons) : inLines(value, proposed)
  const text = [...[...how, ...nothing].map(comment), ...(proposed.length === 0 ? [] : yaml)].join('')
  return { text, beside: [] }
}

function reasonsOf({ name, about, added }: Proposed): readonly string[] {
  return [
    ...about,
    ...added.map(({ rule, why }) => `${typeof rule === 'string' ? rule : rule.tool}: ${why}`),
  ].map((line) => `${visibleLine(name)}: ${line}`)
}

function inBraces(value: Members, reasons: readonly string[]): string[] {
  const lines = Object.entries(value).map(
    ([key, entries]) => `${key}: ${JSON.stringify(entries, undefined, 2)}\n`,
  )
  return [...reasons.map(comment), ...lines]
}

function inLines(value: Members, proposed: readonly Proposed[]): string[] {
  const document = new Document(value)
  for (const one of proposed) explain(document, one)
  const inList = proposed.filter(({ at }) => at.some((step) => typeof step === 'number'))
  return [
    ...inList.flatMap(reasonsOf).map(comment),
    document.toString({ flowCollectionPadding: false, lineWidth: 0 }),
  ]
}

function comment(line: string): string {
  return `# ${line}\n`
}

type Members = Record<string, unknown>

/** An entry of a list stands there by its name. Names can be anything, `__proto__` too. */
function put(root: Members, { name, at, rules }: Proposed): Members {
  const keys = at.filter((step) => typeof step === 'string')
  const isListed = keys.length < at.length
  const last = keys.at(-1)
  if (last === undefined) return Object.assign(root, { tools: rules })
  const parent = keys.slice(0, -1).reduce((inside, key) => (inside[key] ??= empty()) as Members, root)
  if (isListed) parent[last] = [...((parent[last] as unknown[] | undefined) ?? []), { name, tools: rules }]
  else parent[last] = { tools: rules }
  return root
}

function empty(): Members {
  return Object.create(null) as Members
}

function explain(document: Document, { at, about, added }: Proposed): void {
  const keys = at.filter((step) => typeof step === 'string')
  if (keys.length < at.length) return
  const entry = document.getIn(keys, true)
  if (isMap(entry)) head(entry.items[0]?.key, about)
  const allow = document.getIn([...keys, 'tools', 'allow'], true)
  if (!isSeq(allow)) return
  // They come behind the user's own.
  for (const [index, { why }] of added.entries())
    head(allow.items[allow.items.length - added.length + index], [why])
  const tools = document.getIn([...keys, 'tools'], true)
  const others = isMap(tools)
    ? tools.items.find(({ key }) => isScalar(key) && key.value === 'others')
    : undefined
  if (added.length > 0) head(others?.key, ['what is not named here is judged as before, and not hidden'])
}

function head(node: unknown, lines: readonly string[]): void {
  if (isNode(node)) node.commentBefore = lines.map((line) => ` ${line}`).join('\n')
}
