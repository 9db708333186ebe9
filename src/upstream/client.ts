/**
 * One connection to one running server: the SDK's Client on our transport, in either era.
 *
 * - The era is probed on the running process; silence for 3 s means the older one. A remembered era is used without
 *   probing, and a `server/discover` that isn't answered proves it wrong. What is worth remembering is said by `era`.
 * - Lists and results come raw (gate.ts) and are normalised (lists.ts, results.ts); lists are read to the last page.
 * - A request may be silent for `timeoutMs`, progress counts as a sign of life, and ten times that is the end of it. To
 *   get the signs of life, progress is always asked for. Why a request was cancelled isn't told to the server.
 * - What the client can do is told once before 2026-07-28, and with every request since (basic/index).
 */
import {
  Client,
  CLIENT_CAPABILITIES_META_KEY,
  LOG_LEVEL_META_KEY,
  ProtocolError,
  SdkError,
  SdkErrorCode,
  type ClientCapabilities,
  type StandardSchemaV1,
} from '@modelcontextprotocol/client'
import { version } from '../version.ts'
import type { Caller, Question, Resumed } from './caller.ts'
import { BadAnswer, RAW_RESULT } from './gate.ts'
import { PROMPTS, RESOURCES, TEMPLATES, TOOLS, type ListKind } from './lists.ts'
import { FinishedResult } from './large.ts'
import { isRecord, type JsonObject } from './normalize.ts'
import type { OfferKind, Offers } from './offer.ts'
import { readPages, type ListedPages } from './pages.ts'
import { normalizeResult } from './results.ts'
import { Silence } from './silence.ts'
import type { Link } from './link.ts'
import { MAX_TIMER_MS } from './wait.ts'

export const PROBE_TIMEOUT_MS = 3000
const MAX_SILENCES = 10
const METHOD_NOT_FOUND = -32601

/** `legacy`, or the version of a server of 2026-07-28 or later. */
export type Era = string

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

/** What a server made of a request. */
export type Reply =
  | { readonly kind: 'result'; readonly result: Record<string, unknown> }
  /** It can't go on without answers; `requestState` goes back with them, byte by byte. */
  | {
      readonly kind: 'questions'
      readonly questions: Readonly<Record<string, Question>>
      readonly requestState?: string
    }
  /** The server's own JSON-RPC error, in its words. */
  | { readonly kind: 'error'; readonly code: number; readonly message: string; readonly data?: unknown }
  | { readonly kind: 'timeout'; readonly afterMs: number }
  | { readonly kind: 'cancelled' }
  /** `why` ends the sentence "the server answered …". */
  | { readonly kind: 'bad-answer'; readonly why: string }
  /** It couldn't be reached, or went away before it answered. */
  | { readonly kind: 'gone' }

export interface ServerNews {
  onListChanged(list: OfferKind): void
  /** The params of `notifications/message`. */
  onLog(message: JsonObject): void
  onResourceUpdated(uri: string): void
  /** A URL that a question sent somebody to has been dealt with there (2025-11-25 client/elicitation). */
  onElicitationComplete(elicitationId: string): void
}

export interface ConnectOptions {
  /** As remembered from an earlier start. */
  readonly era: Era | undefined
  readonly probeTimeoutMs: number
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** The `ClientCapabilities` that a server of the older era is told of. */
  readonly capabilities: JsonObject
  readonly news: ServerNews
}

/** Hands on the server's own result from behind the stub. */
const RAW: StandardSchemaV1<unknown, unknown> = {
  '~standard': {
    version: 1,
    vendor: 'sidemux',
    validate: (stub) => ({ value: isStub(stub) ? stub[RAW_RESULT] : undefined }),
  },
}

function isStub(value: unknown): value is { readonly [RAW_RESULT]: unknown } {
  return typeof value === 'object' && value !== null && RAW_RESULT in value
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
    const client = new Client(
      { name: 'sidemux', version },
      {
        capabilities: options.capabilities as ClientCapabilities,
        versionNegotiation: { mode: 'auto', probe: { timeoutMs: options.probeTimeoutMs } },
        inputRequired: { autoFulfill: false },
        // Results are never checked against a server's schemas here, so none is ever compiled.
        jsonSchemaValidator: {
          getValidator: () => () => ({ valid: false, data: undefined, errorMessage: 'not used' }),
        },
      },
    )
    hear(client, options.news)
    const stop = (): void => void transport.close()
    options.signal.addEventListener('abort', stop)
    try {
      options.signal.throwIfAborted()
      const prior = priorVerdict(options.era)
      await client.connect(transport, { timeout: timer(options.timeoutMs), ...(prior && { prior }) })
      if (prior?.kind === 'modern') await proveModern(client, options.timeoutMs)
      return new Connection(client, transport, options.news)
    } catch (error) {
      await transport.close()
      throw error
    } finally {
      options.signal.removeEventListener('abort', stop)
    }
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
      return ended ?? replyOf(error)
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

/**
 * What was remembered may be wrong by now. A server of the older era may not answer what it doesn't know, but a list it
 * does, and in its own way.
 */
async function proveModern(client: Client, timeoutMs: number): Promise<void> {
  const options = { timeout: timer(timeoutMs) }
  const list = client.request({ method: 'tools/list' }, RAW, options).then(
    (raw) => (isRecord(raw) && raw['resultType'] === undefined ? NOT_MODERN : undefined),
    (error: unknown) => (isMethodNotFound(error) ? undefined : NOT_MODERN),
  )
  const discovered = client.discover(options)
  discovered.catch(() => undefined)
  if ((await Promise.race([list, discovered])) === NOT_MODERN) throw new Error('not of the remembered era')
  await discovered
}

const NOT_MODERN = Symbol('not modern')

const NOTHING = { entries: [], warnings: [], cache: undefined }

export function has(capabilities: JsonObject, name: string): boolean {
  return isRecord(capabilities[name]) || capabilities[name] === true
}

function hear(client: Client, news: ServerNews): void {
  client.setNotificationHandler('notifications/tools/list_changed', () => news.onListChanged('tools'))
  client.setNotificationHandler('notifications/prompts/list_changed', () => news.onListChanged('prompts'))
  client.setNotificationHandler('notifications/resources/list_changed', () => {
    news.onListChanged('resources')
    news.onListChanged('templates')
  })
  client.setNotificationHandler('notifications/resources/updated', ({ params }) =>
    news.onResourceUpdated(params.uri),
  )
  client.setNotificationHandler('notifications/message', ({ params }) => news.onLog(params))
  client.setNotificationHandler('notifications/elicitation/complete', ({ params }) =>
    news.onElicitationComplete(params.elicitationId),
  )
}

interface SdkProgress {
  progress: number
  total?: number | undefined
  message?: string | undefined
}

function cleanProgress({ progress, total, message }: SdkProgress): Progress {
  return { progress, ...(total !== undefined && { total }), ...(message !== undefined && { message }) }
}

function replyTo(method: string, raw: unknown, modern: boolean): Reply {
  const normalized = raw instanceof FinishedResult ? raw.normalized : normalizeResult(method, raw, modern)
  if (normalized.ok === 'questions') {
    const { questions, requestState } = normalized
    return { kind: 'questions', questions, ...(requestState !== undefined && { requestState }) }
  }
  return normalized.ok
    ? { kind: 'result', result: normalized.result }
    : { kind: 'bad-answer', why: normalized.why }
}

function replyOf(error: unknown): Reply {
  if (error instanceof ProtocolError) {
    if (error.data instanceof BadAnswer) return { kind: 'bad-answer', why: error.data.why }
    const { code, message, data } = error
    return data === undefined ? { kind: 'error', code, message } : { kind: 'error', code, message, data }
  }
  if (error instanceof SdkError && error.code === SdkErrorCode.InvalidResult) {
    return { kind: 'bad-answer', why: 'with a result that is not one' }
  }
  return { kind: 'gone' }
}

function isMethodNotFound(error: unknown): boolean {
  return error instanceof ProtocolError && error.code === METHOD_NOT_FOUND
}

/** Our own hop's keys aren't the caller's to set; the SDK would let them win. */
function ownMeta(meta: JsonObject = {}): JsonObject {
  return Object.fromEntries(Object.entries(meta).filter(([key]) => !isHopKey(key)))
}

function isHopKey(key: string): boolean {
  return key === 'progressToken' || key.startsWith('io.modelcontextprotocol/')
}

type Prior = NonNullable<NonNullable<Parameters<Client['connect']>[1]>['prior']>

function priorVerdict(era: Era | undefined): Prior | undefined {
  if (era === undefined) return undefined
  if (era === 'legacy') return { kind: 'legacy' }
  return {
    kind: 'modern',
    discover: {
      supportedVersions: [era],
      capabilities: {},
      ttlMs: 0,
      cacheScope: 'private',
      resultType: 'complete',
    },
  }
}

function timer(ms: number): number {
  return Math.min(ms, MAX_TIMER_MS)
}
