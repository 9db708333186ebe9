/**
 * One connection to one running server: the SDK's Client on our transport, in either era.
 *
 * - How it comes to be is connect.ts's. What is worth remembering of the era is said by `era`.
 * - Lists and results come raw (reply.ts) and are normalised (lists.ts, results.ts); lists are read to the last page.
 * - A request may be silent for `timeoutMs`, progress counts as a sign of life, and ten times that is the end of it. To
 *   get the signs of life, progress is always asked for. Why a request was cancelled isn't told to the server.
 * - What the client can do is told once before 2026-07-28, and with every request since (basic/index).
 */
import { CLIENT_CAPABILITIES_META_KEY, LOG_LEVEL_META_KEY, type Client } from '@modelcontextprotocol/client'
import type { Caller, Resumed } from './caller.ts'
import { connect, timer, type ConnectOptions, type Era, type ServerNews } from './connect.ts'
import { PROMPTS, RESOURCES, TEMPLATES, TOOLS, type ListKind } from './lists.ts'
import { isRecord, type JsonObject } from './normalize.ts'
import type { Offers } from './offer.ts'
import { readPages, type ListedPages } from './pages.ts'
import { isMethodNotFound, RAW, replyOf, replyTo, type Reply } from './reply.ts'
import { Silence } from './silence.ts'
import type { Link } from './link.ts'
import { MAX_TIMER_MS } from './wait.ts'

const MAX_SILENCES = 10

export interface ServerRequest {
  readonly method: string
  readonly params: JsonObject
}

export interface RequestOptions {
  readonly signal: AbortSignal
  readonly timeoutMs: number
  readonly caller: Caller
  readonly meta?: JsonObject
  readonly resumed?: Resumed
  readonly onProgress?: (progress: Progress) => void
}

export interface Progress {
  readonly progress: number
  readonly total?: number
  readonly message?: string
}

export interface Subscription {
  close(): Promise<void>
  /** `local` when it was closed here. */
  readonly closed: Promise<'local' | 'graceful' | 'remote'>
}

export class Connection {
  readonly #client: Client
  readonly #news: ServerNews
  readonly #transport: Link
  readonly modern: boolean
  readonly protocolVersion: string
  readonly #silences = new Set<Silence>()

  private constructor(client: Client, transport: Link, news: ServerNews) {
    this.#client = client
    this.#news = news
    this.#transport = transport
    this.protocolVersion = client.getNegotiatedProtocolVersion() ?? ''
    this.modern = client.getProtocolEra() === 'modern'
  }

  /** Starts the server; on failure its tree is ended before this rejects. */
  static async open(transport: Link, options: ConnectOptions): Promise<Connection> {
    return new Connection(await connect(transport, options), transport, options.news)
  }

  /** What to remember of it, or undefined when the next probe may tell better. */
  get era(): Era | undefined {
    if (this.modern) return this.protocolVersion
    return this.#transport.provedModern ? undefined : 'legacy'
  }

  /** Its `ServerCapabilities`, as it declared them. */
  get capabilities(): JsonObject {
    const { capabilities } = this.#transport.handshake
    return isRecord(capabilities) ? capabilities : {}
  }

  get instructions(): string | undefined {
    const { instructions } = this.#transport.handshake
    return typeof instructions === 'string' ? instructions : undefined
  }

  /** All that it offers. Without its tools it is none; another list that can't be had is left out, with a warning. */
  async offers(
    signal: AbortSignal,
    timeoutMs: number,
  ): Promise<{ offers: Offers; warnings: readonly string[] }> {
    const warnings: string[] = []
    const optional = async <T>(list: ListKind<T>): Promise<ListedPages<T>> =>
      this.list(list, signal, timeoutMs).catch((error: unknown) => {
        if (isMethodNotFound(error)) return NOTHING
        if (list.kind === 'tools') throw error
        warnings.push(`its list of ${list.kind} could not be read and is left out`)
        return NOTHING
      })
    const [tools, prompts, resources, templates] = await Promise.all([
      optional(TOOLS),
      optional(PROMPTS),
      optional(RESOURCES),
      optional(TEMPLATES),
    ])
    const hints = { tools, prompts, resources, templates }
    for (const { warnings: more } of Object.values(hints)) warnings.push(...more)
    const cache = Object.entries(hints).flatMap(([kind, { cache: hint }]) =>
      hint === undefined ? [] : [[kind, hint] as const],
    )
    const { capabilities, instructions } = this
    return {
      offers: {
        tools: tools.entries,
        prompts: prompts.entries,
        resources: resources.entries,
        templates: templates.entries,
        capabilities,
        cache: Object.fromEntries(cache),
        ...(instructions !== undefined && { instructions }),
      },
      warnings,
    }
  }

  async list<T>(list: ListKind<T>, signal: AbortSignal, timeoutMs: number): Promise<ListedPages<T>> {
    if (!has(this.capabilities, list.capability)) return NOTHING
    return readPages(list, async (cursor) => {
      const params = cursor === undefined ? {} : { params: { cursor } }
      return this.#client.request({ method: list.method, ...params }, RAW, {
        signal,
        timeout: timer(timeoutMs),
      })
    })
  }

  async request(request: ServerRequest, options: RequestOptions): Promise<Reply> {
    if (options.signal.aborted) return { kind: 'cancelled' }
    let ended: Reply | undefined
    const stop = new AbortController()
    const end = (reply: Reply): void => {
      ended ??= reply
      stop.abort(reply.kind === 'cancelled' ? 'cancelled' : 'timed out')
    }
    const onAbort = (): void => end({ kind: 'cancelled' })
    const silence = new Silence({
      silenceMs: options.timeoutMs,
      totalMs: options.timeoutMs * MAX_SILENCES,
      onOver: (afterMs) => end({ kind: 'timeout', afterMs }),
    })
    this.#silences.add(silence)
    options.signal.addEventListener('abort', onAbort)
    try {
      const params = { ...request.params, ...this.#riders(options) }
      const raw = await this.#client.request({ method: request.method, params }, RAW, {
        signal: stop.signal,
        timeout: MAX_TIMER_MS,
        onprogress: (progress) => {
          silence.touch()
          options.onProgress?.(cleanProgress(progress))
        },
      })
      return replyTo(request.method, raw, this.modern)
    } catch (error) {
      return ended ?? replyOf(error, options.resumed !== undefined)
    } finally {
      silence.end()
      this.#silences.delete(silence)
      options.signal.removeEventListener('abort', onAbort)
    }
  }

  /** What goes along with a request's own params. */
  #riders({ meta, resumed, caller }: RequestOptions): JsonObject {
    const own = ownMeta(meta)
    const envelope = this.modern
      ? {
          [CLIENT_CAPABILITIES_META_KEY]: caller.capabilities,
          ...(caller.logLevel !== undefined && { [LOG_LEVEL_META_KEY]: caller.logLevel }),
        }
      : {}
    const _meta = { ...own, ...envelope }
    const state = resumed?.from.kind === 'state' ? resumed.from.requestState : undefined
    return {
      ...(Object.keys(_meta).length > 0 && { _meta }),
      ...(resumed !== undefined && { inputResponses: resumed.inputResponses }),
      ...(state !== undefined && { requestState: state }),
    }
  }

  /** Until what it returns is called, no request in flight runs out of time. */
  holdTimeouts(): () => void {
    const held = [...this.#silences]
    for (const silence of held) silence.hold()
    return () => {
      for (const silence of held) if (this.#silences.has(silence)) silence.release()
    }
  }

  /** `subscriptions/listen` (2026-07-28). */
  async listen(filter: JsonObject, timeoutMs: number): Promise<Subscription> {
    return await this.#client.listen(filter, { timeout: timeoutMs })
  }

  /** Some time nobody listened: whatever it offers may be another. */
  missed(): void {
    for (const { kind } of [TOOLS, PROMPTS, RESOURCES, TEMPLATES]) this.#news.onListChanged(kind)
  }

  /** Nobody learns whether it arrived. */
  notify(method: string, params?: JsonObject): void {
    this.#client.notification({ method, ...(params && { params }) }).catch(() => undefined)
  }

  async close(): Promise<void> {
    await this.#transport.close()
  }
}

const NOTHING = { entries: [], warnings: [], cache: undefined }

export function has(capabilities: JsonObject, name: string): boolean {
  return isRecord(capabilities[name]) || capabilities[name] === true
}

interface SdkProgress {
  progress: number
  total?: number | undefined
  message?: string | undefined
}

function cleanProgress({ progress, total, message }: SdkProgress): Progress {
  return { progress, ...(total !== undefined && { total }), ...(message !== undefined && { message }) }
}

/** Our own hop's keys aren't the caller's to set; the SDK would let them win. */
function ownMeta(meta: JsonObject = {}): JsonObject {
  return Object.fromEntries(Object.entries(meta).filter(([key]) => !isHopKey(key)))
}

function isHopKey(key: string): boolean {
  return key === 'progressToken' || key.startsWith('io.modelcontextprotocol/')
}
