/**
 * The interface of a link to a server. It has two forms: to a child process (process-link.ts) and to a remote server
 * (remote/remote-link.ts). Whoever speaks to a server by it (session/, life/) doesn't see a difference between them.
 */
import type { SidemuxError } from '../../errors.ts'
import type { JsonObject } from '../../json/record.ts'
import type { Id } from '../../wire/ids.ts'
import type { ServerQuestion } from '../messages/caller.ts'
import type { Waiter } from './request-end.ts'
import type { Drop } from './gate.ts'

export interface ProcessExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** How a connection ended, for a reason that ends a sentence which begins with the server's id. */
export interface Parted {
  readonly why: string
  /** Whether there is to be another at once, or none before somebody has helped; after a pause when absent. */
  readonly again?: 'now' | 'never'
  /** What helps, where somebody has to. */
  readonly hint?: string
}

/** How it ended: as a process does, or as a connection does. */
export type LinkEnd = ProcessExit | Parted

/** Who is told of what a server sends and nobody of us has asked for. */
export interface LinkHooks {
  /** A message was dropped, or replaced by an answer in our words. */
  onBad(why: Drop): void
  /** Rejects with an AskError, which the server is told. */
  onQuestion(question: ServerQuestion, signal: AbortSignal): Promise<JsonObject>
}

export interface Link {
  /** Null for a remote server, and while a process hasn't started. */
  readonly pid: number | null
  /** Undefined while it works. */
  readonly exit: LinkEnd | undefined
  /** A process went away before it was told to. */
  readonly endedByItself: boolean
  /** No answer can come any more. */
  readonly gone: boolean
  readonly whenGone: Promise<void>
  /** No request of a caller waited for its answer when it went. */
  readonly wasIdle: boolean
  /** It takes no new requests, but those under way may still be answered; true when it is gone. */
  readonly over: boolean
  readonly whenOver: Promise<void>
  /** Why it can't be used, in our words, where the link knows it better than whoever gets its error. */
  readonly fault?: SidemuxError | undefined
  /** The notifications of the server that belong to no request of ours. */
  onNotice?: ((method: string, params: JsonObject) => void) | undefined
  /** Spawns the process, or connects; called once. Rejects when there is nothing to speak to. */
  start(): Promise<void>
  /**
   * Sends a request. Never throws: what goes wrong is its answer.
   *
   * @param id of ours, used once on this link; where progress is wanted it is the progress token in `params` too
   */
  request(id: Id, method: string, params: JsonObject | undefined, waiter: Waiter): void
  /** Resolves when it was sent, as far as can be known; rejects when it can't be. */
  notify(method: string, params?: JsonObject): Promise<void>
  /**
   * Nobody wants the answer of that request any more, and its waiter hears nothing more. The server is told in the way
   * of its transport and era.
   *
   * @param params of `notifications/cancelled`
   */
  cancel(id: Id, params: JsonObject): void
  /** Which version was agreed on: from 2026-07-28 on a server asks nothing. */
  setProtocolVersion(version: string): void
  /** Callers that wait for an answer are told at once; resolves when nothing is left. */
  close(): Promise<void>
}
