/**
 * The transport before Streamable HTTP (2024-11-05 basic/transports, HTTP with SSE). One stream, asked for by GET, brings
 * all that the server says. Its first event names the address where messages are posted to. When it ends, the connection
 * is over.
 */
import { parsedUrl } from '../../../parsed-url.ts'
import { discard, statusOf, type Courier } from './courier.ts'
import type { HttpReply } from '../../../net/client.ts'
import type { RemoteTarget } from '../target.ts'
import { EventReader } from './event-stream.ts'
import { EVENT_STREAM, JSON_TYPE, mediaType, ownHeaders, type HttpHeaders } from './headers.ts'
import type { Post } from './post.ts'
import { readEvents } from './reading.ts'
import { NotMcp } from './refusal.ts'
import type { RemoteTransport, TransportEvents } from './transport.ts'

export class OlderTransport implements RemoteTransport {
  readonly kind = 'sse'
  readonly sessionId = undefined
  readonly isListening = true
  readonly #url: URL
  readonly #own: HttpHeaders
  readonly #courier: Courier
  readonly #events: TransportEvents
  /** Where messages go. */
  #address: URL | undefined
  #stream: HttpReply | undefined
  version: string | undefined

  constructor({ url, headers }: RemoteTarget, courier: Courier, events: TransportEvents) {
    this.#url = url
    this.#own = ownHeaders(headers)
    this.#courier = courier
    this.#events = events
  }

  /** Resolves when the address is known. */
  async start(): Promise<void> {
    const headers = { ...this.#headers(), accept: EVENT_STREAM }
    const reply = await this.#courier.send({ method: 'GET', url: this.#url, headers })
    const isStream = mediaType(reply.message.headers['content-type']) === EVENT_STREAM
    if (!isStream || statusOf(reply) !== 200) {
      discard(reply.body)
      throw new NotMcp()
    }
    this.#stream = reply
    await new Promise<void>((resolve, reject) => {
      void this.#listen(reply, resolve).then(() => reject(new NotMcp()))
    })
  }

  /** Resolves when the stream is over. */
  async #listen({ body }: HttpReply, onAddress: () => void): Promise<void> {
    await readEvents(body, new EventReader({ keepsStart: true }), {
      onEvent: ({ type, start }) => {
        if (type !== 'endpoint') return
        this.#address = addressIn(start, this.#url)
        if (this.#address === undefined) body.destroy()
        else onAddress()
      },
      take: (messages) => this.#events.take(messages),
    })
    if (this.#address !== undefined) this.#events.onClosed()
  }

  async send(post: Post): Promise<void> {
    if (this.#address === undefined) throw new NotMcp()
    const headers = { ...this.#headers(), ...post.headers, 'content-type': JSON_TYPE }
    const reply = await this.#courier.send({ method: 'POST', url: this.#address, headers, post })
    this.#events.onHead(post)
    discard(reply.body)
  }

  async endSession(): Promise<void> {
    // It ends with its stream.
  }

  close(): void {
    this.#stream?.body.destroy()
  }

  #headers(): HttpHeaders {
    return { ...this.#own, ...(this.version !== undefined && { 'mcp-protocol-version': this.version }) }
  }
}

/** Undefined for one of another origin, where messages must not go. */
function addressIn(data: string, url: URL): URL | undefined {
  const written = data.replaceAll(/[\r\n]/g, '')
  const address = parsedUrl(written, url)
  return address?.origin === url.origin ? address : undefined
}
