/**
 * Arguments that a tool wants to see as headers too, so that what stands before a server can route by them
 * (2026-07-28 basic/transports/streamable-http, `x-mcp-header`). Which ones is read from its list of tools as it passes
 * by; a declaration that the specification doesn't allow is none. A header never replaces one of ours: all begin alike.
 */
import { isRecord, type JsonObject } from '../../json/record.ts'
import { headerValue } from './http/headers.ts'

const PREFIX = 'Mcp-Param-'
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,100}$/
const TYPES: ReadonlySet<unknown> = new Set(['string', 'integer', 'boolean'])
const MAX_DEPTH = 16
const MAX_HEADERS = 64

interface Declaration {
  readonly path: readonly string[]
  readonly header: string
}

export class ParamHeaders {
  readonly #tools = new Map<string, readonly Declaration[]>()

  /** To be told of each result of `tools/list`. */
  listed(result: unknown): void {
    const tools: unknown[] = isRecord(result) && Array.isArray(result['tools']) ? result['tools'] : []
    for (const tool of tools) {
      if (!isRecord(tool) || typeof tool['name'] !== 'string') continue
      const found = declarationsIn(tool['inputSchema'], [])
      const names = new Set(found.map(({ header }) => header.toLowerCase()))
      if (found.length > 0 && found.length <= MAX_HEADERS && names.size === found.length) {
        this.#tools.set(tool['name'], found)
      } else this.#tools.delete(tool['name'])
    }
  }

  headersFor(params: unknown): Record<string, string> {
    const { name, arguments: args } = isRecord(params) ? params : ({} as JsonObject)
    const declarations = typeof name === 'string' ? (this.#tools.get(name) ?? []) : []
    return Object.fromEntries(
      declarations.flatMap(({ path, header }) => {
        const text = textOf(valueAt(args, path))
        return text === undefined ? [] : [[`${PREFIX}${header}`.toLowerCase(), headerValue(text)]]
      }),
    )
  }
}

function declarationsIn(schema: unknown, path: readonly string[]): Declaration[] {
  if (!isRecord(schema) || path.length > MAX_DEPTH) return []
  const header = schema['x-mcp-header']
  const own =
    path.length > 0 && typeof header === 'string' && TOKEN.test(header) && TYPES.has(schema['type'])
      ? [{ path, header }]
      : []
  const properties = isRecord(schema['properties']) ? schema['properties'] : {}
  return [
    ...own,
    ...Object.entries(properties).flatMap(([key, inside]) => declarationsIn(inside, [...path, key])),
  ]
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inside, key) => (isRecord(inside) && Object.hasOwn(inside, key) ? inside[key] : undefined),
    value,
  )
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value === 'boolean' || Number.isSafeInteger(value)) return String(value)
  return undefined
}
