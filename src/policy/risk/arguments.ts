/**
 * Judges by a tool's arguments what the tool does (promise 4): by their names and the values that the schema lists.
 * Pure.
 *
 * - One that carries a command, a statement or a method lets the caller decide what happens, whatever the tool is called.
 * - One that carries a query, code or a body does so in a tool that runs what it is given (`query`, `aggregate`, `fetch`);
 *   in a search it is what is searched for.
 * - Where one chooses what is done (`action: list | delete`), the worst choice counts; and so it does where the choices
 *   alone say that they are that. A switch may be called by what it does (`delete: true`).
 *
 * A call that says which choice is made, and leaves the switch off, does no more than that (`ofCall`).
 *
 * They may lie deeper: in objects, lists and alternatives, but not in a filter, which says what is looked for.
 */
import { STEADY } from '../../json/steady.ts'
import { alikesOf } from '../words/alike.ts'
import { CHANGING, DESTROYING, NOUNS_TOO, READING, REPLACING } from '../words/lexicon.ts'
import { takesWork, nameWords, type Saying } from '../words/words.ts'
import { isRecord, member } from '../../json/record.ts'

export interface ArgumentFacts {
  readonly name: string
  /** The texts that it may be, where the schema lists them. */
  readonly values?: readonly string[]
  /** The one of them that a call has. */
  readonly chosen?: string
  /** True or false. */
  readonly isSwitch?: boolean
  /** It stands for what was not looked at: arguments or values, because there are too many, or what lies too deep. */
  readonly isUnseen?: boolean
  /** An argument of the call itself, and not a member of one. */
  readonly isOwn?: boolean
  /** What a call means that leaves it out, where the schema says so. */
  readonly byDefault?: unknown
}

const UNSEEN: ArgumentFacts = { name: 'others', isUnseen: true }

const set = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/))

const ALWAYS = set(
  `command commands cmd cmdline commandline argv exec sql sqlquery querysql statement statements shell bash powershell
  script scripts method cypher cypherquery gremlin stmt stmts ddl dml plsql tsql applescript javascript groovy lua
  vbscript`,
)
/** Behind one of these words it says no more: `sql_text`. */
const GENERIC = set('text string str raw input content value list array')
const IN_TOOLS_THAT_RUN = set(`
  query queries code expression expressions body pipeline program mutation graphql function payload verb request`)
const CHOOSES = set('action actions mode operation operations op subcommand verb method command cmd')

const SWITCHES = set('delete remove overwrite purge wipe drop destroy erase truncate')
const SWITCHED = set('after afterwards all original originals source existing file files')
const FILTERS = set('filter filters where match criteria')
const YES_OR_NO = set('true false yes no on off')

const MAX_ARGUMENTS = 256
const MAX_PARTS = 64
const MAX_VALUES = 1024
const MAX_DEPTH = 6

/** The arguments of an inputSchema, those of its objects too. */
export function argumentFactsOf(inputSchema: unknown): readonly ArgumentFacts[] {
  const found: ArgumentFacts[] = []
  const seen = new Set<unknown>()
  let isCut = false
  const look = (schema: unknown, depth: number, ofCall = false): void => {
    if (seen.has(schema)) return
    seen.add(schema)
    const { parts, isWhole } = partsOf(schema, inputSchema, ofCall ? IN_PLACE : EVERYWHERE)
    isCut ||= !isWhole
    for (const [name, one, isPattern] of parts.flatMap(namedIn)) {
      isCut ||= found.length >= MAX_ARGUMENTS || depth > MAX_DEPTH
      if (isCut) return
      found.push({
        ...STEADY,
        ...factsOf(name, one, inputSchema),
        ...(ofCall && !isPattern && { isOwn: true }),
      })
      if (!carries({ name }, FILTERS)) look(one, depth + 1)
    }
    // What lies in arguments that have no name here lies in them, however it is called.
    if (ofCall) for (const further of parts.flatMap((part) => schemasIn(part, WITHIN))) look(further, depth)
  }
  look(inputSchema, 0, true)
  return isCut ? [...found, UNSEEN] : found
}

/** Also those that are only required, or named by a pattern or in a list of names. */
function namedIn(part: object): (readonly [name: string, schema: unknown, isPattern?: true])[] {
  const properties = entriesOf(member(part, 'properties'))
  const patterns = entriesOf(member(part, 'patternProperties'))
  const listed = [
    ...asArray(member(part, 'required')),
    ...asArray(member(member(part, 'propertyNames'), 'enum')),
  ]
  const known = new Set(properties.map(([name]) => name))
  const others = listed.filter((name): name is string => typeof name === 'string' && !known.has(name))
  return [
    ...properties,
    ...patterns.map(([pattern, schema]) => [pattern, schema, true] as const),
    ...others.map((name) => [name, undefined] as const),
  ]
}

function entriesOf(value: unknown): (readonly [string, unknown])[] {
  return isRecord(value) ? Object.entries(value) : []
}

/** What speaks against reading; undefined where nothing does. */
export function readArguments(name: string, args: readonly ArgumentFacts[]): Saying | undefined {
  const chosen = args.flatMap((one) => [...chooses(one), ...switches(one)])
  const worst =
    chosen.find(({ says }) => says === 'destroys') ??
    chosen.find(({ word }) => REPLACING.has(word)) ??
    chosen[0]
  if (worst !== undefined) return worst
  return args.some((one) => one.isUnseen === true || carriesWork(name, one.name))
    ? { says: 'runs', word: 'what an argument says' }
    : undefined
}

/**
 * The arguments as far as this call leaves open what they do: a choice that it makes, and no switch that is off. Neither
 * counts while the call has another argument that its server could take for the same.
 */
export function ofCall(
  args: readonly ArgumentFacts[],
  call: Readonly<Record<string, unknown>>,
): readonly ArgumentFacts[] {
  const hasAlike = alikesOf(Object.keys(call))
  return args.map((one) => {
    const { name, values = [], isSwitch, byDefault, isOwn } = one
    if (isOwn !== true || hasAlike(name) !== undefined) return one
    const given = Object.hasOwn(call, name) ? call[name] : byDefault
    if (typeof given === 'string' && values.includes(given)) return { ...STEADY, ...one, chosen: given }
    return isSwitch === true && given === false ? { ...one, isSwitch: false } : one
  })
}

/** Whether the tool does what stands in the argument. */
export function carriesWork(tool: string, argument: string): boolean {
  const one = { name: argument }
  // In other letters it may be called anything.
  if (/[^\x20-\x7e]/.test(argument)) return true
  return carries(one, ALWAYS) || (takesWork(tool) && carries(one, IN_TOOLS_THAT_RUN))
}

function chooses({ name, values = [], chosen }: ArgumentFacts): Saying[] {
  const choices = values.map(nameWords)
  const isChoice = carries({ name: name.replace(/_?(?:type|name)$/i, '') }, CHOOSES)
  if (!isChoice && !choices.some(reads)) return []
  const open = chosen === undefined ? choices : [nameWords(chosen)]
  return open.flatMap((words): Saying[] => {
    const destroys = words.find((word) => DESTROYING.has(word))
    if (destroys !== undefined) return [{ says: 'destroys', word: destroys }]
    if (!isChoice) return []
    const changes = words.find((word, at) => CHANGING.has(word) || (at === 0 && isVerb(name, word)))
    return changes === undefined ? [] : [{ says: 'changes', word: changes }]
  })
}

/** `read` is as often a permission, and what can be looked for by it. */
function reads([first = '']: readonly string[]): boolean {
  return READING.has(first) && first !== 'read'
}

/** Modes are as often called by nouns. */
function isVerb(name: string, word: string): boolean {
  return (NOUNS_TOO.has(word) || word === 'off') && nameWords(name).at(-1) !== 'mode'
}

function switches({ name, isSwitch = false }: ArgumentFacts): Saying[] {
  const [word = '', what] = nameWords(name)
  const is = isSwitch && SWITCHES.has(word) && (what === undefined || SWITCHED.has(what))
  return is ? [{ says: 'destroys', word }] : []
}

/** By the last word of its name: a `command_id` is none. */
function carries({ name }: ArgumentFacts, what: ReadonlySet<string>): boolean {
  const words = nameWords(name)
  const telling = words.slice(0, words.findLastIndex((word) => !GENERIC.has(word)) + 1)
  return [words.at(-1), words.join(''), name.toLowerCase(), telling.at(-1)].some(
    (word) => word !== undefined && what.has(word),
  )
}

function factsOf(name: string, schema: unknown, root: unknown): ArgumentFacts {
  const { parts } = partsOf(schema, root)
  const all = parts.flatMap((part) => [member(part, 'const'), ...asArray(member(part, 'enum'))])
  const values = all.filter((one) => typeof one === 'string')
  const byDefault = member(schema, 'default')
  return {
    name,
    ...(values.length > 0 && { values: values.slice(0, MAX_VALUES) }),
    ...(values.length > MAX_VALUES && { isUnseen: true }),
    ...(mayBeSwitch(parts, [...all, byDefault]) && { isSwitch: true }),
    ...(byDefault !== undefined && { byDefault }),
  }
}

/** It takes true or false, also in words. */
function mayBeSwitch(parts: readonly object[], values: readonly unknown[]): boolean {
  const types = parts.flatMap((part) => member(part, 'type') ?? [])
  const texts = values.filter((one) => typeof one === 'string')
  return (
    types.includes('boolean') ||
    values.some((one) => typeof one === 'boolean') ||
    (texts.length > 0 && texts.every((one) => YES_OR_NO.has(one.toLowerCase())))
  )
}

interface Parts {
  readonly parts: readonly object[]
  /** No more of them than are looked at. */
  readonly isWhole: boolean
}

type Keywords = readonly string[]

/** What holds a schema, or a list of them, of the same value; and what one of values within it. */
const IN_PLACE: Keywords = ['oneOf', 'anyOf', 'allOf', 'then', 'else']
const WITHIN: Keywords = [
  'items',
  'prefixItems',
  'additionalItems',
  'unevaluatedItems',
  'contains',
  'additionalProperties',
  'unevaluatedProperties',
]
const EVERYWHERE: Keywords = [...WITHIN, ...IN_PLACE]
const MAPS = ['dependentSchemas', 'dependencies'] as const
const REFERENCES = ['$ref', '$dynamicRef', '$recursiveRef'] as const
/** Where those lead that go by a name and not by a path. */
const DEFINITIONS = ['$defs', 'definitions'] as const

/** A schema with what it refers to, its alternatives, and what its lists and its further members hold. */
function partsOf(schema: unknown, root: unknown, keywords = EVERYWHERE): Parts {
  const parts = new Set<object>()
  let isWhole = true
  const add = (part: unknown): void => {
    if (!isRecord(part) || parts.has(part)) return
    if (parts.size < MAX_PARTS) parts.add(part)
    else isWhole = false
  }
  add(schema)
  // A set goes on over what is added meanwhile.
  for (const part of parts) {
    schemasIn(part, keywords).forEach(add)
    for (const keyword of MAPS) valuesOf(member(part, keyword)).forEach(add)
    for (const keyword of REFERENCES) {
      const ref = member(part, keyword)
      const found = referred(ref, root)
      if (found !== undefined) add(found)
      else if (ref !== undefined) DEFINITIONS.flatMap((place) => valuesOf(member(root, place))).forEach(add)
    }
  }
  return { parts: [...parts], isWhole }
}

function schemasIn(part: object, keywords: Keywords): readonly unknown[] {
  return keywords.flatMap((keyword) => member(part, keyword) ?? [])
}

function valuesOf(value: unknown): readonly unknown[] {
  return isRecord(value) ? Object.values(value) : []
}

/** By a path within the same schema. */
function referred(ref: unknown, root: unknown): unknown {
  if (ref === '#') return root
  if (typeof ref !== 'string' || !ref.startsWith('#/')) return undefined
  const path = ref.slice(2).split('/')
  return path.reduce((at, name) => member(at, name.replaceAll('~1', '/').replaceAll('~0', '~')), root)
}

function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
