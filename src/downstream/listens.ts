/**
 * Which resources the host listens to since 2026-07-28, where one request names all that it wants to hear of and the
 * SDK serves it: so its messages are looked at on the way in and out. A resource is watched once, however many requests
 * name it. A subscription is acknowledged when its servers were asked, and with what they agreed to, so that nothing
 * that happens after the acknowledgement is missed (2026-07-28 basic/patterns/subscriptions); what is told under it
 * meanwhile follows.
 */
import type { JSONRPCMessage } from '@modelcontextprotocol/server'
import { isRecord, type JsonObject } from '../upstream/normalize.ts'
import { member } from './member.ts'

export interface ListensDeps {
  /** Whether the host will hear of it. */
  watch(uri: string): Promise<boolean>
  unwatch(uri: string): void
}

type Id = string | number

interface Listen {
  readonly uris: readonly string[]
  /** Those that it won't hear of; resolves when all servers have answered, or taken too long to be waited for. */
  readonly refused: Promise<ReadonlySet<string>>
}

const LISTEN = 'subscriptions/listen'
const CANCELLED = 'notifications/cancelled'
const ACKNOWLEDGED = 'notifications/subscriptions/acknowledged'
const SUBSCRIPTION_ID = 'io.modelcontextprotocol/subscriptionId'
/** A server that is slow to answer doesn't keep the host from hearing of the others. */
const MAX_WAIT_MS = 3000

export class Listens {
  readonly #deps: ListensDeps
  readonly #listens = new Map<Id, Listen>()
  /** Of subscriptions that aren't acknowledged yet: the last message that waits. */
  readonly #held = new Map<Id, Promise<unknown>>()

  constructor(deps: ListensDeps) {
    this.#deps = deps
  }

  /** What comes from the host, before it is served. */
  see(message: JsonObject): void {
    const { id, method, params } = message
    if (!isRecord(params)) return
    if (method === LISTEN && isId(id)) this.#listen(id, params['notifications'])
    if (method === CANCELLED && isId(params['requestId'])) this.#end(params['requestId'])
  }

  /** What goes to the host: the message to send in its place, when it may go; undefined where it may go as it is. */
  hold(message: JSONRPCMessage): Promise<JSONRPCMessage> | undefined {
    if (this.#listens.size === 0 || !('method' in message) || 'id' in message) return undefined
    const id = member(member(message.params, '_meta'), SUBSCRIPTION_ID)
    if (!isId(id)) return undefined
    const listen = this.#listens.get(id)
    if (message.method === ACKNOWLEDGED && listen !== undefined && listen.uris.length > 0) {
      const acknowledged = listen.refused.then((refused) => without(message, refused))
      this.#hold(id, acknowledged)
      return acknowledged
    }
    const before = this.#held.get(id)
    if (before === undefined) return undefined
    const later = before.then(() => message)
    this.#hold(id, later)
    return later
  }

  #hold(id: Id, until: Promise<unknown>): void {
    this.#held.set(id, until)
    void until.finally(() => {
      if (this.#held.get(id) === until) this.#held.delete(id)
    })
  }

  #listen(id: Id, filter: unknown): void {
    const wanted = member(filter, 'resourceSubscriptions')
    const uris = [...new Set(Array.isArray(wanted) ? wanted.filter((uri) => typeof uri === 'string') : [])]
    const before = this.#all()
    const refused = new Set<string>()
    const asked = uris
      .filter((uri) => !before.has(uri))
      .map(async (uri) => {
        if (!(await this.#deps.watch(uri))) refused.add(uri)
      })
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, MAX_WAIT_MS)
    })
    const settled = Promise.race([Promise.all(asked), late]).finally(() => clearTimeout(timer))
    this.#listens.set(id, { uris, refused: settled.then(() => new Set(refused)) })
  }

  #end(id: Id): void {
    const ended = this.#listens.get(id)?.uris ?? []
    this.#listens.delete(id)
    const still = this.#all()
    for (const uri of ended) if (!still.has(uri)) this.#deps.unwatch(uri)
  }

  #all(): ReadonlySet<string> {
    return new Set([...this.#listens.values()].flatMap(({ uris }) => uris))
  }
}

/** Acknowledges what the servers agreed to. */
function without(message: JSONRPCMessage, refused: ReadonlySet<string>): JSONRPCMessage {
  if (refused.size === 0 || !('method' in message)) return message
  const params: JsonObject = isRecord(message.params) ? message.params : {}
  const { resourceSubscriptions, ...others } = isRecord(params['notifications'])
    ? params['notifications']
    : {}
  const agreed = Array.isArray(resourceSubscriptions)
    ? resourceSubscriptions.filter((uri) => !refused.has(String(uri)))
    : []
  const notifications = agreed.length === 0 ? others : { ...others, resourceSubscriptions: agreed }
  return { ...message, params: { ...params, notifications } }
}

function isId(value: unknown): value is Id {
  return typeof value === 'string' || typeof value === 'number'
}
