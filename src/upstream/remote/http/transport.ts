/**
 * The interface of the two transports of MCP over HTTP: Streamable HTTP (streamable.ts), and the older one (older.ts). The
 * link above them sends messages and is handed those that come; which requests of HTTP that takes is theirs.
 */
import type { Id } from '../../../wire/ids.ts'
import type { Post } from './post.ts'
import type { Arrived } from './reading.ts'

/** What GET was answered. */
export interface StreamOpening {
  readonly status: number
  readonly isStream: boolean
  /** It was to take up one that broke off. */
  readonly isAgain: boolean
}

export interface TransportEvents {
  /** Undefined when they were handed on at once; else it resolves when they were, and more may be read. */
  take(messages: Iterable<Arrived>): Promise<void> | undefined
  /** Somebody waits for the answer to this request. */
  waits(id: Id): boolean
  /** Nothing new is asked of the server, so no stream is opened any more. */
  isOver(): boolean
  /** HTTP has begun to answer it. */
  onHead(post: Post): void
  /** The stream of its answer is over, and whatever could take its place: no answer can come any more. */
  onEnd(post: Post): void
  onStream(opening: StreamOpening): void
  /** A stream that broke off could not be opened again. */
  onGivenUp(): void
  /** The one stream of the older transport came to its end, or broke off. */
  onClosed(): void
}

export interface RemoteTransport {
  readonly kind: 'http' | 'sse'
  /** That the server gave us; undefined where it keeps none, and for the older transport. */
  readonly sessionId: string | undefined
  /** A stream of news is open. */
  readonly isListening: boolean
  /** The revision of MCP that was agreed on. */
  version: string | undefined
  /** @throws as `send` */
  start(): Promise<void>
  /**
   * Resolves when HTTP has answered it, and with a body that is the answer when that was handed on. `post.hasStream`
   * says that the answer comes by a stream.
   *
   * @throws HttpRefusal, ScopeMissing, NotMcp (refusal.ts), a SidemuxError of the login, or what net/client.ts throws
   */
  send(post: Post): Promise<void>
  /** Gives the session back. */
  endSession(): Promise<void>
  /** Nothing that comes is read any more. */
  close(): void
}
