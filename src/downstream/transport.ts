/**
 * The pipe to the host: one JSON message a line on our stdin and stdout. Ours rather than the SDK's for five
 * reasons: a message beyond the SDK's 10 MiB buffer would close the connection for everybody, a result beyond it
 * would make a host of the same SDK close it, a host that stops reading must not make us hoard, and the SDK takes
 * the reply "00" for one to request 0, which would let a forged reply answer a question (promise 4), and requests in a
 * revision that it doesn't know once a connection is settled.
 */
import {
  isJSONRPCRequest,
  PROTOCOL_VERSION_META_KEY,
  UnsupportedProtocolVersionError,
  type JSONRPCMessage,
  type Transport,
} from '@modelcontextprotocol/server'
import { ExactNumber } from '../json/number.ts'
import { jsonParts } from '../json/write.ts'
import { LineFramer, type BadLine, type Frame } from '../upstream/framing.ts'
import { member } from './member.ts'

/** Hosts built on the SDK read at most 10 MiB a message; a little is left for what they hold besides it. */
export const MAX_OUTGOING_BYTES = 10 * 1024 * 1024 - 64 * 1024
/** Notifications may be lost, answers may not: beyond this backlog the former are dropped. */
const MAX_BACKLOG_BYTES = 1024 * 1024

/** The revisions in which each request names its own. */
const VERSIONS_PER_REQUEST = ['2026-07-28']

const INVALID_REQUEST = -32_600
const INTERNAL_ERROR = -32_603
const PARSE_ERROR = -32_700

export class HostTransport implements Transport {
  onclose?: () => void
  onerror?: (error: Error) => void
  onmessage?: Transport['onmessage']
  /** Looks at each message before it is served. */
  onsee?: (message: Readonly<Record<string, unknown>>) => void
  /** Gives what is to be sent in place of a message, when it may be; undefined where it may go as it is. */
  onhold?: (message: JSONRPCMessage) => Promise<JSONRPCMessage> | undefined
  /** Resolves when the host has gone, or `close()` was called. */
  readonly closed: Promise<void>

  readonly #stdin: NodeJS.ReadableStream
  readonly #stdout: NodeJS.WritableStream & { readonly writableLength?: number }
  readonly #write: (part: string | Uint8Array) => boolean
  readonly #framer = new LineFramer({ sought: 'request' })
  /** Requests of ours that the host hasn't answered; ids count with their type. */
  readonly #asked = new Set<string | number>()
  #open = true
  #markClosed: () => void = () => {}

  constructor(
    stdin: NodeJS.ReadableStream,
    stdout: NodeJS.WritableStream & { readonly writableLength?: number },
  ) {
    this.#stdin = stdin
    this.#stdout = stdout
    // Bound now, so that a later guard against stray prints can take the stream's own `write` away.
    this.#write = stdout.write.bind(stdout)
    this.closed = new Promise((resolve) => {
      this.#markClosed = resolve
    })
  }

  async start(): Promise<void> {
    this.#stdin.on('data', this.#onData)
    this.#stdin.once('end', this.#onEnd)
    this.#stdin.once('close', this.#onEnd)
    this.#stdin.on('error', this.#onEnd)
    this.#stdout.on('error', this.#onEnd)
    this.#stdout.on('drain', () => this.#stdin.resume())
  }

  async send(message: JSONRPCMessage): Promise<void> {
    if (!this.#open) return
    if ('method' in message && 'id' in message) this.#asked.add(message.id)
    this.#forget(message)
    const held = this.onhold?.(message)
    if (held === undefined) this.#send(message)
    else this.#send(await held)
  }

  /** A question that was withdrawn needs no answer any more. */
  #forget(message: JSONRPCMessage): void {
    if (!('method' in message) || message.method !== 'notifications/cancelled') return
    const id = member(message.params, 'requestId')
    if (typeof id === 'string' || typeof id === 'number') this.#asked.delete(id)
  }

  #send(message: JSONRPCMessage): void {
    if (!this.#open) return
    if (!('id' in message) && (this.#stdout.writableLength ?? 0) > MAX_BACKLOG_BYTES) return
    let isRead = true
    for (const part of serialize(message)) isRead = this.#write(part)
    // While the host doesn't read what we have for it, we don't read what it wants.
    if (!isRead) this.#stdin.pause()
  }

  async close(): Promise<void> {
    if (!this.#open) return
    this.#open = false
    this.#stdin.off('data', this.#onData)
    this.#stdin.pause()
    this.onclose?.()
    this.#markClosed()
  }

  readonly #onEnd = (): void => {
    void this.close()
  }

  readonly #onData = (chunk: Buffer): void => {
    for (const frame of this.#framer.push(chunk)) {
      if (!this.#open) return
      if (frame.kind === 'message') this.#take(frame.message)
      else if (frame.kind === 'bad') {
        this.onerror?.(new Error(`the host sent a line that is not a message (${frame.why})`))
        for (const id of idsOf(frame))
          this.#refuse(id, UNREADABLE[frame.why], id === null ? CODES[frame.why] : undefined)
      }
    }
  }

  #take(message: Readonly<Record<string, unknown>>): void {
    const [id] = requestId(message)
    if (this.#isNothing(message)) {
      this.onerror?.(new Error('the host sent a message that is none of JSON-RPC 2.0'))
      this.#refuse(isId(message['id']) ? message['id'] : null, 'it is no message of JSON-RPC 2.0')
    } else if (id !== undefined && !isJSONRPCRequest(message)) {
      // The SDK would drop it, and the host would wait for an answer until its own timeout.
      this.onerror?.(new Error('the host sent a request that is not one of JSON-RPC 2.0'))
      this.#refuse(id, 'it is not a request of JSON-RPC 2.0')
    } else if (id !== undefined && unknownVersion(message) !== undefined) {
      // On a connection whose revision is settled the SDK would serve it (2026-07-28 basic/versioning, -32022).
      void this.send(versionReply(id, unknownVersion(message) ?? ''))
    } else if (this.#isExpected(message)) {
      this.onsee?.(message)
      this.onmessage?.(message as JSONRPCMessage)
    } else {
      this.onerror?.(new Error('the host answered a request that was not asked, or is answered already'))
    }
  }

  /** Neither a request nor a notification nor an answer; or a request by whose id nobody could find the answer. */
  #isNothing(message: Readonly<Record<string, unknown>>): boolean {
    if (!('method' in message)) {
      const isBrokenAnswer = isId(message['id']) && this.#asked.has(message['id'])
      return !('result' in message) && !('error' in message) && !isBrokenAnswer
    }
    return 'id' in message ? requestId(message).length === 0 : typeof message['method'] !== 'string'
  }

  /** @param id null where it can't be told (JSON-RPC 2.0, Response object) */
  #refuse(id: string | number | null, why: string, code: number = INVALID_REQUEST): void {
    void this.send(errorReply(id, code, `the request was not carried out: ${why}`))
  }

  #isExpected(message: Readonly<Record<string, unknown>>): boolean {
    if ('method' in message) return true
    const { id } = message
    return (typeof id === 'string' || typeof id === 'number') && this.#asked.delete(id)
  }
}

const UNREADABLE: Readonly<Record<BadLine, string>> = {
  'too-long': 'a message may have at most 10 MiB',
  'too-deep': 'it is nested deeper than 256 levels',
  'not-utf8': 'it is not UTF-8',
  'not-json': 'it is not JSON',
  'not-an-object': 'it is not an object',
  batch: 'batches are not supported, send each request on a line of its own',
  unreadable: 'it could not be read',
}

/** Those by which a host learns what became of the line; null where that can't be told. */
function idsOf({ id, batch }: Extract<Frame, { kind: 'bad' }>): readonly (string | number | null)[] {
  if (id !== undefined) return [id]
  if (batch === undefined || batch.length === 0) return [null]
  return batch.flatMap(requestId)
}

function isId(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number'
}

/** Where it isn't that of a request which is none. */
const CODES: Partial<Record<BadLine, number>> = { 'not-json': PARSE_ERROR, 'not-utf8': PARSE_ERROR }

/** The id of what asks for an answer; none for a notification, an answer, or what has no id that could be sent back. */
function requestId(message: unknown): readonly (string | number)[] {
  if (message === null || typeof message !== 'object' || !('method' in message) || !('id' in message))
    return []
  const isId = typeof message.id === 'string' || typeof message.id === 'number'
  // One that no double keeps is none of JSON-RPC's, but the refusal has to name it.
  return isId || message.id instanceof ExactNumber ? [message.id as string | number] : []
}

/** The revision that a request names, where it isn't one of ours. */
function unknownVersion({ params }: Readonly<Record<string, unknown>>): string | undefined {
  const version = member(member(params, '_meta'), PROTOCOL_VERSION_META_KEY)
  return typeof version === 'string' && !VERSIONS_PER_REQUEST.includes(version) ? version : undefined
}

function versionReply(id: string | number, requested: string): JSONRPCMessage {
  const { code, message, data } = new UnsupportedProtocolVersionError({
    supported: VERSIONS_PER_REQUEST,
    requested,
  })
  return { jsonrpc: '2.0', id, error: { code, message, data } }
}

/** The line to write, in pieces. */
function serialize(message: JSONRPCMessage): readonly (string | Uint8Array)[] {
  const line = [...jsonParts(message), '\n']
  if (lengthOf(line) < MAX_OUTGOING_BYTES / 3 || bytesOf(line) <= MAX_OUTGOING_BYTES)
    return line.some((part) => typeof part !== 'string') ? line : [line.join('')]
  const id = 'id' in message ? message.id : undefined
  if (id === undefined || 'method' in message) return []
  return [
    `${JSON.stringify(errorReply(id, INTERNAL_ERROR, 'the answer is larger than the 10 MiB that hosts accept; ask for less'))}\n`,
  ]
}

function lengthOf(line: readonly { readonly length: number }[]): number {
  return line.reduce((sum, part) => sum + part.length, 0)
}

function bytesOf(line: readonly (string | Uint8Array)[]): number {
  return line.reduce(
    (sum, part) => sum + (typeof part === 'string' ? Buffer.byteLength(part) : part.length),
    0,
  )
}

function errorReply(id: string | number | null, code: number, message: string): JSONRPCMessage {
  // The SDK's type knows no null, which JSON-RPC has for what couldn't be read.
  return { jsonrpc: '2.0', id: id as string | number, error: { code, message } }
}
