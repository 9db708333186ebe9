/**
 * MCP 2026-07-28 towards a host. Each request says in its envelope which revision it is of and what its host can do;
 * nothing is told or asked but in answer to a request; and each result says whose it is and how long it may be kept.
 */
import { STEADY } from '../../json/steady.ts'
import { isRecord, type JsonObject } from '../../json/record.ts'
import { jsonTextOf, keepText } from '../../json/text.ts'
import { writeJson } from '../../json/write.ts'
import {
  CLIENT_CAPABILITIES_KEY,
  CLIENT_INFO_KEY,
  INTERNAL_ERROR,
  INVALID_PARAMS,
  LOG_LEVEL_KEY,
  MODERN_VERSIONS,
  PROTOCOL_VERSION_KEY,
  SERVER_INFO_KEY,
  SUBSCRIPTION_ID_KEY,
} from '../../wire/message.ts'
import { RpcError } from '../../wire/rpc-error.ts'
import { modernSelf, type HostSelf } from '../asker.ts'
import type { HostRequest } from '../host-request.ts'
import type { HostNotification } from '../incoming.ts'
import { Listens } from '../listens.ts'
import type { HostRooms } from '../rooms.ts'
import { answerShared, CAPABILITIES, earlyList, notFound, type EraDeps, type HostEra } from './era.ts'
import { hasEnvelope } from './introduction.ts'
import { refuseBadEnvelope } from './opening.ts'

/** What MCP had before and has no more: not found, whatever the envelope is. */
const GONE: ReadonlySet<string> = new Set([
  'initialize',
  'ping',
  'logging/setLevel',
  'resources/subscribe',
  'resources/unsubscribe',
  'tasks/get',
  'tasks/result',
  'tasks/list',
  'tasks/cancel',
  'sampling/createMessage',
  'elicitation/create',
  'roots/list',
])
/** Their results say how long they may be kept (server/utilities/caching). */
const CACHED: ReadonlySet<string> = new Set([
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'resources/read',
  'server/discover',
])
/** Their results may be something else than complete (basic/patterns/mrtr). */
const ASKING: ReadonlySet<string> = new Set(['tools/call', 'prompts/get', 'resources/read'])
/** What a host hears of that listens. */
const CHANGES: ReadonlySet<string> = new Set([
  'notifications/tools/list_changed',
  'notifications/prompts/list_changed',
  'notifications/resources/list_changed',
  'notifications/resources/updated',
])
const LACKING = `Request is missing the required _meta envelope for protocol revision ${MODERN_VERSIONS[0]} (io.modelcontextprotocol/protocolVersion, io.modelcontextprotocol/clientCapabilities)`

export class ModernEra implements HostEra {
  readonly name = 'modern'
  readonly #deps: EraDeps
  /** What each result is signed with. */
  readonly #meta: JsonObject
  #listens: Listens | undefined
  /** Hosts say the same with each request; its JSON, and what was made of it. */
  #known: { readonly text: string; readonly self: HostSelf } | undefined

  constructor(deps: EraDeps) {
    this.#deps = deps
    this.#meta = { [SERVER_INFO_KEY]: { name: 'sidemux', version: deps.front.version } }
    const connected = {
      hearsLogs: false,
      listens: true,
      notify: (method: string, params?: JsonObject) => this.notify(method, params),
    }
    deps.withRooms((rooms) => rooms.onConnected(connected))
  }

  greet(request: HostRequest): JsonObject | undefined {
    const { method, meta } = request
    if (GONE.has(method)) throw notFound()
    if (!hasEnvelope(meta)) throw new RpcError(INVALID_PARAMS, LACKING)
    request.from = this.#introduced(meta)
    if (method !== 'server/discover') return undefined
    const said = this.#deps.front.instructions()
    return {
      supportedVersions: MODERN_VERSIONS,
      capabilities: CAPABILITIES,
      ...(said !== undefined && said !== '' && { instructions: said }),
    }
  }

  early(request: HostRequest): JsonObject | undefined {
    return earlyList(request, request.from, this.#deps)
  }

  answer(request: HostRequest, rooms: HostRooms): JsonObject | Promise<JsonObject> | undefined {
    if (request.method === 'subscriptions/listen') {
      const { notify, confirm } = this.#deps
      this.#listens ??= new Listens({
        notify,
        confirm,
        watch: (uri) => rooms.watch(uri),
        unwatch: (uri) => rooms.unwatch(uri),
      })
      this.#listens.begin(request.id, request.params['notifications'])
      return undefined
    }
    const self = request.from
    if (self === undefined) throw notFound()
    if (self.name !== undefined) rooms.onHost(self.name)
    return answerShared(request, { self, rooms, era: 'modern', notify: this.#deps.notify })
  }

  finish(method: string, result: JsonObject): JsonObject {
    const { resultType = 'complete', _meta } = result
    if (resultType !== 'complete' && !ASKING.has(method)) throw new RpcError(INTERNAL_ERROR, 'Internal error')
    const isKept = resultType === 'complete' && CACHED.has(method)
    const signed = this.#signed(_meta)
    return extended(result, {
      ...(!('resultType' in result) && { resultType }),
      ...(isKept && missingHints(result)),
      ...(signed !== _meta && { _meta: signed }),
    })
  }

  told({ meta }: HostNotification): void {
    if (hasEnvelope(meta)) this.#introduced(meta)
  }

  cancel(id: HostRequest['id']): boolean {
    return this.#listens?.end(id) === true
  }

  notify(method: string, params: JsonObject = {}): void {
    if (CHANGES.has(method)) this.#listens?.tell(method, params)
  }

  end(): readonly (readonly [HostRequest['id'], JsonObject])[] {
    return (this.#listens?.endAll() ?? []).map((id) => [
      id,
      { resultType: 'complete', _meta: { [SUBSCRIPTION_ID_KEY]: id, ...this.#meta } },
    ])
  }

  /** @throws RpcError */
  #introduced(meta: JsonObject): HostSelf {
    const { [CLIENT_CAPABILITIES_KEY]: declared, [CLIENT_INFO_KEY]: info, [LOG_LEVEL_KEY]: level } = meta
    const text = JSON.stringify({ version: meta[PROTOCOL_VERSION_KEY], declared, info, level })
    if (this.#known?.text === text) return this.#known.self
    refuseBadEnvelope(meta)
    const capabilities = declared as JsonObject
    const logLevel = typeof level === 'string' ? level : undefined
    const self = modernSelf({ capabilities, info, logLevel })
    this.#known = { text, self }
    this.#deps.withRooms((rooms) => {
      rooms.onIntroduced(capabilities)
      rooms.onReady(self.asker)
    })
    return self
  }

  /** A server's own name stays, since it is nearer to what it says (basic/index, results). */
  #signed(meta: unknown): unknown {
    if (meta === undefined) return this.#meta
    if (!isRecord(meta) || meta[SERVER_INFO_KEY] !== undefined) return meta
    return { ...STEADY, ...meta, ...this.#meta }
  }
}

/** What a result has to say of how long it may be kept, and doesn't. */
function missingHints({ ttlMs, cacheScope }: JsonObject): JsonObject {
  const isTime = Number.isSafeInteger(ttlMs) && Number(ttlMs) >= 0
  const isScope = cacheScope === 'public' || cacheScope === 'private'
  return { ...STEADY, ...(!isTime && { ttlMs: 0 }), ...(!isScope && { cacheScope: 'private' }) }
}

/** With these members. Where the text of the result is known they are written behind it, so it isn't printed again. */
function extended(result: JsonObject, members: JsonObject): JsonObject {
  const names = Object.keys(members)
  if (names.length === 0) return result
  const whole = { ...STEADY, ...result, ...members }
  const text = jsonTextOf(result)
  const isOneMore = names.every((name) => !Object.hasOwn(result, name)) && Object.keys(result).length > 0
  if (text !== undefined && isOneMore) keepText(whole, `${text.slice(0, -1)},${writeJson(members).slice(1)}`)
  return whole
}
