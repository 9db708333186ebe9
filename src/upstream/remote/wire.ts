/**
 * The SDK's own transports, which speak HTTP: Streamable HTTP, and the older SSE. They get our `fetch` (route.ts) and
 * hand over what they read to whoever sets `onmessage`.
 */
import {
  SSEClientTransport,
  StreamableHTTPClientTransport,
  type FetchLike,
  type JSONRPCMessage,
  type TransportSendOptions,
} from '@modelcontextprotocol/client'
import type { RemoteTarget } from './target.ts'

export type Wire = StreamableHTTPClientTransport | SSEClientTransport

const RECONNECTION = {
  initialReconnectionDelay: 1000,
  maxReconnectionDelay: 30_000,
  reconnectionDelayGrowFactor: 1.5,
  maxRetries: 4,
}

export interface WireHooks {
  readonly fetch: FetchLike
  onMessage(message: JSONRPCMessage): void
  /** A stream that broke off could not be opened again. */
  onGivenUp(): void
}

export function openWire(kind: 'http' | 'sse', target: RemoteTarget, hooks: WireHooks): Wire {
  const { url, headers, session } = target
  const common = {
    fetch: hooks.fetch,
    requestInit: { headers },
    ...(session === undefined ? {} : { authProvider: session }),
  }
  const wire =
    kind === 'sse'
      ? new SSEClientTransport(url, common)
      : new StreamableHTTPClientTransport(url, {
          ...common,
          reconnectionOptions: RECONNECTION,
          onInsufficientScope: 'throw',
        })
  wire.onmessage = (message: JSONRPCMessage) => hooks.onMessage(message)
  wire.onerror = ({ message }) => {
    if (message.startsWith('Maximum reconnection attempts')) hooks.onGivenUp()
  }
  return wire
}

export function isSse(wire: Wire): wire is SSEClientTransport {
  return wire instanceof SSEClientTransport
}

export async function sendOver(
  wire: Wire,
  message: JSONRPCMessage,
  { requestSignal, onRequestStreamEnd, headers }: TransportSendOptions,
): Promise<void> {
  if (isSse(wire)) return await wire.send(message)
  await wire.send(message, {
    ...(requestSignal === undefined ? {} : { requestSignal }),
    ...(onRequestStreamEnd === undefined ? {} : { onRequestStreamEnd }),
    ...(headers === undefined ? {} : { headers }),
  })
}
