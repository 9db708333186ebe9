/**
 * One start of a child: its launch, its process, the handshake and the tool list, all within its start timeout.
 * What comes of it is a running child, or why there is none; then its tree has been ended.
 */
import type { LinkOptions } from './baseLink.ts'
import { Connection } from './client.ts'
import { PROBE_TIMEOUT_MS, type Era, type ServerNews } from './connect.ts'
import { whyNotReady, type Down, type FailedStart } from './diagnosis.ts'
import type { ReadLarge } from './large.ts'
import type { JsonObject } from './normalize.ts'
import type { Offers } from './offer.ts'
import type { Patience } from './process-tree.ts'
import type { Reaper } from './reaper.ts'
import type { Pace } from './backoff.ts'
import type { Link } from './link.ts'
import { RemoteLink, type RemoteHooks } from './remote/link.ts'
import type { RemoteTarget } from './remote/target.ts'
import { ChildTransport, type Launch, type RunHold, type TransportHooks } from './transport.ts'
import { MAX_TIMER_MS, unlessAborted } from './wait.ts'

export interface ChildSpec {
  readonly id: string
  /** From launch to tool list. */
  readonly startTimeoutMs: number
  /** Resolves secrets, for which the stores get less time than usual where it says so; rejects with a SidemuxError. */
  launch(signal: AbortSignal, withinMs?: number): Promise<Prepared>
  /** How long calls under way may hold up the end of a process that has another in its place. */
  drainMs?(): number
  /** Whether another process is made ready beside the one that works, which is the default, or after its end. */
  replace?(): Replace
  /** When it is started again; that of a process when absent. */
  readonly pace?: Pace
  /** Resolves when something has changed for which it may be started again after all, as a person who has logged in. */
  mended?(signal: AbortSignal): Promise<void>
}

export type Replace = 'beside' | 'after'

/** A program to start, or an address to connect to. */
export type Prepared = Launch | RemoteTarget

export interface StartOptions {
  readonly era: Era | undefined
  /** How that era is known. */
  readonly known: FailedStart['era']
  /** Calls it off. */
  readonly stop: AbortSignal
  readonly hooks: TransportHooks & RemoteHooks
  /** The `ClientCapabilities` that a server of the older era is told of. */
  readonly capabilities: JsonObject
  readonly news: ServerNews
  readonly reaper: Reaper
  /** Reads a long line of the server of that id. */
  readonly readLarge?: (id: string, ...line: Parameters<ReadLarge>) => ReturnType<ReadLarge>
  readonly patience?: Patience
  readonly probeTimeoutMs?: number
}

export interface Running {
  readonly kind: 'running'
  readonly transport: Link
  readonly connection: Connection
  readonly listed: { readonly offers: Offers; readonly warnings: readonly string[] }
  /** What it was launched with. */
  readonly launch: Prepared
}

export interface NotRunning extends Down {
  readonly kind: 'down'
  readonly endedByItself: boolean
  /** It speaks 2026-07-28 and said so too late, because it is slow to start (gate.ts). */
  readonly provedModern: boolean
}

export async function startChild(spec: ChildSpec, options: StartOptions): Promise<Running | NotRunning> {
  const starting = new AbortController()
  const abort = (): void => starting.abort()
  const timer = setTimeout(abort, Math.min(spec.startTimeoutMs, MAX_TIMER_MS))
  options.stop.addEventListener('abort', abort)
  let transport: Link | undefined
  let hold: RunHold | undefined
  let launching = true
  try {
    const launch = await launchUnlessAborted(spec, starting.signal)
    launching = false
    hold = launch.hold
    transport =
      'url' in launch
        ? new RemoteLink(launch, options.hooks, linkOptions(spec, options))
        : new ChildTransport(launch, options.hooks, {
            ...linkOptions(spec, options),
            reaper: options.reaper,
            ...(options.patience && { patience: options.patience }),
          })
    const connection = await Connection.open(transport, {
      ...eraOf(launch, spec, options),
      signal: starting.signal,
      timeoutMs: spec.startTimeoutMs,
      capabilities: options.capabilities,
      news: options.news,
    })
    const listed = await connection.offers(starting.signal, spec.startTimeoutMs)
    return { kind: 'running', transport, connection, listed, launch }
  } catch (error) {
    const aborted = starting.signal.aborted
    const endedByItself = transport?.endedByItself ?? false
    await transport?.close()
    await hold?.release()
    const { id, startTimeoutMs } = spec
    const exit = transport?.exit
    const down = whyNotReady({
      id,
      error: transport?.fault ?? error,
      startTimeoutMs,
      aborted,
      launching,
      endedByItself,
      exit,
      era: options.known,
    })
    return {
      kind: 'down',
      endedByItself,
      provedModern: transport?.provedModern ?? false,
      ...down,
    }
  } finally {
    clearTimeout(timer)
    options.stop.removeEventListener('abort', abort)
  }
}

/** A remote server that is silent is away, and not of the older era; and SSE is of that era only. */
function eraOf(
  launch: Prepared,
  { startTimeoutMs }: ChildSpec,
  { era, probeTimeoutMs = PROBE_TIMEOUT_MS }: StartOptions,
): { era: Era | undefined; probeTimeoutMs: number } {
  if (!('url' in launch)) return { era, probeTimeoutMs }
  return { era: launch.transport === 'sse' ? 'legacy' : era, probeTimeoutMs: startTimeoutMs }
}

function linkOptions({ id }: ChildSpec, { readLarge }: StartOptions): LinkOptions {
  return readLarge === undefined ? {} : { readLarge: (line, facts) => readLarge(id, line, facts) }
}

/** A launch that comes too late gives back what it holds. */
async function launchUnlessAborted(spec: ChildSpec, signal: AbortSignal): Promise<Prepared> {
  const launching = spec.launch(signal)
  try {
    return await unlessAborted(launching, signal)
  } catch (error) {
    void launching.then(
      (late) => late.hold?.release(),
      () => undefined,
    )
    throw error
  }
}
