/**
 * The door that the host knocks at: MCP on stdio in both eras, tools only. Nothing here waits for a child before
 * `initialize` or `server/discover` is answered; the first list waits as long as the sidecar lets it.
 */
import {
  CLIENT_INFO_META_KEY,
  ProtocolError,
  ProtocolErrorCode,
  Server,
  type ServerContext,
} from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import type { Call, Next, Progress } from '../pipeline/call.ts'
import { answer } from './answer.ts'
import { askerFor, type Era } from './asker.ts'
import { member } from './member.ts'
import type { HostTransport } from './transport.ts'

export interface DownstreamDeps {
  readonly version: string
  /** The merged list, when it is ready to be shown. */
  listTools(): Promise<readonly Readonly<Record<string, unknown>>[]>
  readonly call: Next
  nextCallId(): string
  /** What the host calls itself; unchecked. */
  onHost(name: string): void
  /** Calls back when the list has changed; returns how to stop. */
  onListChanged(listener: () => void): () => void
  onError(error: Error): void
}

export interface HostConnection {
  /** Resolves when the host has gone. */
  readonly closed: Promise<void>
  close(): Promise<void>
}

export function serveHost(transport: HostTransport, deps: DownstreamDeps): HostConnection {
  const handle = serveStdio(({ era }) => createServer(era, deps), {
    transport,
    onerror: (error) => deps.onError(error),
  })
  return { closed: transport.closed, close: () => handle.close() }
}

function createServer(era: Era, deps: DownstreamDeps): Server {
  const server = new Server(
    { name: 'sidemux', version: deps.version },
    { capabilities: { tools: { listChanged: true } }, inputRequired: { legacyShim: false } },
  )
  server.setRequestHandler('tools/list', async (request) => {
    // The list is one page, so no cursor is ever ours (2025-11-25 server/utilities/pagination: -32602).
    if (request.params?.cursor !== undefined)
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'Invalid cursor')
    return { tools: [...(await deps.listTools())] as never[] }
  })
  server.setRequestHandler('tools/call', async (request, context) => {
    const call = callOf(request.params, era, server, context, deps)
    return answer(call, await deps.call(call), era)
  })
  const stopListening = deps.onListChanged(() => {
    server
      .sendToolListChanged()
      .catch((error: unknown) =>
        deps.onError(error instanceof Error ? error : new Error('list_changed was not sent')),
      )
  })
  server.onclose = stopListening
  server.oninitialized = () => tellHost(server.getClientVersion(), deps)
  return server
}

interface CallParams {
  readonly name: string
  readonly arguments?: Record<string, unknown> | undefined
}

function callOf(
  params: CallParams,
  era: Era,
  server: Server,
  context: ServerContext,
  deps: DownstreamDeps,
): Call {
  const { _meta, signal, envelope } = context.mcpReq
  if (era === 'modern') tellHost(member(envelope, CLIENT_INFO_META_KEY), deps)
  const progressToken = _meta?.progressToken
  const meta = crossingMeta(_meta)
  return {
    id: deps.nextCallId(),
    kind: 'tool',
    name: params.name,
    args: params.arguments ?? {},
    signal,
    asker: askerFor(era, server, context),
    caller: { capabilities: {} },
    ...(meta === undefined ? {} : { meta }),
    ...(progressToken === undefined ? {} : { onProgress: progressSender(progressToken, context) }),
  }
}

function tellHost(info: unknown, deps: DownstreamDeps): void {
  if (info !== null && typeof info === 'object' && 'name' in info && typeof info.name === 'string')
    deps.onHost(info.name)
}

/** Under the host's own token, strictly increasing, and nothing once the request is over (basic/patterns/progress). */
function progressSender(
  progressToken: string | number,
  context: ServerContext,
): (progress: Progress) => void {
  let last = Number.NEGATIVE_INFINITY
  return (progress) => {
    if (progress.progress <= last || context.mcpReq.signal.aborted) return
    last = progress.progress
    context.mcpReq
      .notify({ method: 'notifications/progress', params: { progressToken, ...progress } })
      .catch(() => {
        // The host is gone or hears no progress; the call itself will notice.
      })
  }
}

/** Trace context and third-party keys cross; what belongs to this hop doesn't (2026-07-28 basic/index, _meta). */
function crossingMeta(
  meta: Readonly<Record<string, unknown>> | undefined,
): Readonly<Record<string, unknown>> | undefined {
  const kept = Object.entries(meta ?? {}).filter(
    ([key]) => key !== 'progressToken' && !key.startsWith('io.modelcontextprotocol/'),
  )
  return kept.length === 0 ? undefined : Object.fromEntries(kept)
}
