/**
 * Makes a schema ready to be asked, once for each tool definition. No code is generated: a schema is a server's text.
 * Only what the schema itself holds can be referred to, nothing is ever fetched, and depth and number of its parts
 * are bounded. `$dynamicRef` and `$recursiveRef` aren't followed; a schema with one, or with anything that it
 * can't mean, is unusable as a whole.
 */
import { dialectOf, isObject, isSchema, schemasIn, type Dialect, type JsonObject } from './dialect.ts'
import { ARRAY_WORDS, arrayChecks, unevaluatedItems } from './keywords/arrays.ts'
import { holds, LOGIC_WORDS, logicChecks } from './keywords/logic.ts'
import { OBJECT_WORDS, objectChecks, unevaluatedMembers } from './keywords/objects.ts'
import { Reader, type Compiler, type RawSchema } from './keywords/reader.ts'
import { NUMBER_WORDS, numberChecks, STRING_WORDS, stringChecks } from './keywords/scalars.ts'
import { optionChecks, typeCheck } from './keywords/values.ts'
import { emptyNode, type Check, type Node } from './node.ts'
import { readPattern, type Pattern } from './pattern.ts'
import { Unusable } from './unusable.ts'

const MAX_SCHEMA_DEPTH = 128
const MAX_SCHEMAS = 20_000
/** The engine compiles each when it is first run, for up to a tenth of a millisecond. */
const MAX_PATTERNS = 200
/** Of schemas that lead to each other before one is done. */
const MAX_CHAIN = 256

/** Most schemas use words of one group only. */
const GROUPS: readonly {
  readonly words: readonly string[]
  checks(this: void, read: Reader, compiler: Compiler): Check[]
}[] = [
  { words: NUMBER_WORDS, checks: numberChecks },
  { words: STRING_WORDS, checks: stringChecks },
  { words: ARRAY_WORDS, checks: arrayChecks },
  { words: OBJECT_WORDS, checks: objectChecks },
  { words: LOGIC_WORDS, checks: logicChecks },
]

export interface CompiledSchema {
  readonly root: Node
  /** What of it is left unchecked; empty as a rule. */
  readonly gaps: readonly string[]
}

/**
 * @param schema of bounded size (kept.ts) and depth
 * @throws Unusable
 */
export function compileSchema(schema: JsonObject): CompiledSchema {
  return new SchemaCompiler(schema).compile()
}

/** What `$ref` is relative to where nothing says otherwise; nobody can name it. */
const NOWHERE = 'schema:///'

interface Place {
  readonly base: string
  readonly depth: number
}

class SchemaCompiler implements Compiler {
  readonly dialect: Dialect
  readonly #root: JsonObject
  readonly #nodes = new Map<JsonObject, Node>()
  readonly #places = new Map<JsonObject, Place>()
  /** By URL: documents of their own (`$id`) and anchors. */
  readonly #targets = new Map<string, JsonObject>()
  readonly #patterns = new Map<string, Pattern>()
  readonly #gaps = new Set<string>()
  #chain = 0

  constructor(root: JsonObject) {
    this.#root = root
    this.#targets.set(NOWHERE, root)
    this.dialect = dialectOf(root, hasTuples(root, 0))
    this.#survey(root, { base: NOWHERE, depth: 0 })
  }

  compile(): CompiledSchema {
    return { root: this.node(this.#root), gaps: [...this.#gaps] }
  }

  pattern(source: string, what: string): Pattern | undefined {
    const known = this.#patterns.get(source) ?? readPattern(source)
    if (known === undefined) {
      this.#gaps.add(what)
      return undefined
    }
    this.#patterns.set(source, known)
    if (this.#patterns.size > MAX_PATTERNS) throw new Unusable(`has more than ${MAX_PATTERNS} patterns`)
    return known
  }

  node(schema: RawSchema): Node {
    if (typeof schema === 'boolean') return schema ? emptyNode() : impossible()
    const known = this.#nodes.get(schema)
    if (known !== undefined) return known
    const node = emptyNode()
    // Before it is filled, because it may refer to itself.
    this.#nodes.set(schema, node)
    if (this.#nodes.size > MAX_SCHEMAS) throw new Unusable(`has more than ${MAX_SCHEMAS} parts`)
    if (this.#chain > MAX_CHAIN) throw new Unusable('has references that lead too far')
    this.#chain += 1
    this.#fill(node, schema)
    this.#chain -= 1
    return node
  }

  #fill(node: Node, schema: JsonObject): void {
    const read = new Reader(schema)
    if (read.has('$dynamicRef') || read.has('$recursiveRef'))
      throw new Unusable('has references that depend on where they are met')
    const reference = read.string('$ref')
    if (reference !== undefined) node.checks.push(holds(this.#referred(reference, schema)))
    // Up to draft-07 nothing beside a reference counts.
    if (reference !== undefined && this.dialect === 'draft-07') return
    const type = typeCheck(read)
    const options = optionChecks(read)
    const expects = options[0]?.expects ?? type?.expects
    if (type !== undefined) node.type = type.check
    if (expects !== undefined) node.expects = expects
    node.checks.push(...options.map(({ check }) => check))
    for (const { words, checks } of GROUPS) {
      if (words.some((word) => read.has(word))) node.checks.push(...checks(read, this))
    }
    node.last.push(...unevaluatedMembers(read, this), ...unevaluatedItems(read, this))
  }

  /** Where each schema is, and what it is called. */
  #survey(schema: JsonObject, { base, depth }: Place): void {
    if (depth > MAX_SCHEMA_DEPTH) throw new Unusable('is nested too deeply')
    if (this.#places.has(schema)) return
    const isHidden = this.dialect === 'draft-07' && '$ref' in schema
    const own = isHidden ? base : this.#name(schema, base)
    this.#places.set(schema, { base: own, depth })
    for (const inner of schemasIn(schema)) this.#survey(inner, { base: own, depth: depth + 1 })
  }

  #name(schema: JsonObject, base: string): string {
    const { $id, $anchor } = schema
    let own = base
    if (typeof $id === 'string') {
      const url = resolve($id, base)
      if ($id.startsWith('#')) this.#targets.set(url.href, schema)
      else {
        url.hash = ''
        own = url.href
        this.#targets.set(own, schema)
      }
    }
    if (typeof $anchor === 'string') this.#targets.set(resolve(`#${$anchor}`, own).href, schema)
    return own
  }

  #referred(reference: string, from: JsonObject): Node {
    const place = this.#places.get(from) ?? { base: NOWHERE, depth: 0 }
    const url = resolve(reference, place.base)
    const named =
      this.#targets.get(url.href) ?? (url.hash === '' ? this.#targets.get(withoutHash(url)) : undefined)
    if (named !== undefined) return this.node(named)
    const document = this.#targets.get(withoutHash(url))
    if (document === undefined) throw new Unusable('refers to a schema outside of it')
    const found = url.hash.startsWith('#/') ? follow(document, url.hash) : undefined
    if (!isSchema(found)) throw new Unusable('refers to a part that it does not have')
    // It may stand where no schema is looked for, and then it has yet to be surveyed.
    if (isObject(found) && !this.#places.has(found))
      this.#survey(found, { base: withoutHash(url), depth: place.depth + 1 })
    return this.node(found)
  }
}

function impossible(): Node {
  return {
    ...emptyNode(),
    expects: 'nothing',
    checks: [(_value, run) => run.report('is not allowed here')],
  }
}

function hasTuples(schema: JsonObject, depth: number): boolean {
  if (depth > MAX_SCHEMA_DEPTH) return false
  if (Array.isArray(schema['items'])) return true
  for (const inner of schemasIn(schema)) if (hasTuples(inner, depth + 1)) return true
  return false
}

function resolve(reference: string, base: string): URL {
  try {
    return new URL(reference, base)
  } catch {
    throw new Unusable('has a reference that can not be read')
  }
}

function withoutHash(url: URL): string {
  const copy = new URL(url.href)
  copy.hash = ''
  return copy.href
}

/** A JSON Pointer in a URL's fragment. */
function follow(document: JsonObject, fragment: string): unknown {
  let at: unknown = document
  for (const step of fragment.slice(2).split('/')) {
    const key = unescaped(step)
    if (Array.isArray(at) && /^\d+$/.test(key)) at = at[Number(key)]
    else at = isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined
  }
  return at
}

function unescaped(step: string): string {
  try {
    return decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~')
  } catch {
    throw new Unusable('has a reference that can not be read')
  }
}
