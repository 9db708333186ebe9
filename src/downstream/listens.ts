/**
 * Keeps what the host listens to since 2026-07-28: one request, `subscriptions/listen`, names all that it wants to hear
 * of, and is not answered before it ends. What changes is told under each of them that wants it, with its id.
 *
 * - A resource is watched once, however many requests name it.
 * - A request is acknowledged when its servers were asked, and with what they agreed to. So nothing that happens after
 *   the acknowledgement is missed, and what happens before it is told right behind (basic/patterns/subscriptions).
 * - The host ends one by cancelling it, and hears nothing under it from then on.
 */
import { setImmediate } from 'node:timers/promises'
import type { JsonObject } from '../json/record.ts'
import { settlesWithin } from '../upstream/wait.ts'
import type { Id } from '../wire/ids.ts'
import { INTERNAL_ERROR, INVALID_PARAMS, SUBSCRIPTION_ID_KEY } from '../wire/message.ts'
import { RpcError } from '../wire/rpc-error.ts'
import { isFlag, isText, listOf, objectWith } from '../wire/shapes/shape.ts'

export interface ListensDeps {
  /** Of a change; lost when the host doesn't read. */
  notify(method: string, params: JsonObject): void
  /** Never lost. */
  confirm(method: string, params: JsonObject): void
  /** Whether the host will hear of it. */
  watch(uri: string): Promise<boolean>
  unwatch(uri: string): void
}

interface Listen {
  readonly id: Id
  /** The lists of which it hears, by the method that tells of them. */
  readonly lists: readonly string[]
  uris: ReadonlySet<string>
  /** Those that are watched for it. */
  readonly watched: Set<string>
  /** What waits for the acknowledgement, each once; undefined after it. */
  held: Map<string, readonly [method: string, params: JsonObject]> | undefined
}

interface Watch {
  listens: number
  /** Its server's answer. */
  readonly agreed: Promise<boolean>
}

const MAX_LISTENS = 1024
/** A server that is slow to answer doesn't keep the host from hearing of the others. */
const MAX_WAIT_MS = 3000
const ASKED_IN_A_TURN = 64
const ACKNOWLEDGED = 'notifications/subscriptions/acknowledged'
const UPDATED = 'notifications/resources/updated'
const LISTS: Readonly<Record<string, string>> = {
  toolsListChanged: 'notifications/tools/list_changed',
  promptsListChanged: 'notifications/prompts/list_changed',
  resourcesListChanged: 'notifications/resources/list_changed',
}

/** 2026-07-28 schema: SubscriptionFilter. */
const isFilter = objectWith(
  {},
  {
    toolsListChanged: isFlag,
    promptsListChanged: isFlag,
    resourcesListChanged: isFlag,
    resourceSubscriptions: listOf(isText),
  },
)

export class Listens {
  readonly #deps: ListensDeps
  readonly #listens = new Map<Id, Listen>()
  readonly #watches = new Map<string, Watch>()

  constructor(deps: ListensDeps) {
    this.#deps = deps
  }

  /** @throws RpcError */
  begin(id: Id, filter: unknown): void {
    if (this.#listens.size >= MAX_LISTENS) throw new RpcError(INTERNAL_ERROR, 'Subscription limit reached')
    if (!isFilter(filter))
      throw new RpcError(
        INVALID_PARAMS,
        "Invalid params: 'notifications' is required and must be a valid SubscriptionFilter",
      )
    this.end(id)
    const { resourceSubscriptions = [], ...flags } = filter as JsonObject & {
      resourceSubscriptions?: readonly string[]
    }
    const names = Object.keys(LISTS).filter((name) => flags[name] === true)
    const listen: Listen = {
      id,
      lists: names.map((name) => LISTS[name] ?? ''),
      uris: new Set(resourceSubscriptions),
      watched: new Set(),
      held: new Map(),
    }
    this.#listens.set(id, listen)
    if (listen.uris.size === 0) this.#acknowledge(listen, names, listen.uris)
    else void this.#agreed(listen).then((agreed) => this.#acknowledge(listen, names, agreed))
  }

  #acknowledge(listen: Listen, names: readonly string[], agreed: ReadonlySet<string>): void {
    if (!this.#isOpen(listen)) return
    const held = listen.held?.values() ?? []
    listen.held = undefined
    for (const uri of listen.uris) if (!agreed.has(uri)) this.#unwatch(listen, uri)
    listen.uris = agreed
    const notifications = {
      ...Object.fromEntries(names.map((name) => [name, true])),
      ...(agreed.size > 0 && { resourceSubscriptions: [...agreed] }),
    }
    this.#deps.confirm(ACKNOWLEDGED, { notifications, ...metaOf(listen) })
    for (const [method, params] of held) this.#tellIfWanted(listen, method, params)
  }

  /** Whether there was one of this id. */
  end(id: Id): boolean {
    const listen = this.#listens.get(id)
    if (listen === undefined) return false
    this.#listens.delete(id)
    for (const uri of listen.watched) this.#unwatch(listen, uri)
    return true
  }

  /** Of a change: to all who want to hear of it. */
  tell(method: string, params: JsonObject): void {
    for (const listen of this.#listens.values()) {
      if (listen.held === undefined) this.#tellIfWanted(listen, method, params)
      else if (wants(listen, method, params))
        listen.held.set(`${method} ${String(params['uri'])}`, [method, params])
    }
  }

  /** All end; returns their ids, since each is answered now. */
  endAll(): readonly Id[] {
    const ids = [...this.#listens.keys()]
    for (const id of ids) this.end(id)
    return ids
  }

  /** It may be cancelled while its servers are asked, and its id name another one. */
  #isOpen(listen: Listen): boolean {
    return this.#listens.get(listen.id) === listen
  }

  #tellIfWanted(listen: Listen, method: string, params: JsonObject): void {
    if (wants(listen, method, params)) this.#deps.notify(method, { ...params, ...metaOf(listen) })
  }

  /** All but those that are refused, when all servers have answered, or taken too long to be waited for. */
  async #agreed(listen: Listen): Promise<ReadonlySet<string>> {
    const refused = new Set<string>()
    await settlesWithin(this.#askAll(listen, refused), MAX_WAIT_MS)
    return new Set([...listen.uris].filter((uri) => !refused.has(uri)))
  }

  /** Some in a turn, so that a host that names thousands has its calls answered meanwhile. */
  async #askAll(listen: Listen, refused: Set<string>): Promise<void> {
    const asked: Promise<unknown>[] = []
    for (const uri of listen.uris) {
      if (asked.length % ASKED_IN_A_TURN === ASKED_IN_A_TURN - 1) await setImmediate()
      if (!this.#isOpen(listen)) return
      const { agreed } = this.#watch(listen, uri)
      asked.push(agreed.then((isAgreed) => isAgreed || refused.add(uri)))
    }
    await Promise.all(asked)
  }

  #watch(listen: Listen, uri: string): Watch {
    const watch = this.#watches.get(uri) ?? {
      listens: 0,
      // Its watcher may fail as any code may, and then nobody will tell.
      agreed: this.#deps.watch(uri).catch(() => false),
    }
    watch.listens += 1
    listen.watched.add(uri)
    this.#watches.set(uri, watch)
    return watch
  }

  #unwatch(listen: Listen, uri: string): void {
    const watch = this.#watches.get(uri)
    if (watch === undefined || !listen.watched.delete(uri)) return
    watch.listens -= 1
    if (watch.listens > 0) return
    this.#watches.delete(uri)
    this.#deps.unwatch(uri)
  }
}

function metaOf({ id }: Listen): JsonObject {
  return { _meta: { [SUBSCRIPTION_ID_KEY]: id } }
}

function wants({ lists, uris }: Listen, method: string, { uri }: JsonObject): boolean {
  return lists.includes(method) || (method === UPDATED && typeof uri === 'string' && uris.has(uri))
}
