/**
 * How a connection comes to be: the SDK's Client on our transport, and the era that the server speaks. It is probed on
 * the running process; silence for 3 s means the older one. A remembered era is used without probing, and a
 * `server/discover` that isn't answered proves it wrong. Whatever fails, the server's tree is ended before this rejects.
 */
import { Client } from '@modelcontextprotocol/client'
import { version } from '../version.ts'
import type { Link } from './link.ts'
import { isRecord, type JsonObject } from './normalize.ts'
import type { OfferKind } from './offer.ts'
import { isMethodNotFound, RAW } from './reply.ts'
import { MAX_TIMER_MS } from './wait.ts'

export const PROBE_TIMEOUT_MS = 3000

/** `legacy`, or the version of a server of 2026-07-28 or later. */
export type Era = string

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

export async function connect(transport: Link, options: ConnectOptions): Promise<Client> {
  const client = new Client(
    { name: 'sidemux', version },
    {
      capabilities: options.capabilities,
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
    return client
  } catch (error) {
    await transport.close()
    throw error
  } finally {
    options.signal.removeEventListener('abort', stop)
  }
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

/** What a timer of the SDK may be set to. */
export function timer(ms: number): number {
  return Math.min(ms, MAX_TIMER_MS)
}
