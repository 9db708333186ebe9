/**
 * What a remote server sends, before the SDK's transport reads it. The transport knows HTTP: sessions, streams that
 * break off and are taken up again. It would also parse what it reads, whatever its size and shape, and hand on what it
 * made of it. So each message is taken out of the body here and framed as a child's are (framing.ts); in its place the
 * transport gets a stub with a number, by which the message is found again when the transport hands the stub on.
 *
 * - A body is one message; more than 10 MiB of it are not read. A stream of events is cut by events.ts.
 * - Of an answer that is neither, and of an error, 64 KiB are read within 10 s.
 * - A stub can't be forged: its key is made for this connection, and the server never sees it.
 */
import { randomUUID } from 'node:crypto'
import type { JSONRPCMessage } from '@modelcontextprotocol/client'
import { LineFramer, MAX_LINE_BYTES, type Frame } from '../framing.ts'
import { isRecord } from '../normalize.ts'
import { EventReader, type ServerEvent } from './events.ts'

const MAX_OTHER_BYTES = 64 * 1024
const OTHER_WITHIN_MS = 10_000
const MIN_RETRY_MS = 1000
const MAX_RETRY_MS = 30_000

/** Which request a body answers, if it is known. */
export type Answers = number | string | undefined

export interface IntakeHooks {
  /** A stream that was open came to its end, or broke off. */
  onStreamEnd?(): void
}

export class Intake {
  readonly #key = `sidemux-${randomUUID()}`
  readonly #frames = new Map<number, Frame>()
  #next = 0

  /** The frame that a message of the transport stands for. */
  frameOf(message: JSONRPCMessage): Frame {
    const body: unknown =
      'method' in message ? message.params : 'result' in message ? message.result : undefined
    const ticket = isRecord(body) ? body[this.#key] : undefined
    const frame = typeof ticket === 'number' ? this.#frames.get(ticket) : undefined
    if (typeof ticket !== 'number' || frame === undefined) {
      return { kind: 'message', message: message as unknown as Record<string, unknown> }
    }
    this.#frames.delete(ticket)
    return frame
  }

  /** The same answer with stubs in it. */
  async wrap(response: Response, answers: Answers, hooks: IntakeHooks = {}): Promise<Response> {
    const { body, status } = response
    if (body === null) return response
    const type = (response.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase()
    if (response.ok && type === 'text/event-stream') return replaced(response, this.#events(body, hooks))
    if (response.ok && type === 'application/json' && status !== 202) {
      return replaced(response, await this.#message(body, answers))
    }
    return replaced(response, await readSome(body))
  }

  #events(body: ReadableStream<Uint8Array>, hooks: IntakeHooks): ReadableStream<Uint8Array> {
    const reader = new EventReader()
    const encoder = new TextEncoder()
    const source = body.getReader()
    /** Until there is something to hand on; a pull that hands on nothing isn't asked again. */
    const read = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
      for (let handedOn = false; !handedOn;) {
        const { done, value } = await source.read()
        if (done) {
          hooks.onStreamEnd?.()
          controller.close()
          return
        }
        for (const event of reader.push(Buffer.from(value.buffer, value.byteOffset, value.byteLength))) {
          const text = this.#textOf(event)
          if (text === '') continue
          controller.enqueue(encoder.encode(text))
          handedOn = true
        }
      }
    }
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        try {
          await read(controller)
        } catch (error) {
          hooks.onStreamEnd?.()
          throw error
        }
      },
      cancel: (reason) => source.cancel(reason),
    })
  }

  #textOf({ type, id, retryMs, start, hasData, frame }: ServerEvent): string {
    const lines: string[] = []
    if (id !== undefined) lines.push(`id: ${id}`)
    if (retryMs !== undefined) lines.push(`retry: ${Math.min(Math.max(retryMs, MIN_RETRY_MS), MAX_RETRY_MS)}`)
    if (type === 'endpoint') lines.push('event: endpoint', `data: ${start.replaceAll(/[\r\n]/g, '')}`)
    else if (type === 'message' && frame !== undefined) lines.push(`data: ${this.#stub(frame)}`)
    else if (hasData) lines.push('data:')
    return lines.length === 0 ? '' : `${lines.join('\n')}\n\n`
  }

  async #message(body: ReadableStream<Uint8Array>, answers: Answers): Promise<string> {
    const framer = new LineFramer()
    let bytes = 0
    for await (const chunk of body) {
      bytes += chunk.byteLength
      // Copied: a line feed in JSON is a space, and would be the end of a message to the framer.
      const copy = Buffer.from(chunk)
      for (let at = copy.indexOf(0x0a); at !== -1; at = copy.indexOf(0x0a, at)) copy[at] = 0x20
      const none = [...framer.push(copy)]
      if (none.length > 0 || bytes > MAX_LINE_BYTES) break
    }
    const [frame] = [...framer.push(Buffer.from('\n'))]
    if (frame === undefined) return this.#stub(unreadable(answers))
    return this.#stub(
      frame.kind === 'bad' && frame.id === undefined
        ? { ...frame, ...unreadable(answers), why: frame.why }
        : frame,
    )
  }

  #stub(frame: Frame): string {
    const ticket = ++this.#next
    this.#frames.set(ticket, frame)
    const inside = { [this.#key]: ticket }
    const id = frame.kind === 'message' ? frame.message['id'] : frame.id
    const isRequest = frame.kind === 'message' && typeof frame.message['method'] === 'string'
    if (!isRequest && (typeof id === 'string' || Number.isSafeInteger(id))) {
      return JSON.stringify({ jsonrpc: '2.0', id, result: inside })
    }
    return JSON.stringify({ jsonrpc: '2.0', method: 'stub', params: inside })
  }
}

function unreadable(answers: Answers): Extract<Frame, { kind: 'bad' }> {
  return { kind: 'bad', why: 'not-json', bytes: 0, ...(answers === undefined ? {} : { id: answers }) }
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
