/**
 * What a schema can ask of an object. Members are its own ones only: `toString` is no argument that anybody sent, and
 * `__proto__` is one like any other.
 */
import { isObject, isSchema } from '../dialect.ts'
import { evaluate } from '../evaluate.ts'
import type { Check, Node } from '../node.ts'
import type { Pattern } from '../pattern.ts'
import type { Run } from '../run.ts'
import { isNames, type Compiler, type RawSchema, type Reader } from './reader.ts'

export const OBJECT_WORDS = [
  'additionalProperties',
  'dependencies',
  'dependentRequired',
  'dependentSchemas',
  'maxProperties',
  'minProperties',
  'patternProperties',
  'properties',
  'propertyNames',
  'required',
]

export function objectChecks(read: Reader, compiler: Compiler): Check[] {
  return [
    required(read),
    counts(read),
    members(read, compiler),
    names(read, compiler),
    dependencies(read, compiler),
  ].flat()
}

function required(read: Reader): Check[] {
  const names = read.names('required')
  if (names === undefined || names.length === 0) return []
  return [(value, run) => !isObject(value) || hasAll(value, names, 'is required', run)]
}

function hasAll(value: object, names: readonly string[], why: string, run: Run): boolean {
  run.spend(names.length)
  const missing = names.filter((name) => !Object.hasOwn(value, name))
  for (const name of missing) run.report(`${why} and missing`, name)
  return missing.length === 0
}

function counts(read: Reader): Check[] {
  const least = read.count('minProperties') ?? 0
  const most = read.count('maxProperties') ?? Number.POSITIVE_INFINITY
  if (least === 0 && most === Number.POSITIVE_INFINITY) return []
  return [
    (value, run) => {
      if (!isObject(value)) return true
      const count = Object.keys(value).length
      run.spend(count)
      if (count < least) return run.report(`expected at least ${least} members`)
      return count <= most || run.report(`expected at most ${most} members`)
    },
  ]
}

interface Members {
  readonly named: ReadonlyMap<string, Node>
  readonly byPattern: readonly { readonly pattern: Pattern; readonly node: Node }[]
  readonly others: Node | 'nothing' | undefined
}

function members(read: Reader, compiler: Compiler): Check[] {
  const all = readMembers(read, compiler)
  if (all.named.size === 0 && all.byPattern.length === 0 && all.others === undefined) return []
  return [
    (value, run, seen) => {
      if (!isObject(value)) return true
      let fits = true
      for (const key of Object.keys(value)) {
        const nodes = nodesFor(key, all, run)
        if (nodes.length > 0) seen?.keys.add(key)
        const good =
          nodes.length === 0 && all.others === 'nothing'
            ? run.report('is not known', key, [...all.named.keys()])
            : fitsEach(nodes, key, value[key], run)
        if (!good) fits = false
        if (!fits && run.hasEnough) return false
      }
      return fits
    },
  ]
}

function readMembers(read: Reader, compiler: Compiler): Members {
  const named = read.schemaMap('properties').map(([name, schema]) => [name, compiler.node(schema)] as const)
  const sources = read.schemaMap('patternProperties')
  const byPattern = sources.flatMap(([source, schema]) => {
    const pattern = compiler.pattern(source, 'a pattern of names')
    return pattern === undefined ? [] : [{ pattern, node: compiler.node(schema) }]
  })
  const isPartly = byPattern.length < sources.length
  // A pattern that can't be read could name any member, so none can be called another one.
  const others = isPartly ? undefined : read.schema('additionalProperties')
  return {
    named: new Map(named),
    byPattern,
    others: others === undefined ? undefined : others === false ? 'nothing' : compiler.node(others),
  }
}

function nodesFor(key: string, { named, byPattern, others }: Members, run: Run): readonly Node[] {
  run.spend(1)
  const own = named.get(key)
  const nodes = own === undefined ? [] : [own]
  for (const { pattern, node } of byPattern) if (run.matches(pattern, key)) nodes.push(node)
  if (nodes.length === 0 && others !== undefined && others !== 'nothing') nodes.push(others)
  return nodes
}

function fitsEach(nodes: readonly Node[], key: string, member: unknown, run: Run): boolean {
  let fits = true
  for (const node of nodes) if (!run.at(key, () => evaluate(node, member, run))) fits = false
  return fits
}

function names(read: Reader, compiler: Compiler): Check[] {
  const schema = read.schema('propertyNames')
  if (schema === undefined) return []
  const node = compiler.node(schema)
  return [
    (value, run) => {
      if (!isObject(value)) return true
      let fits = true
      for (const key of Object.keys(value)) {
        if (run.quietly(() => evaluate(node, key, run))) continue
        fits = run.report('is not a name that is allowed here', key)
        if (run.hasEnough) return false
      }
      return fits
    },
  ]
}

/** `dependencies` was parted in two after draft-07. */
function dependencies(read: Reader, compiler: Compiler): Check[] {
  const all =
    compiler.dialect === 'draft-07'
      ? read.map('dependencies', 'schemas or lists of names', isWanted)
      : [...read.map('dependentRequired', 'lists of names', isNames), ...read.schemaMap('dependentSchemas')]
  return all.map(([name, wanted]): Check => {
    const applies = (value: unknown): value is object => isObject(value) && Object.hasOwn(value, name)
    if (isNames(wanted))
      return (value, run) =>
        !applies(value) || hasAll(value, wanted, 'is required beside another member', run)
    const node = compiler.node(wanted)
    return (value, run, seen) => !applies(value) || evaluate(node, value, run, seen)
  })
}

function isWanted(value: unknown): value is RawSchema | readonly string[] {
  return isSchema(value) || isNames(value)
}

/** Looks at what no other word of this schema has spoken of. */
export function unevaluatedMembers(read: Reader, compiler: Compiler): Check[] {
  const schema = compiler.dialect === 'draft-07' ? undefined : read.schema('unevaluatedProperties')
  if (schema === undefined) return []
  const node = compiler.node(schema)
  return [
    (value, run, seen) => {
      if (!isObject(value)) return true
      let fits = true
      for (const key of Object.keys(value)) {
        run.spend(1)
        if (seen?.keys.has(key) === true) continue
        seen?.keys.add(key)
        const good =
          schema === false ? run.report('is not known', key) : fitsEach([node], key, value[key], run)
        if (!good) fits = false
        if (!fits && run.hasEnough) return false
      }
      return fits
    },
  ]
}
