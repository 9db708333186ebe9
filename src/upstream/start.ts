/**
 * One start of a child: its launch, its process, the handshake and the tool list, all within its start timeout.
 * What comes of it is a running child, or why there is none; then its tree has been ended.
 */
import { Connection, PROBE_TIMEOUT_MS, type Era } from './client.ts'
import { whyNotReady, type Down, type FailedStart } from './diagnosis.ts'
import type { NormalizedTools } from './normalize.ts'
import type { Patience } from './process-tree.ts'
import type { Reaper } from './reaper.ts'
import { ChildTransport, type Launch, type RunHold, type TransportHooks } from './transport.ts'
import { InFlight, MAX_TIMER_MS, unlessAborted } from './wait.ts'

export interface ChildSpec {
  readonly id: string
  /** From launch to tool list. */
  readonly startTimeoutMs: number
  /** Resolves secrets; rejects with a SidemuxError. */
  launch(signal: AbortSignal): Promise<Launch>
}

export interface StartOptions {
  readonly era: Era | undefined
  /** How that era is known. */
  readonly known: FailedStart['era']
  /** Calls it off. */
  readonly stop: AbortSignal
  readonly hooks: TransportHooks
  readonly onToolsChanged: () => void
  readonly onLog: (level: string, text: string) => void
  readonly reaper: Reaper
  readonly patience?: Patience
  readonly probeTimeoutMs?: number
}

export interface Running {
  readonly kind: 'running'
  readonly transport: ChildTransport
  readonly connection: Connection
  readonly listed: NormalizedTools
  readonly hold: RunHold | undefined
  readonly calls: InFlight
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
  let transport: ChildTransport | undefined
  let hold: RunHold | undefined
  try {
    const launch = await launchUnlessAborted(spec, starting.signal)
    hold = launch.hold
    transport = new ChildTransport(launch, options.hooks, options)
    const connection = await Connection.open(transport, {
      era: options.era,
      signal: starting.signal,
      probeTimeoutMs: options.probeTimeoutMs ?? PROBE_TIMEOUT_MS,
      timeoutMs: spec.startTimeoutMs,
      onToolsChanged: options.onToolsChanged,
      onLog: options.onLog,
    })
    const listed = await connection.listTools(starting.signal, spec.startTimeoutMs)
    return { kind: 'running', transport, connection, listed, hold, calls: new InFlight() }
  } catch (error) {
    const aborted = starting.signal.aborted
    const endedByItself = transport?.endedByItself ?? false
    await transport?.close()
    await hold?.release()
    const { id, startTimeoutMs } = spec
    const exit = transport?.exit
    const down = whyNotReady({ id, error, startTimeoutMs, aborted, endedByItself, exit, era: options.known })
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

/** A launch that comes too late gives back what it holds. */
async function launchUnlessAborted(spec: ChildSpec, signal: AbortSignal): Promise<Launch> {
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
