/** The pages that are open now, each a stream of server-sent events. All it ever says is `changed`. */
import type { ServerResponse } from 'node:http'
import { streamHeaders } from './door/http.ts'

const MAX_PAGES = 16
/** Many changes at once are one. */
const TOGETHER_MS = 100
/** So that a browser that went without a word is noticed. */
const BEAT_MS = 15_000
const MAX_UNREAD_BYTES = 64 * 1024

export class Listeners {
  readonly #open = new Map<ServerResponse, string>()
  readonly #onChange: () => void
  #pending: NodeJS.Timeout | undefined
  #beat: NodeJS.Timeout | undefined

  /** @param onChange A page came or went. */
  constructor(onChange: () => void) {
    this.#onChange = onChange
  }

  get size(): number {
    return this.#open.size
  }

  add(session: string, response: ServerResponse): void {
    const [oldest] = this.#open.keys()
    if (this.#open.size >= MAX_PAGES) oldest?.destroy()
    this.#open.set(response, session)
    response.on('close', () => {
      this.#open.delete(response)
      if (this.#open.size === 0) this.#rest()
      this.#onChange()
    })
    response.writeHead(200, { ...streamHeaders() })
    this.#beat ??= setInterval(() => this.#say(':\n\n'), BEAT_MS).unref()
    this.#tell(response, 'event: changed\ndata: changed\n\n')
    this.#onChange()
  }

  changed(): void {
    if (this.#open.size === 0) return
    this.#pending ??= setTimeout(() => {
      this.#pending = undefined
      this.#say('event: changed\ndata: changed\n\n')
    }, TOGETHER_MS).unref()
  }

  /** Whose session is over hears nothing more. */
  end(session: string): void {
    for (const [response, whose] of this.#open) if (whose === session) response.destroy()
  }

  close(): void {
    for (const response of this.#open.keys()) response.destroy()
    this.#rest()
  }

  #say(text: string): void {
    for (const response of this.#open.keys()) this.#tell(response, text)
  }

  #tell(response: ServerResponse, text: string): void {
    if (response.writableLength > MAX_UNREAD_BYTES) response.destroy()
    else response.write(text)
  }

  #rest(): void {
    clearTimeout(this.#pending)
    clearInterval(this.#beat)
    this.#pending = undefined
    this.#beat = undefined
  }
}
