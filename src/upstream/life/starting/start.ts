/**
 * One start of a child: its launch, its process, the handshake and the tool list, all within its start timeout.
 * What comes of it is a running child, or why there is none; then its tree has been ended.
 */
import { controllerForMany } from '../../../cancellation.ts'
import { awakeNow, awakeTimeout } from '../../../awake.ts'
import type { LinkOptions } from '../../link/base-link.ts'
import { Connection } from '../../session/connection.ts'
import { PROBE_TIMEOUT_MS, type ServerEra } from '../../session/handshake.ts'
import type { ServerNews } from '../../session/notices.ts'
import {
  whyNotReady,
  type Down,
  type FailedStart,
  type Raw,
  type StartStage,
} from '../../session/diagnosis.ts'
import type { ReadLarge } from '../../link/large.ts'
import type { JsonObject } from '../../../json/record.ts'
import { readList } from '../../session/lists/list-read.ts'
import type { OfferKind } from '../../messages/offer.ts'
import type { FirstLists } from '../../session/lists/offer-list.ts'
import type { LimitsOption } from '../../limits.ts'
import type { LimitWatch } from '../../process/limits/watch.ts'
import type { Reaper } from '../../process/ending/reaper.ts'
import type { StartPace } from '../../backoff.ts'
import type { Link } from '../../link/link.ts'
import type { RemoteHooks } from '../../remote/remote-link.ts'
import type { SleepRule } from '../idle-watch.ts'
import type { RemoteTarget } from '../../remote/target.ts'
import { ProcessLink, type TransportHooks } from '../../process/process-link.ts'
import type { Launch, RunHold } from '../../process/process-launch.ts'
import type { Turns } from './turns.ts'
import { MAX_TIMER_MS, settlesWithin, unlessAborted } from '../../wait.ts'

export interface ChildSpec {
  readonly id: string
  /** From launch to tool list. */
  readonly startTimeoutMs: number
  /** Resolves secrets, for which the stores get less time than usual where it says so; rejects with a SidemuxError. */
  launch(signal: AbortSignal, withinMs?: number): Promise<PreparedLaunch>
  /** How long calls under way may hold up the end of a process that has another in its place. */
  drainMs?(): number
  /** How long it may take to end; STOP_GRACE_MS when absent. */
  readonly stopGraceMs?: () => number
  /** How much of the machine it may use. */
  readonly limits?: () => LimitsOption
  /** Whether another process is made ready beside the one that works, which is the default, or after its end. */
  replace?(): Replace
  /** When it may be without a process; never when absent. */
  readonly sleep?: () => SleepRule
  /** When it is started again; that of a process when absent. */
  readonly pace?: StartPace
  /** Resolves when something has changed for which it may be started again after all, as a person who has logged in. */
  mended?(signal: AbortSignal): Promise<void>
}

export type Replace = 'beside' | 'after'

/** A program to start, or an address to connect to. */
export type PreparedLaunch = Launch | RemoteTarget

export interface StartOptions {
  readonly era: ServerEra | undefined
  /** How that era is known. */
  readonly known: FailedStart['era']
  /** Calls it off. */
  readonly stop: AbortSignal
  readonly hooks: TransportHooks & RemoteHooks
  /** The `ClientCapabilities` that a server of the older era is told of. */
  readonly capabilities: JsonObject
  readonly news: ServerNews
  readonly reaper: Reaper
  readonly limitWatch?: LimitWatch
  /** A process waits for its turn to start; a remote server costs this machine little. */
  readonly turns: Pick<Turns, 'take'>
  /** Reads a long line of the server of that id. */
  readonly readLarge?: (id: string, ...line: Parameters<ReadLarge>) => ReturnType<ReadLarge>
  readonly probeTimeoutMs?: number
}

export interface Running {
  readonly kind: 'running'
  readonly transport: Link
  readonly connection: Connection
  readonly listed: FirstLists
  /** What it was launched with. */
  readonly launch: PreparedLaunch
}

export interface NotRunning extends Down {
  readonly kind: 'down'
  readonly endedByItself: boolean
  /** It speaks 2026-07-28 and said so too late, because it is slow to start (session/handshake.ts). */
  readonly provedModern: boolean
  /** What it said in a message, to be masked and quoted. */
  readonly raw?: Raw
}

export async function startChild(spec: ChildSpec, options: StartOptions): Promise<Running | NotRunning> {
  const starting = controllerForMany()
  const abort = (): void => starting.abort()
  const began = awakeNow()
  let timer = awakeTimeout(abort, spec.startTimeoutMs)
  options.stop.addEventListener('abort', abort)
  let endTurn: (() => void) | undefined
  let transport: Link | undefined
  let connection: Connection | undefined
  let hold: RunHold | undefined
  let stage: StartStage = 'launch'
  let isRemote = false
  let mind: string | undefined
  try {
    const launch = await launchUnlessAborted(spec, starting.signal)
    stage = 'handshake'
    hold = launch.hold
    isRemote = 'url' in launch
    if (!('url' in launch)) {
      mind = launch.installed?.mind
      // What it waits for its turn is not its own time.
      const left = began + spec.startTimeoutMs - awakeNow()
      timer.clear()
      endTurn = await options.turns.take(spec.id, starting.signal)
      timer = awakeTimeout(abort, left)
      starting.signal.throwIfAborted()
    }
    transport =
      'url' in launch
        ? await remoteLink(launch, starting.signal, options.hooks, linkOptions(spec, options))
        : new ProcessLink(launch, options.hooks, {
            ...linkOptions(spec, options),
            reaper: options.reaper,
            ...(options.limitWatch && { limitWatch: options.limitWatch }),
            ...(spec.limits && { limits: spec.limits }),
            ...(spec.stopGraceMs && { graceMs: spec.stopGraceMs }),
          })
    connection = new Connection(transport, {
      ...eraOf(launch, spec, options),
      signal: starting.signal,
      // The signal is what ends it; this one would count while the machine sleeps.
      timeoutMs: MAX_TIMER_MS,
      capabilities: options.capabilities,
      news: options.news,
    })
    await connection.open()
    stage = 'list'
    const listed = await firstLists(connection, starting.signal, options.stop, () => endTurn?.())
    if (transport.gone || options.stop.aborted) throw new Error('it is not to be used any more')
    return { kind: 'running', transport, connection, listed, launch }
  } catch (error) {
    const aborted = starting.signal.aborted
    const endedByItself = transport?.endedByItself ?? false
    // Of one that only closed its output, how we end it is not why.
    const exit = transport?.exit
    await transport?.close()
    await hold?.release()
    const { id, startTimeoutMs } = spec
    const down = whyNotReady({
      id,
      error: transport?.fault ?? error,
      startTimeoutMs,
      aborted,
      stage,
      isRemote,
      endedByItself,
      exit,
      mind,
      era: options.known,
    })
    return {
      kind: 'down',
      endedByItself,
      provedModern: connection?.provedModern ?? false,
      ...down,
    }
  } finally {
    endTurn?.()
    timer.clear()
    options.stop.removeEventListener('abort', abort)
  }
}

/** Loaded where there is a remote server. @throws where nobody waits for it any more */
async function remoteLink(
  launch: RemoteTarget,
  signal: AbortSignal,
  ...options: [hooks: RemoteHooks, options: LinkOptions]
): Promise<Link> {
  const { RemoteLink } = await import('../../remote/remote-link.ts')
  signal.throwIfAborted()
  return new RemoteLink(launch, ...options)
}

/** A list that is no list of tools may take so long behind them; then it comes later. */
const OTHERS_WITHIN_MS = 1000
/** A later page of tools may take so long; then it is read again later. */
const LATER_PAGE_MS = 3000
const OTHERS: readonly OfferKind[] = ['prompts', 'resources', 'templates']

/**
 * Tools count as soon as they are read; another list that is never answered holds back nobody.
 *
 * @param signal of the start, after which nothing is awaited
 * @param stop of the process
 * @param onTools what comes after them isn't heavy any more
 * @throws when nobody waits for tools any more
 */
async function firstLists(
  connection: Connection,
  signal: AbortSignal,
  stop: AbortSignal,
  onTools: () => void,
): Promise<FirstLists> {
  const pending = new Map(OTHERS.map((kind) => [kind, readList(connection, kind, stop)]))
  const tools = await readList(connection, 'tools', signal, { firstMs: MAX_TIMER_MS, laterMs: LATER_PAGE_MS })
  if (tools.pages === undefined) signal.throwIfAborted()
  onTools()
  const read = [tools]
  const others = [...pending].map(async ([kind, promise]) => {
    const list = await promise
    if (!pending.delete(kind)) return
    read.push(list)
  })
  await settlesWithin(Promise.all(others), OTHERS_WITHIN_MS)
  return { read: [...read], pending: new Map(pending) }
}

/** A remote server that is silent is away, and not of the older era; and SSE is of that era only. */
function eraOf(
  launch: PreparedLaunch,
  { startTimeoutMs }: ChildSpec,
  { era, probeTimeoutMs = PROBE_TIMEOUT_MS }: StartOptions,
): { era: ServerEra | undefined; probeTimeoutMs: number } {
  if (!('url' in launch)) return { era, probeTimeoutMs }
  return { era: launch.transport === 'sse' ? 'legacy' : era, probeTimeoutMs: startTimeoutMs }
}

function linkOptions({ id }: ChildSpec, { readLarge }: StartOptions): LinkOptions {
  return readLarge === undefined ? {} : { readLarge: (line, facts) => readLarge(id, line, facts) }
}

/** A launch that comes too late gives back what it holds. */
async function launchUnlessAborted(spec: ChildSpec, signal: AbortSignal): Promise<PreparedLaunch> {
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
