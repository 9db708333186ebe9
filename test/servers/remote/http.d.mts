import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

export interface SeenRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly body: string
}

/** True when it has answered, or never will. */
export type Fault = (exchange: Exchange) => boolean | undefined | Promise<boolean | undefined>

export interface RemoteOptions {
  readonly port?: number
  /** Speaks https. */
  readonly tls?: { readonly key: string; readonly cert: string }
  readonly legacy?: 'stateless' | 'reject'
  /** Answers with JSON instead of a stream (sdk1). */
  readonly json?: boolean
  /** What it says of a session that it doesn't know (sdk1). */
  readonly unknownSession?: number
  readonly keepAliveMs?: number
  readonly guard?: (
    request: IncomingMessage,
  ) => { readonly status: number; readonly headers: Record<string, string> } | undefined
  readonly pages?: (
    request: IncomingMessage,
    response: ServerResponse,
    body: string,
  ) => boolean | undefined | Promise<boolean | undefined>
}

export interface RemoteServer {
  readonly port: number
  readonly origin: string
  readonly url: string
  readonly calls: (readonly unknown[])[]
  readonly requests: SeenRequest[]
  readonly sessions: Map<string, unknown>
  readonly deleted: string[]
  readonly faults: Fault[]
  readonly sockets: Set<Socket>
  close(): Promise<void>
}

export type RemoteKind = 'sdk2' | 'sdk1' | 'sse'
export function startRemote(kind: RemoteKind, options?: RemoteOptions): Promise<RemoteServer>
