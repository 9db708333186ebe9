/**
 * Which resources the host listens to since 2026-07-28, where one request names all that it wants to hear of and the
 * SDK serves it: so its messages are looked at on the way in. A resource is watched once, however many requests name it.
 */
import { isRecord } from '../upstream/normalize.ts'

export interface ListensDeps {
  watch(uri: string): void
  unwatch(uri: string): void
}

const LISTEN = 'subscriptions/listen'
const CANCELLED = 'notifications/cancelled'

export class Listens {
  readonly #deps: ListensDeps
  readonly #uris = new Map<string | number, readonly string[]>()

  constructor(deps: ListensDeps) {
    this.#deps = deps
  }

  see(message: Readonly<Record<string, unknown>>): void {
    const { id, method, params } = message
    if (!isRecord(params)) return
    if (method === LISTEN && isId(id)) this.#listen(id, params['notifications'])
    if (method === CANCELLED && isId(params['requestId'])) this.#end(params['requestId'])
  }

  #listen(id: string | number, filter: unknown): void {
    const wanted = isRecord(filter) ? filter['resourceSubscriptions'] : undefined
    const uris = Array.isArray(wanted) ? wanted.filter((uri) => typeof uri === 'string') : []
    const before = this.#all()
    this.#uris.set(id, [...new Set(uris)])
    for (const uri of new Set(uris)) if (!before.has(uri)) this.#deps.watch(uri)
  }

  #end(id: string | number): void {
    const ended = this.#uris.get(id) ?? []
    this.#uris.delete(id)
    const still = this.#all()
    for (const uri of ended) if (!still.has(uri)) this.#deps.unwatch(uri)
  }

  #all(): ReadonlySet<string> {
    return new Set([...this.#uris.values()].flat())
  }
}

function isId(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number'
}
