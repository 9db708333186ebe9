/**
 * One connection to one running child: the SDK's Client on our transport, in either era.
 *
 * - The era is probed on the running process; silence for 3 s means the older one. A remembered era is used without
 *   asking, and a first tool list that isn't of that era proves it wrong. What is worth remembering is said by `era`.
 * - Tool lists and call results come raw (gate.ts) and are normalised (normalize.ts); lists are read to the last page
 *   (pages.ts).
 * - A call may be silent for `timeoutMs`, progress counts as a sign of life, and ten times that is the end of it. To
 *   get the signs of life, progress is always asked for. Why a call was cancelled isn't told to the child.
 */
import {
  Client,
  ProtocolError,
  SdkError,
  SdkErrorCode,
  type StandardSchemaV1,
} from '@modelcontextprotocol/client'
import { version } from '../version.ts'
import { BadAnswer, RAW_RESULT } from './gate.ts'
import { isRecord, normalizeToolResult, type NormalizedTools } from './normalize.ts'
import { readPages } from './pages.ts'
import type { ChildTransport } from './transport.ts'
import { MAX_TIMER_MS } from './wait.ts'

export const PROBE_TIMEOUT_MS = 3000
const LISTEN_TIMEOUT_MS = 5000
const MAX_SILENCES = 10
const METHOD_NOT_FOUND = -32601

/** `legacy`, or the version of a server of 2026-07-28 or later. */
export type Era = string

export interface CallOptions {
  readonly signal: AbortSignal
  readonly timeoutMs: number
  readonly meta?: Readonly<Record<string, unknown>>
  readonly onProgress?: (progress: Progress) => void
}

export interface Progress {
  readonly progress: number
  readonly total?: number
  readonly message?: string
}

/** What a child made of a call. */
export type Reply =
  | { readonly kind: 'result'; readonly result: Record<string, unknown> }
  /** The child's own JSON-RPC error, in its words. */
  | { readonly kind: 'error'; readonly code: number; readonly message: string; readonly data?: unknown }
  | { readonly kind: 'timeout'; readonly afterMs: number }
  | { readonly kind: 'cancelled' }
  /** `why` ends the sentence "the server answered …". */
  | { readonly kind: 'bad-answer'; readonly why: string }
  /** It couldn't be reached, or went away before it answered. */
  | { readonly kind: 'gone' }

export interface ConnectOptions {
  /** As remembered from an earlier start. */
  readonly era: Era | undefined
  readonly probeTimeoutMs: number
  readonly timeoutMs: number
  readonly signal: AbortSignal
  readonly onToolsChanged: () => void
  readonly onLog: (level: string, text: string) => void
}

/** Hands on the child's own result from behind the stub. */
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

export class Connection {
  readonly #client: Client
  readonly #transport: ChildTransport
  readonly #remembered: Era | undefined
  readonly #modern: boolean
  readonly protocolVersion: string

  private constructor(client: Client, transport: ChildTransport, remembered: Era | undefined) {
    this.#client = client
    this.#transport = transport
    this.#remembered = remembered
    this.protocolVersion = client.getNegotiatedProtocolVersion() ?? ''
    this.#modern = client.getProtocolEra() === 'modern'
  }

  /** Starts the child; on failure its tree is ended before this rejects. */
  static async open(transport: ChildTransport, options: ConnectOptions): Promise<Connection> {
    const client = new Client(
      { name: 'sidemux', version },
      {
        capabilities: {},
        versionNegotiation: { mode: 'auto', probe: { timeoutMs: options.probeTimeoutMs } },
        inputRequired: { autoFulfill: false },
        // Results are never checked against a child's schemas here, so none is ever compiled.
        jsonSchemaValidator: {
          getValidator: () => () => ({ valid: false, data: undefined, errorMessage: 'not used' }),
        },
      },
    )
    client.setNotificationHandler('notifications/tools/list_changed', () => options.onToolsChanged())
    client.setNotificationHandler('notifications/message', ({ params }) => {
      options.onLog(params.level, typeof params.data === 'string' ? params.data : JSON.stringify(params.data))
    })
    const stop = (): void => void transport.close()
    options.signal.addEventListener('abort', stop)
    try {
      options.signal.throwIfAborted()
      const prior = priorVerdict(options.era)
      await client.connect(transport, { timeout: timer(options.timeoutMs), ...(prior && { prior }) })
      return new Connection(client, transport, options.era)
    } catch (error) {
      await transport.close()
      throw error
    } finally {
      options.signal.removeEventListener('abort', stop)
    }
  }

  /** What to remember of it, or undefined when the next probe may tell better. */
  get era(): Era | undefined {
    if (this.#modern) return this.protocolVersion
    return this.#transport.provedModern ? undefined : 'legacy'
  }

  async listTools(signal: AbortSignal, timeoutMs: number): Promise<NormalizedTools> {
    const guessed = this.#modern && this.#remembered !== undefined
    if (!guessed && this.#client.getServerCapabilities()?.tools === undefined)
      return { tools: [], warnings: [] }
    return await readPages(async (cursor, page) => {
      const raw = await this.#listPage(cursor, signal, timeoutMs).catch((error: unknown) => {
        if (!guessed && page === 1 && isMethodNotFound(error)) return { tools: [] }
        throw error
      })
      if (guessed && isRecord(raw) && raw['resultType'] === undefined)
        throw new Error('not of the remembered era')
      return raw
    })
  }

  async #listPage(cursor: string | undefined, signal: AbortSignal, timeoutMs: number): Promise<unknown> {
    const request =
      cursor === undefined ? { method: 'tools/list' } : { method: 'tools/list', params: { cursor } }
    return await this.#client.request(request, RAW, { signal, timeout: timer(timeoutMs) })
  }

  /** Asks to be told of changes, where a server has to be asked; without an answer there are just no news. */
  async subscribe(): Promise<void> {
    if (!this.#modern) return
    const guessed = this.#remembered !== undefined
    if (!guessed && this.#client.getServerCapabilities()?.tools?.listChanged !== true) return
    await this.#client
      .listen({ toolsListChanged: true }, { timeout: LISTEN_TIMEOUT_MS })
      .catch(() => undefined)
  }

  async callTool(
    name: string,
    args: Readonly<Record<string, unknown>>,
    options: CallOptions,
  ): Promise<Reply> {
    if (options.signal.aborted) return { kind: 'cancelled' }
    const totalMs = timer(options.timeoutMs * MAX_SILENCES)
    let ended: Reply | undefined
    const stop = new AbortController()
    const end = (reply: Reply): void => {
      ended ??= reply
      stop.abort(reply.kind === 'cancelled' ? 'cancelled' : 'timed out')
    }
    const onAbort = (): void => end({ kind: 'cancelled' })
    const total = setTimeout(end, totalMs, { kind: 'timeout', afterMs: totalMs } satisfies Reply)
    options.signal.addEventListener('abort', onAbort)
    try {
      const params = { name, arguments: { ...args }, ...(options.meta && { _meta: ownMeta(options.meta) }) }
      const raw = await this.#client.request({ method: 'tools/call', params }, RAW, {
        signal: stop.signal,
        timeout: timer(options.timeoutMs),
        resetTimeoutOnProgress: true,
        onprogress: ({ progress, total, message }) =>
          options.onProgress?.({
            progress,
            ...(total !== undefined && { total }),
            ...(message !== undefined && { message }),
          }),
      })
      const normalized = normalizeToolResult(raw, this.#modern)
      return normalized.ok
        ? { kind: 'result', result: normalized.result }
        : { kind: 'bad-answer', why: normalized.why }
    } catch (error) {
      return ended ?? replyOf(error, options.timeoutMs)
    } finally {
      clearTimeout(total)
      options.signal.removeEventListener('abort', onAbort)
    }
  }

  async close(): Promise<void> {
    await this.#transport.close()
  }
}

function replyOf(error: unknown, timeoutMs: number): Reply {
  if (error instanceof ProtocolError) {
    if (error.data instanceof BadAnswer) return { kind: 'bad-answer', why: error.data.why }
    const { code, message, data } = error
    return data === undefined ? { kind: 'error', code, message } : { kind: 'error', code, message, data }
  }
  if (error instanceof SdkError && error.code === SdkErrorCode.RequestTimeout)
    return { kind: 'timeout', afterMs: timeoutMs }
  if (error instanceof SdkError && error.code === SdkErrorCode.InvalidResult) {
    return { kind: 'bad-answer', why: 'with a result that is not one' }
  }
  return { kind: 'gone' }
}

function isMethodNotFound(error: unknown): boolean {
  return error instanceof ProtocolError && error.code === METHOD_NOT_FOUND
}

/** Our own hop's keys aren't the caller's to set; the SDK would let them win. */
function ownMeta(meta: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(meta).filter(([key]) => !isHopKey(key)))
}

function isHopKey(key: string): boolean {
  return key === 'progressToken' || key.startsWith('io.modelcontextprotocol/')
}

type Prior = NonNullable<NonNullable<Parameters<Client['connect']>[1]>['prior']>

function priorVerdict(era: Era | undefined): Prior | undefined {
  if (era === undefined) return undefined
  if (era === 'legacy') return { kind: 'legacy' }
  const capabilities = { tools: { listChanged: true } }
  return {
    kind: 'modern',
    discover: {
      supportedVersions: [era],
      capabilities,
      ttlMs: 0,
      cacheScope: 'private',
      resultType: 'complete',
    },
  }
}

function timer(ms: number): number {
  return Math.min(ms, MAX_TIMER_MS)
}
