/**
 * What a remote server sends, before the SDK's transport reads it. The transport knows HTTP: sessions, streams that
 * break off and are taken up again. It would also parse what it reads, whatever its size and shape, and hand on what it
 * made of it. So each message is taken out of the body here and framed as a child's are (framing.ts); in its place the
 * transport gets a stub with a number, by which the message is found again when the transport hands the stub on.
 *
 * - A body is one message; more than 10 MiB of it are not read. A stream of events is cut by events.ts, and read on when
 *   what it had brought has been handed on, so no more than that waits.
 * - While a long message arrives everybody else gets a turn between its chunks.
 * - Of an answer that is neither, of an error, and of what nobody looks for messages in, 64 KiB are read within 10 s.
 * - A stub can't be forged: its key is made for this connection, and the server never sees it.
 */
import { randomUUID } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { JSONRPCMessage } from '@modelcontextprotocol/client'
import { LineFramer, MAX_LINE_BYTES, MAX_NESTING, parseLine, type Frame, type LargeLine } from '../framing.ts'
import { LARGE_BYTES } from '../large.ts'
import { isRecord } from '../normalize.ts'
import { isDeeperThan } from '../scan.ts'
import { EventReader, type ServerEvent } from './events.ts'

const MAX_OTHER_BYTES = 64 * 1024
const OTHER_WITHIN_MS = 10_000
const MIN_RETRY_MS = 1000
const MAX_RETRY_MS = 30_000
const LINE_FEED = 0x0a
const SPACE = 0x20

type Id = number | string

/** What the transport looks for in a body: the answer to a request, whatever the server wants to say, or nothing. */
export type Sought = { readonly kind: 'answer'; readonly id: Id } | { readonly kind: 'news' | 'nothing' }

export interface IntakeHooks {
  /** Resolves when it has been handed on. */
  take(message: Frame | LargeLine): Promise<void>
}

/** A message that the transport has a stub of. */
interface Held {
  readonly message: Frame | LargeLine
  onTaken(): void
}

interface Stub {
  readonly ticket: number
  readonly text: string
  readonly taken: Promise<void>
}

export class Intake {
  readonly #key = `sidemux-${randomUUID()}`
  readonly #held = new Map<number, Held>()
  readonly #hooks: IntakeHooks
  #last = 0

  constructor(hooks: IntakeHooks) {
    this.#hooks = hooks
  }

  /** To be told of each message that the transport hands on. */
  async received(message: JSONRPCMessage): Promise<void> {
    const body: unknown =
      'method' in message ? message.params : 'result' in message ? message.result : undefined
    const ticket = isRecord(body) ? body[this.#key] : undefined
    const held = typeof ticket === 'number' ? this.#held.get(ticket) : undefined
    if (typeof ticket !== 'number' || held === undefined) {
      await this.#hooks.take({ kind: 'message', message: message as unknown as Record<string, unknown> })
      return
    }
    this.#held.delete(ticket)
    await this.#hooks.take(held.message).finally(() => held.onTaken())
  }

  /**
   * The same answer with stubs in it.
   *
   * @param onStreamEnd a stream that was open came to its end, or broke off
   */
  async wrap(response: Response, sought: Sought, onStreamEnd: () => void): Promise<Response> {
    const { body } = response
    if (body === null) return response
    if (sought.kind !== 'nothing' && isEventStream(response))
      return replaced(response, this.#events(body, onStreamEnd))
    if (sought.kind === 'answer' && isOf(response, 'application/json'))
      return replaced(response, await this.#message(body, sought.id))
    const text = await readSome(body)
    // The transport looks for an error of MCP in a refusal, and there too what is nested deeper is none.
    return replaced(response, isDeeperThan(Buffer.from(text), MAX_NESTING) ? '' : text)
  }

  #events(body: ReadableStream<Uint8Array>, onStreamEnd: () => void): ReadableStream<Uint8Array> {
    const reader = new EventReader()
    const encoder = new TextEncoder()
    const source = body.getReader()
    let underWay: Stub[] = []
    /** Until there is something to hand on; a pull that hands on nothing isn't asked again. */
    const read = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
      for (let handedOn = false; !handedOn;) {
        await Promise.all(underWay.map(({ taken }) => taken))
        underWay = []
        const { done, value } = await source.read()
        if (done) {
          onStreamEnd()
          controller.close()
          return
        }
        for (const event of reader.push(Buffer.from(value.buffer, value.byteOffset, value.byteLength))) {
          const stub = event.type === 'message' && event.frame ? this.#stub(event.frame) : undefined
          if (stub !== undefined) underWay.push(stub)
          const text = textOf(event, stub?.text)
          if (text === '') continue
          controller.enqueue(encoder.encode(text))
          handedOn = true
        }
        if (reader.inLongEvent) await setImmediate()
      }
    }
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        try {
          await read(controller)
        } catch (error) {
          onStreamEnd()
          throw error
        }
      },
      cancel: (reason) => {
        for (const { ticket } of underWay) this.#held.delete(ticket)
        return source.cancel(reason)
      },
    })
  }

  async #message(body: ReadableStream<Uint8Array>, answers: Id): Promise<string> {
    const framer = new LineFramer<LargeLine>({ largeBytes: LARGE_BYTES })
    let bytes = 0
    for await (const chunk of body) {
      bytes += chunk.byteLength
      const part = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      // Nobody else has it. A line feed in JSON is a space, and would be the end of a message to the framer.
      for (let at = part.indexOf(LINE_FEED); at !== -1; at = part.indexOf(LINE_FEED, at)) part[at] = SPACE
      const none = [...framer.push(part)]
      if (none.length > 0 || bytes > MAX_LINE_BYTES) break
      if (framer.inLongLine) await setImmediate()
    }
    const [frame = NOT_JSON] = [...framer.push(Buffer.from('\n'))]
    // Whatever else can't be told of it, it answers this request.
    return this.#stub(frame.kind === 'message' ? frame : { id: answers, ...frame }).text
  }

  #stub(arrived: Frame | LargeLine): Stub {
    // The transport must know whether it is an answer; of this one only parsing can tell.
    const isUnknown = arrived.kind === 'large' && arrived.id === undefined
    const message = isUnknown ? (parseLine(arrived.line, 'response') ?? NOT_JSON) : arrived
    this.#last += 1
    const ticket = this.#last
    const taken = new Promise<void>((resolve) => this.#held.set(ticket, { message, onTaken: resolve }))
    return { ticket, taken, text: JSON.stringify(envelope(message, { [this.#key]: ticket })) }
  }
}

export function isEventStream(response: Response): boolean {
  return isOf(response, 'text/event-stream')
}

/** An acceptance (202) has no content, whatever it says. */
function isOf({ ok, status, headers }: Response, type: string): boolean {
  const [essence = ''] = (headers.get('content-type') ?? '').split(';')
  return ok && status !== 202 && essence.trim().toLowerCase() === type
}

const NOT_JSON: Frame = { kind: 'bad', why: 'not-json', bytes: 0 }

/** Of the kind that the message is: an answer keeps its id, by which the transport knows what was answered. */
function envelope(message: Frame | LargeLine, inside: Readonly<Record<string, number>>): object {
  const id = message.kind === 'message' ? message.message['id'] : message.id
  const isRequest = message.kind === 'message' && typeof message.message['method'] === 'string'
  if (!isRequest && (typeof id === 'string' || Number.isSafeInteger(id)))
    return { jsonrpc: '2.0', id, result: inside }
  return { jsonrpc: '2.0', method: 'stub', params: inside }
}

/** An event as the transport is to read it. */
function textOf({ type, id, retryMs, start, hasData }: ServerEvent, stub: string | undefined): string {
  const lines: string[] = []
  if (id !== undefined) lines.push(`id: ${id}`)
  if (retryMs !== undefined) lines.push(`retry: ${Math.min(Math.max(retryMs, MIN_RETRY_MS), MAX_RETRY_MS)}`)
  if (type === 'endpoint') lines.push('event: endpoint', `data: ${start.replaceAll(/[\r\n]/g, '')}`)
  else if (stub !== undefined) lines.push(`data: ${stub}`)
  else if (hasData) lines.push('data:')
  return lines.length === 0 ? '' : `${lines.join('\n')}\n\n`
}

function replaced(response: Response, body: string | ReadableStream<Uint8Array>): Response {
  const headers = new Headers(response.headers)
  for (const name of ['content-length', 'content-encoding']) headers.delete(name)
  const { status, statusText } = response
  return new Response(status === 204 || status === 205 || status === 304 ? null : body, {
    status,
    statusText,
    headers,
  })
}

/** The beginning of a text that nobody needs all of. */
export async function readSome(
  body: ReadableStream<Uint8Array>,
  { bytes = MAX_OTHER_BYTES, ms = OTHER_WITHIN_MS }: { bytes?: number; ms?: number } = {},
): Promise<string> {
  const reader = body.getReader()
  const chunks: Buffer[] = []
  let length = 0
  const timer = setTimeout(() => void reader.cancel().catch(() => undefined), ms)
  try {
    while (length < bytes) {
      const { done, value } = await reader.read()
      if (done) break
      chunks.push(Buffer.from(value))
      length += value.byteLength
    }
  } catch {
    // What came before it broke off counts.
  } finally {
    clearTimeout(timer)
    void reader.cancel().catch(() => undefined)
  }
  return Buffer.concat(chunks).subarray(0, bytes).toString('utf8')
}
