/**
 * The door that the host knocks at: MCP on stdio in both eras. Nothing here waits for a child before `initialize` or
 * `server/discover` is answered; the first list waits as long as the sidecar lets it.
 *
 * What is relayed doesn't go through the SDK's schemas, neither as a request nor as a result: they would drop what they
 * don't know. So it is served by the fallback handler, which has none.
 */
import { setImmediate } from 'node:timers/promises'
import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  ProtocolError,
  ProtocolErrorCode,
  Server,
  type ServerContext,
} from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import type { Next } from '../pipeline/call.ts'
import { showsPages } from '../relay/capabilities.ts'
import type { Caller } from '../upstream/caller.ts'
import { isRecord, type JsonObject } from '../upstream/normalize.ts'
import type { CacheHint, OfferKind } from '../upstream/offer.ts'
import { isSeverity } from '../upstream/severity.ts'
import { answer } from './answer.ts'
import { liveAsk, type Era } from './asker.ts'
import { member } from './member.ts'
import { Listens } from './listens.ts'
import { callOf, CALLS, hostCapabilities, invalid, textOf } from './requests.ts'
import type { HostTransport } from './transport.ts'

/** The host as it can be reached outside of any request. */
export interface ConnectedHost {
  /** Absent since 2026-07-28, where nothing is asked but in answer to a request. */
  readonly ask?: Caller['ask']
  /** Nobody learns whether it arrived. */
  notify(method: string, params?: JsonObject): void
  /** `notifications/message` may be sent unasked (up to 2025-11-25). */
  readonly hearsLogs: boolean
  /** It hears of those changes only that it asked for, by a request of their own (since 2026-07-28). */
  readonly listens: boolean
}

export interface List {
  readonly entries: readonly JsonObject[]
  readonly cache: CacheHint | undefined
}

/** Who asks for a list. */
interface ListingHost {
  /** As it calls itself; unchecked. */
  readonly name: string | undefined
  /** It shows pages of servers (MCP Apps). */
  readonly pages: boolean
}

export interface DownstreamDeps {
  readonly version: string
  /** What the servers say of themselves to the model. */
  instructions(): string | undefined
  /** The merged list, when it is ready to be shown to this host. */
  list(kind: OfferKind, host: ListingHost): Promise<List>
  readonly call: Next
  nextCallId(): string
  /** What the host calls itself; unchecked. */
  onHost(name: string): void
  /** Told with each message in which it declares what it can do. */
  onIntroduced(capabilities: JsonObject): void
  onConnected(host: ConnectedHost): void
  onLogLevel(level: string): void
  /** The host's roots are other ones now. */
  onRootsChanged(): void
  /** Whether the host will hear of it. */
  watch(uri: string): Promise<boolean>
  unwatch(uri: string): void
  onError(error: Error): void
}

export interface HostConnection {
  /** Resolves when the host has gone. */
  readonly closed: Promise<void>
  close(): Promise<void>
}

const CAPABILITIES = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { listChanged: true, subscribe: true },
  completions: {},
  logging: {},
}

/** By method: the list, and the member of the result that holds it. */
const LISTS: Readonly<Record<string, readonly [OfferKind, string]>> = {
  'tools/list': ['tools', 'tools'],
  'prompts/list': ['prompts', 'prompts'],
  'resources/list': ['resources', 'resources'],
  'resources/templates/list': ['templates', 'resourceTemplates'],
}

export function serveHost(transport: HostTransport, deps: DownstreamDeps): HostConnection {
  const listens = new Listens(deps)
  transport.onsee = (message) => {
    const capabilities = introduction(message)
    if (capabilities !== undefined) deps.onIntroduced(capabilities)
    listens.see(message)
  }
  transport.onhold = (message) => listens.hold(message)
  const handle = serveStdio(({ era }) => createServer(era, deps), {
    transport,
    onerror: (error) => deps.onError(error),
  })
  return { closed: transport.closed, close: () => handle.close() }
}

/** What a host declares when it initializes, or since 2026-07-28 with whatever comes first. */
function introduction({ method, params }: JsonObject): JsonObject | undefined {
  const declared =
    method === 'initialize'
      ? member(params, 'capabilities')
      : member(member(params, '_meta'), CLIENT_CAPABILITIES_META_KEY)
  return isRecord(declared) ? declared : method === 'initialize' ? {} : undefined
}

function createServer(era: Era, deps: DownstreamDeps): Server {
  const instructions = deps.instructions()
  const server = new Server(
    { name: 'sidemux', version: deps.version },
    { capabilities: CAPABILITIES, ...(instructions !== undefined && { instructions }) },
  )
  let logLevel: string | undefined
  // The SDK's own would answer to a level that is none as if sidemux had failed.
  server.removeRequestHandler('logging/setLevel')
  server.fallbackRequestHandler = async (request, context) => {
    if (request.method !== 'logging/setLevel') return serve(request, { era, server, context, logLevel }, deps)
    logLevel = levelOf(request.params)
    deps.onLogLevel(logLevel)
    return {}
  }
  server.setNotificationHandler('notifications/roots/list_changed', () => deps.onRootsChanged())
  server.oninitialized = () => tellHost(server.getClientVersion(), deps)
  deps.onConnected({
    hearsLogs: era === 'legacy',
    listens: era === 'modern',
    notify: (method, params) => {
      server.notification({ method, ...(params !== undefined && { params: { ...params } }) }).catch(() => {
        // It doesn't want to hear that, or it is gone.
      })
    },
    ...(era === 'legacy' && { ask: liveAsk(server) }),
  })
  return server
}

function levelOf(params: JsonObject = {}): string {
  const level = textOf(params, 'level')
  if (!isSeverity(level)) throw invalid('level is none of RFC 5424')
  return level
}

interface Served {
  readonly era: Era
  readonly server: Server
  readonly context: ServerContext
  readonly logLevel: string | undefined
}

async function serve(
  { method, params = {} }: { method: string; params?: JsonObject | undefined },
  served: Served,
  deps: DownstreamDeps,
): Promise<Record<string, unknown>> {
  const { era } = served
  if (era === 'modern') tellHost(hostInfo(served), deps)
  const list = Object.hasOwn(LISTS, method) ? LISTS[method] : undefined
  if (list !== undefined) return listResult(list, params, served, deps)
  const kind = Object.hasOwn(CALLS, method) ? CALLS[method] : undefined
  if (kind !== undefined) {
    const call = callOf(kind, params, { ...served, id: deps.nextCallId() })
    const answered = await deps.call(call)
    // Some hosts lose the last progress when the result is right behind it.
    if (call.onProgress !== undefined) await setImmediate()
    return answer(call, answered, era)
  }
  if (method === 'resources/unsubscribe') {
    deps.unwatch(textOf(params, 'uri'))
    return {}
  }
  throw new ProtocolError(ProtocolErrorCode.MethodNotFound, 'Method not found')
}

async function listResult(
  [kind, name]: readonly [OfferKind, string],
  params: JsonObject,
  served: Served,
  deps: DownstreamDeps,
): Promise<Record<string, unknown>> {
  // The list is one page, so no cursor is ever ours (2025-11-25 server/utilities/pagination: -32602).
  if (params['cursor'] !== undefined) throw invalid('the cursor is not one of ours')
  const { entries, cache } = await deps.list(kind, {
    name: nameOf(hostInfo(served)),
    pages: showsPages(hostCapabilities(served)),
  })
  return { [name]: entries, ...cache }
}

/** Since 2026-07-28 it says with each request who it is. */
function hostInfo({ era, server, context }: Served): unknown {
  return era === 'modern' ? member(context.mcpReq.envelope, CLIENT_INFO_META_KEY) : server.getClientVersion()
}

function nameOf(info: unknown): string | undefined {
  const name = member(info, 'name')
  return typeof name === 'string' ? name : undefined
}

function tellHost(info: unknown, deps: DownstreamDeps): void {
  const name = nameOf(info)
  if (name !== undefined) deps.onHost(name)
}
