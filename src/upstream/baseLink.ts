/**
 * What a child process (transport.ts) and a remote server (remote/link.ts) have in common, as the SDK's Client sees
 * them.
 *
 * - Every message is judged (inbox.ts) before the SDK gets it, and handed on in the order in which it came. A long one
 *   that is read elsewhere (large.ts) holds up those behind it.
 * - Its end is said once. After that nothing that the server sends counts, and sending fails.
 * - When it is the server that ends, what it had sent counts still. When we end it, callers are told at once.
 */
import type { JSONRPCMessage, Transport, TransportSendOptions } from '@modelcontextprotocol/client'
import type { Frame, LargeLine } from './framing.ts'
import { FIRST_MODERN_VERSION, type Gate } from './gate.ts'
import { Inbox, type InboxHooks } from './inbox.ts'
import type { ReadLarge } from './large.ts'
import type { Ended, Link } from './link.ts'
import type { JsonObject } from './normalize.ts'

/** The server doesn't read, or is gone. */
export class SendError extends Error {}

/** So much waits for it already that nothing of this one was sent. */
export class QueueFull extends SendError {}

export interface LinkOptions {
  readonly readLarge?: ReadLarge
}

/** What may wait to be sent. */
export const MAX_QUEUED_BYTES = 16 * 1024 * 1024

export abstract class BaseLink implements Link {
  onclose?: (() => void) | undefined
  onerror?: ((error: Error) => void) | undefined
  onmessage?: Transport['onmessage']

  abstract readonly pid: number | null
  abstract readonly exit: Ended | undefined
  abstract readonly endedByItself: boolean
  readonly whenGone: Promise<void>
  readonly #inbox: Inbox
  #handedOn: Promise<void> = Promise.resolve()
  #gone = false
  #ending: Promise<void> | undefined
  #sayGone: () => void = () => undefined

  constructor(hooks: InboxHooks, { readLarge }: LinkOptions) {
    this.#inbox = new Inbox({
      onBad: (why) => hooks.onBad(why),
      onQuestion: (question, signal) => hooks.onQuestion(question, signal),
      deliver: (message) => this.deliver(message),
      reply: (message) => this.send(message),
      queued: () => this.queued,
      over: () => this.#gone,
      ...(readLarge && { readLarge }),
    })
    this.whenGone = new Promise((resolve) => {
      this.#sayGone = resolve
    })
  }

  abstract start(): Promise<void>
  abstract send(message: JSONRPCMessage, options?: TransportSendOptions): Promise<void>
  /** Bytes that wait to be sent. */
  protected abstract readonly queued: number
  /** Ends whatever there is; called once. */
  protected abstract end(): Promise<void>

  get provedModern(): boolean {
    return this.gate.provedModern
  }

  get handshake(): JsonObject {
    return this.gate.handshake
  }

  get gone(): boolean {
    return this.#gone
  }

  protected get gate(): Gate {
    return this.#inbox.gate
  }

  /** The SDK calls it when the era is known. */
  setProtocolVersion(version: string): void {
    this.gate.modern = version >= FIRST_MODERN_VERSION
  }

  /** Resolves when they have been handed on, and all that came before. */
  protected take(frames: Iterable<Frame | LargeLine>): Promise<void> {
    this.#handedOn = this.#handedOn.then(() => this.#inbox.take(frames))
    return this.#handedOn
  }

  /** Does something when all that has come was handed on. */
  protected afterAll(act: () => void): Promise<void> {
    this.#handedOn = this.#handedOn.then(act, act)
    return this.#handedOn
  }

  protected deliver(message: JSONRPCMessage): void {
    try {
      this.onmessage?.(message)
    } catch (error) {
      this.onerror?.(error instanceof Error ? error : new Error('A message could not be handled.'))
    }
  }

  /** No answer comes any more. */
  protected leave(): void {
    if (this.#gone) return
    this.#gone = true
    this.#inbox.close()
    void this.close()
    this.#sayGone()
    this.onclose?.()
  }

  /** Callers that wait for an answer are told at once; resolves when nothing is left. */
  close(): Promise<void> {
    this.#ending ??= this.end()
    this.leave()
    return this.#ending
  }
}
