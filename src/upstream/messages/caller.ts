/**
 * The types of the caller behind a request to a server: what the server may learn about the caller, and how the
 * server can ask it something.
 */
import type { JsonObject } from '../../json/record.ts'

/** `elicitation/create`, `sampling/createMessage` or `roots/list`: what a server may ask of its client. */
export interface ServerQuestion {
  readonly method: string
  readonly params: JsonObject
}

/** The decision on a server's question before anybody is asked. */
export type QuestionOutcome =
  /** As it may be asked. */
  | { readonly kind: 'pass'; readonly question: ServerQuestion }
  /** Nobody is asked: this is the answer. */
  | { readonly kind: 'answer'; readonly answer: JsonObject }
  | { readonly kind: 'refuse'; readonly code: number; readonly reason: string }

export interface Caller {
  /**
   * The `ClientCapabilities` that the server is told of with this request: what the host declared, less what can't or
   * mustn't cross (relay/capabilities.ts). A server of the older era was told once, when it started.
   */
  readonly capabilities: JsonObject
  /** From this severity on log messages of the server are wanted; absent: none are. */
  readonly logLevel?: string | undefined
  /**
   * Asks now, and resolves with the client's result (up to 2025-11-25). Absent where the question has to be the answer
   * of the request, and the client's answer comes with its retry (2026-07-28 basic/patterns/mrtr).
   */
  readonly ask?: ((question: ServerQuestion, signal: AbortSignal) => Promise<JsonObject>) | undefined
  /** To be heard before a question becomes an answer; `ask` has heard it. */
  readonly prepare?: ((question: ServerQuestion, signal: AbortSignal) => Promise<QuestionOutcome>) | undefined
}

/** How a request that ended in questions goes on. */
export type Continuation =
  /** A server of 2026-07-28: it gets back the bytes that it gave. */
  | { readonly kind: 'state'; readonly requestState?: string }
  /** A server of the older era: its request is still open, and it waits for the answer. */
  | { readonly kind: 'parked'; readonly id: string }

/** What comes back with a retry: the answers by the keys of the questions. */
export interface Resumed {
  readonly from: Continuation
  readonly inputResponses: JsonObject
}

/** The host, as far as servers reach it outside of any request. */
export interface HostSide {
  /** What it can do, as far as this server may know; one of the older era is told when it starts. */
  capabilities(server: string): JsonObject
  /** From which severity on it wants log messages. */
  logLevel(): string | undefined
  /** The params of a `notifications/message`. */
  onMessage(server: string, message: JsonObject): void
  /** Rejects with an AskError. */
  onQuestion(server: string, question: ServerQuestion, signal: AbortSignal): Promise<JsonObject>
  onResourceUpdated(server: string, uri: string): void
  onElicitationComplete(server: string, elicitationId: string): void
  /** How long an open request waits for it to come back with answers. */
  readonly parkMs: number
}

/** The host's error in answer to a question; it goes back to the server that asked. */
export class AskError extends Error {
  readonly code: number
  readonly data: unknown
  constructor(code: number, message: string, data?: unknown) {
    super(message)
    this.code = code
    this.data = data
  }
}

/** The question was put to nobody; the message says why, in our words. */
export class NotAskedError extends AskError {}
