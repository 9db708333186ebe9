/**
 * Subscribes to the news of a child: changes of its lists, and updates of the resources that the host watches. Before
 * 2026-07-28 lists are told of unasked and each resource is subscribed to; since then one `subscriptions/listen`
 * names them all, and a new one takes its place before it ends. A child that starts again is asked again, and so is
 * one whose stream broke off, as streams over a network do; what it may have told meanwhile is looked up.
 */
import { has, type Connection } from './connection.ts'
import { isMethodNotFound } from './no-answer.ts'
import type { ServerReply } from './reply.ts'
import { isRecord, type JsonObject } from '../../json/record.ts'

const TIMEOUT_MS = 5000
const AGAIN_MS = 2000
const LONGEST_PAUSE_MS = 60_000
const DONE: ServerReply = { kind: 'result', result: {} }

export class Watches {
  readonly #uris = new Set<string>()
  #connection: Connection | undefined
  #end: (() => void) | undefined
  /** One change after the other, so that the last one holds. */
  #turn: Promise<unknown> = Promise.resolve()

  get uris(): readonly string[] {
    return [...this.#uris]
  }

  /** While there is no child to tell. */
  forget(uri: string): void {
    this.#uris.delete(uri)
  }

  has(uri: string): boolean {
    return this.#uris.has(uri)
  }

  /** A child is ready. Without an answer there are just no news. */
  begin(connection: Connection, ask: (method: string, uri: string) => Promise<ServerReply>): void {
    this.#connection = connection
    this.#end = undefined
    if (connection.modern) void this.#begin(connection)
    else for (const uri of this.#uris) void ask('resources/subscribe', uri)
  }

  async #begin(connection: Connection): Promise<void> {
    if ((await this.#inTurn(() => this.#listen(connection))) === 'failed') this.#listenAgain(connection)
  }

  /** @param ask sends the request of that name, to a child of the older era */
  async subscribe(
    uri: string,
    ask: (method: string, uri: string) => Promise<ServerReply>,
  ): Promise<ServerReply> {
    const connection = this.#connection
    if (connection?.modern === true) {
      this.#uris.add(uri)
      return this.#inTurn(async () =>
        (await this.#listen(connection)) === 'listens' ? DONE : { kind: 'gone' },
      )
    }
    const reply = await ask('resources/subscribe', uri)
    if (reply.kind === 'result') this.#uris.add(uri)
    return reply
  }

  /** What isn't watched the child hears nothing of. */
  async unsubscribe(
    uri: string,
    ask: (method: string, uri: string) => Promise<ServerReply>,
  ): Promise<ServerReply> {
    if (!this.#uris.delete(uri)) return DONE
    const connection = this.#connection
    if (connection?.modern !== true) return ask('resources/unsubscribe', uri)
    return this.#inTurn(async () => {
      await this.#listen(connection)
      return DONE
    })
  }

  async #listen(connection: Connection): Promise<'listens' | 'failed' | 'never'> {
    if (connection !== this.#connection) return 'never'
    const filter = filterFor(connection.capabilities, [...this.#uris])
    const before = this.#end
    if (Object.keys(filter).length === 0 && before === undefined) return 'listens'
    try {
      const subscription = await connection.listen(filter, TIMEOUT_MS)
      const end = (): void => subscription.close()
      this.#end = end
      const whenOver = async (): Promise<void> => {
        const how = await subscription.closed
        if (how !== 'local' && this.#end === end) this.#listenAgain(connection)
      }
      void whenOver()
    } catch (error) {
      return isMethodNotFound(error) ? 'never' : 'failed'
    }
    before?.()
    return 'listens'
  }

  /** Seldom, for a child that ends every stream at once; and always, since its lists change also after a busy hour. */
  #listenAgain(connection: Connection, tries = 1): void {
    this.#end = undefined
    const again = async (): Promise<void> => {
      if (connection !== this.#connection || this.#end !== undefined || connection.gone) return
      const how = await this.#inTurn(() => this.#listen(connection))
      if (how === 'listens') connection.missed()
      if (how === 'failed') this.#listenAgain(connection, tries + 1)
    }
    setTimeout(() => void again(), Math.min(AGAIN_MS * tries, LONGEST_PAUSE_MS)).unref()
  }

  async #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(act, act)
    this.#turn = turn.catch(() => undefined)
    return turn
  }
}

/** Only what the server said that it tells of (2026-07-28 basic/patterns/subscriptions). */
function filterFor(capabilities: JsonObject, uris: readonly string[]): JsonObject {
  const tells = (name: string): boolean => {
    const declared = capabilities[name]
    return has(capabilities, name) && isRecord(declared) && declared['listChanged'] === true
  }
  return {
    ...(tells('tools') && { toolsListChanged: true }),
    ...(tells('prompts') && { promptsListChanged: true }),
    ...(tells('resources') && { resourcesListChanged: true }),
    ...(uris.length > 0 && { resourceSubscriptions: uris }),
  }
}
