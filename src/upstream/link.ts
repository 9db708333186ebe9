/**
 * What a connection to a server has to offer, be it a child process (transport.ts) or a remote one (remote/link.ts). What
 * stands above it, the SDK's Client and a child's life, knows no difference between the two.
 */
import type { Transport } from '@modelcontextprotocol/client'
import type { SidemuxError } from '../errors.ts'
import type { JsonObject } from './normalize.ts'

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** How it ended: as a process does, or for a reason that ends a sentence which begins with the server's id. */
export type Ended = Exit | { readonly why: string }

export interface Link extends Transport {
  /** Null for a remote server, and while a process hasn't started. */
  readonly pid: number | null
  /** Undefined while it works. */
  readonly exit: Ended | undefined
  /** It speaks 2026-07-28 after all (gate.ts). */
  readonly provedModern: boolean
  /** A process went away before it was told to. */
  readonly endedByItself: boolean
  /** No answer can come any more. */
  readonly gone: boolean
  readonly whenGone: Promise<void>
  /** The answer to `initialize` or `server/discover`, as it came. */
  readonly handshake: JsonObject
  /** Why it can't be used, in our words, where the link knows it better than whoever gets its error. */
  readonly fault?: SidemuxError | undefined
  setProtocolVersion(version: string): void
  /** Callers that wait for an answer are told at once; resolves when nothing is left. */
  close(): Promise<void>
}
