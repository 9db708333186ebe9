/**
 * The way to the sidecar: its state, the word that it changed, and what a person decided. It says when the state is
 * old, because nothing may be decided on an old one, and it tries again until it is told that this page is over.
 */
import { parseExactly } from './values/exact.ts'
import type { AnswerRequest, AnswerResponse, LiftResponse, OpenResponse, PageState } from '../page-wire.ts'
import type { ConnectionState } from './guard.ts'

export interface ConnectionEvents {
  state(state: PageState): void
  /** @param reason The server's word for why, where the link is closed. */
  link(link: ConnectionState, reason: string | undefined): void
}

const RETRY_MS = 2000
/** What nobody announces, e.g. a neighbour that was killed, is noticed after so long. */
const LOOK_MS = 5000
const TIMEOUT_MS = 8000

export class PageConnection {
  readonly #events: ConnectionEvents
  #source: EventSource | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #reading = false
  #again = false
  #closed = false

  constructor(events: ConnectionEvents) {
    this.#events = events
  }

  /** Reads the state now, and again whenever it changes. */
  async refresh(): Promise<void> {
    this.#again = true
    if (this.#reading || this.#closed) return
    this.#reading = true
    clearTimeout(this.#timer)
    let isLive = false
    while (this.#again && !this.#isOver()) {
      this.#again = false
      isLive = await this.#read()
    }
    this.#reading = false
    if (this.#isOver()) return
    if (isLive) this.#listen()
    this.#timer = setTimeout(() => void this.refresh(), isLive ? LOOK_MS : RETRY_MS)
  }

  /** Undefined: nobody knows what became of it. */
  async answer(request: AnswerRequest): Promise<AnswerResponse | undefined> {
    const response = await this.#send('/answer', request)
    return response?.ok === true ? ((await response.json()) as AnswerResponse) : undefined
  }

  async revoke(grant: string): Promise<boolean> {
    return (await this.#send('/revoke', { grant }))?.ok === true
  }

  /** A tool that was denied for a while is asked about again. False: it is denied still, as far as is known. */
  async lift(sidecar: string, denial: string): Promise<boolean> {
    const response = await this.#send('/lift', { sidecar, denial })
    if (response?.ok !== true) return false
    const { outcome } = (await response.json()) as LiftResponse
    return outcome === 'done' || outcome === 'gone'
  }

  /** Has another sidecar open its own page. Undefined: nobody knows. */
  async open(sidecar: string): Promise<OpenResponse | undefined> {
    const response = await this.#send('/open', { sidecar })
    return response?.ok === true ? ((await response.json()) as OpenResponse) : undefined
  }

  async #read(): Promise<boolean> {
    try {
      const response = await fetch('/state', { cache: 'no-store', signal: AbortSignal.timeout(TIMEOUT_MS) })
      if (isOver(response)) return this.#close(await reasonOf(response))
      if (!response.ok) throw new Error(`sidemux answered ${response.status}`)
      this.#events.state(parseExactly(await response.text()) as PageState)
      this.#events.link('live', undefined)
      return true
    } catch {
      this.#events.link('lost', undefined)
      return false
    }
  }

  async #send(path: string, body: unknown): Promise<Response | undefined> {
    try {
      const response = await fetch(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      if (isOver(response)) this.#close(await reasonOf(response))
      return response
    } catch {
      return undefined
    } finally {
      void this.refresh()
    }
  }

  #listen(): void {
    if (this.#source !== undefined && this.#source.readyState !== EventSource.CLOSED) return
    const source = new EventSource('/events')
    const look = (): void => void this.refresh()
    for (const name of ['message', 'changed', 'error']) source.addEventListener(name, look)
    this.#source = source
  }

  #isOver(): boolean {
    return this.#closed
  }

  #close(reason: string | undefined): false {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#source?.close()
    this.#events.link('closed', reason)
    return false
  }
}

function isOver(response: Response): boolean {
  return response.status === 401 || response.status === 403 || response.status === 410
}

async function reasonOf(response: Response): Promise<string | undefined> {
  try {
    const body: unknown = await response.json()
    const reason =
      typeof body === 'object' && body !== null ? (body as Record<string, unknown>)['error'] : undefined
    return typeof reason === 'string' ? reason : undefined
  } catch {
    return undefined
  }
}
