/**
 * Writes a record as canonical JSON (RFC 8785), over which its hash goes and which its line begins with. Facts are taken as
 * JSON.stringify takes them: what it leaves out is left out, and what is no number becomes null. Half of a surrogate pair,
 * which UTF-8 can't carry, becomes U+FFFD. Pure.
 */
import { byCodeUnit, MAX_DEPTH } from '../../json/canonical.ts'
import { ExactNumber } from '../../json/number.ts'
import { quoted, quotedWellFormed } from '../../json/quoted.ts'

/** What each record has beside its facts and its hash. */
export interface RecordHead {
  readonly seq: number
  readonly time: string
  readonly type: string
  readonly prev: string
}

/** Facts that write their record themselves, exactly as `recordText` would. */
export abstract class SelfWritten {
  abstract textWith(head: RecordHead): string
}

export type RecordFacts = Readonly<Record<string, unknown>> | SelfWritten

/**
 * Of a record without its hash.
 * @throws TypeError for what JSON can't carry at all: a bigint, or nesting deeper than 256 levels
 */
export function recordText(head: RecordHead, facts: Readonly<Record<string, unknown>>): string {
  const { named, members } = inOrderOfMembers(facts)
  let text = ''
  for (const { name, before, isOfRecords } of members) {
    const written = writtenFact(isOfRecords ? head[name] : named[name], 1)
    if (written !== undefined) text += before + written
  }
  return `{${text.slice(1)}}`
}

/** Undefined for what JSON has no word for. */
function writtenFact(value: unknown, depth: number): string | undefined {
  if (depth > MAX_DEPTH) throw new TypeError(`a value is nested deeper than ${MAX_DEPTH} levels`)
  switch (typeof value) {
    case 'string':
      return quotedWellFormed(value)
    case 'number':
      return Number.isFinite(value) ? String(value) : 'null'
    case 'boolean':
      return value ? 'true' : 'false'
    case 'object':
      return value === null ? 'null' : writtenObject(value, depth)
    case 'bigint':
      throw new TypeError('a bigint is not JSON')
    default:
      return undefined
  }
}

function writtenObject(value: object, depth: number): string | undefined {
  if (value instanceof ExactNumber) return String(value)
  if (Array.isArray(value))
    return `[${Array.from(value, (item) => writtenFact(item, depth + 1) ?? 'null').join(',')}]`
  if ('toJSON' in value && typeof value.toJSON === 'function') return writtenFact(value.toJSON(), depth)
  const named = wellNamed(value)
  let text = ''
  for (const name of inOrder(Object.keys(named))) {
    const written = writtenFact(named[name], depth + 1)
    if (written !== undefined) text += `${text === '' ? '' : ','}${quoted(name)}:${written}`
  }
  return `{${text}}`
}

function inOrder(names: string[]): readonly string[] {
  for (let at = 1; at < names.length; at += 1)
    if ((names[at - 1] as string) > (names[at] as string)) return names.toSorted(byCodeUnit)
  return names
}

type Member = (
  | { readonly name: keyof RecordHead; readonly isOfRecords: true }
  | { readonly name: string; readonly isOfRecords: false }
) & {
  /** As it stands before the value. */
  readonly before: string
}

const OF_RECORDS = ['prev', 'seq', 'time', 'type'] as const

interface Order {
  /** As facts come with them. */
  readonly names: readonly string[]
  readonly members: readonly Member[]
}

/** The names of facts are few and ours, so as a rule their order is known. */
const orders: Order[] = []
const MAX_ORDERS = 32

function inOrderOfMembers(facts: Readonly<Record<string, unknown>>): {
  readonly named: Readonly<Record<string, unknown>>
  readonly members: readonly Member[]
} {
  for (const { names, members } of orders) if (areNamesOf(facts, names)) return { named: facts, members }
  const named = wellNamed(facts)
  const names = Object.keys(named)
  const members = [
    ...names.map((name) => ({ name, isOfRecords: false }) as const),
    ...OF_RECORDS.map((name) => ({ name, isOfRecords: true }) as const),
  ]
    .toSorted((a, b) => byCodeUnit(a.name, b.name))
    .map((member) => ({ ...member, before: `,${quoted(member.name)}:` }))
  if (orders.length < MAX_ORDERS) orders.push({ names, members })
  return { named, members }
}

function areNamesOf(facts: object, names: readonly string[]): boolean {
  let at = 0
  for (const name in facts) if (names[at++] !== name) return false
  return at === names.length
}

/** Two names that become the same are one member, with the later value, as for JSON.parse. */
function wellNamed(value: object): Readonly<Record<string, unknown>> {
  for (const name in value) {
    if (name.isWellFormed()) continue
    const members = Object.entries(value)
    return Object.fromEntries(members.map(([key, member]: [string, unknown]) => [key.toWellFormed(), member]))
  }
  return value as Readonly<Record<string, unknown>>
}
