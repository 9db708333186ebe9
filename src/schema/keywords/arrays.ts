/** What a schema can ask of an array. A list under `items` is how draft-07 and 2019-09 write `prefixItems`. */
import { evaluate } from '../evaluate.ts'
import type { Check, Node } from '../node.ts'
import type { Run, Seen } from '../run.ts'
import { Unusable } from '../unusable.ts'
import type { Compiler, RawSchema, Reader } from './reader.ts'

export const ARRAY_WORDS = [
  'additionalItems',
  'contains',
  'items',
  'maxItems',
  'minItems',
  'prefixItems',
  'uniqueItems',
]

export function arrayChecks(read: Reader, compiler: Compiler): Check[] {
  return [counts(read), members(read, compiler), contains(read, compiler), unique(read)].flat()
}

function counts(read: Reader): Check[] {
  const least = read.count('minItems') ?? 0
  const most = read.count('maxItems') ?? Number.POSITIVE_INFINITY
  if (least === 0 && most === Number.POSITIVE_INFINITY) return []
  return [
    (value, run) => {
      if (!Array.isArray(value)) return true
      if (value.length < least) return run.report(`expected at least ${least} items`)
      return value.length <= most || run.report(`expected at most ${most} items`)
    },
  ]
}

function members(read: Reader, compiler: Compiler): Check[] {
  const schemas = positions(read, compiler)
  const first = schemas.first.map((schema) => compiler.node(schema))
  const rest = schemas.rest === undefined ? undefined : compiler.node(schemas.rest)
  if (first.length === 0 && rest === undefined) return []
  return [
    (value, run, seen) => {
      if (!Array.isArray(value)) return true
      const end = rest === undefined ? Math.min(first.length, value.length) : value.length
      return eachItem(value, end, (index) => first[index] ?? rest, run, seen)
    },
  ]
}

function positions(
  read: Reader,
  { dialect }: Compiler,
): { first: readonly RawSchema[]; rest: RawSchema | undefined } {
  const items = read.any('items')
  if (dialect === '2020-12') {
    if (Array.isArray(items))
      throw new Unusable('has a list under "items", which 2020-12 calls "prefixItems"')
    return { first: read.schemas('prefixItems') ?? [], rest: read.schema('items') }
  }
  if (!Array.isArray(items)) return { first: [], rest: read.schema('items') }
  return {
    first: items.length === 0 ? [] : (read.schemas('items') ?? []),
    rest: read.schema('additionalItems'),
  }
}

function eachItem(
  items: readonly unknown[],
  end: number,
  nodeAt: (index: number) => Node | undefined,
  run: Run,
  seen: Seen | undefined,
): boolean {
  let fits = true
  for (let index = 0; index < end; index += 1) {
    const node = nodeAt(index)
    if (node === undefined) continue
    seen?.items.add(index)
    if (run.at(index, () => evaluate(node, items[index], run))) continue
    fits = false
    if (run.hasEnough) return false
  }
  return fits
}

function contains(read: Reader, compiler: Compiler): Check[] {
  const schema = read.schema('contains')
  if (schema === undefined) return []
  const node = compiler.node(schema)
  const isCounted = compiler.dialect !== 'draft-07'
  const least = (isCounted ? read.count('minContains') : undefined) ?? 1
  const most = (isCounted ? read.count('maxContains') : undefined) ?? Number.POSITIVE_INFINITY
  return [
    (value, run, seen) => {
      if (!Array.isArray(value)) return true
      let count = 0
      for (let index = 0; index < value.length; index += 1) {
        if (!run.quietly(() => evaluate(node, value[index], run))) continue
        count += 1
        if (compiler.dialect === '2020-12') seen?.items.add(index)
      }
      if (count < least) return run.report(`expected at least ${least} items of a kind that is missing`)
      return count <= most || run.report(`expected at most ${most} items of a kind that there are more of`)
    },
  ]
}

function unique(read: Reader): Check[] {
  if (read.boolean('uniqueItems') !== true) return []
  return [
    (value, run) => {
      if (!Array.isArray(value)) return true
      const texts = new Set(value.map((item) => run.textOf(item)))
      return texts.size === value.length || run.report('expected items that differ from each other')
    },
  ]
}

/** Looks at what no other word of this schema has spoken of. */
export function unevaluatedItems(read: Reader, compiler: Compiler): Check[] {
  const schema = compiler.dialect === 'draft-07' ? undefined : read.schema('unevaluatedItems')
  if (schema === undefined) return []
  const node = compiler.node(schema)
  return [
    (value, run, seen) => {
      if (!Array.isArray(value)) return true
      run.spend(value.length)
      return eachItem(
        value,
        value.length,
        (index) => (seen?.items.has(index) === true ? undefined : node),
        run,
        seen,
      )
    },
  ]
}
