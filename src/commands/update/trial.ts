/**
 * Lists the tools of a version that nobody has agreed to yet: it is started once, in a sandbox with nothing of the user's in
 * it. No secret, no file, no network, and a home that is gone afterwards. Where nothing confines, it isn't started.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { errorKind, SidemuxError } from '../../errors.ts'
import { isRecord, type JsonObject } from '../../json/record.ts'
import type { Confinement } from '../../upstream/launch/confined.ts'
import { confined } from '../../upstream/launch/confined.ts'
import type { CommonSpec, LocalSpec } from '../../upstream/launch/spec.ts'
import { startChild } from '../../upstream/life/starting/start.ts'
import { Reaper } from '../../upstream/process/ending/reaper.ts'
import { processEnvironment } from '../../upstream/process/environment.ts'
import type { Launch } from '../../upstream/process/process-launch.ts'

export interface TrialOrder {
  readonly spec: CommonSpec & LocalSpec
  /** Of the version that is tried. */
  readonly launch: Launch
  readonly confinement: Confinement
  readonly env: NodeJS.ProcessEnv
}

export type Trial =
  | { readonly kind: 'listed'; readonly tools: readonly JsonObject[] }
  /** Ends a sentence. */
  | { readonly kind: 'none'; readonly why: string }

const WITHIN_MS = 20_000

/** Never rejects. */
export async function listInTrial(order: TrialOrder): Promise<Trial> {
  const home = mkdtempSync(join(tmpdir(), 'sidemux-trial-'))
  const stop = new AbortController()
  const reaper = new Reaper()
  try {
    const started = await startChild(
      {
        id: order.spec.id,
        startTimeoutMs: WITHIN_MS,
        launch: async () => sealed(order, home),
      },
      {
        era: undefined,
        known: 'probed',
        stop: stop.signal,
        hooks: {
          onSpawn: nothing,
          onStdout: nothing,
          onStderr: nothing,
          onExit: nothing,
          onBad: nothing,
          onConnected: nothing,
          onLost: nothing,
          onQuestion: async () => Promise.reject(new Error('nobody answers questions of a trial')),
        },
        capabilities: {},
        news: {
          onListChanged: nothing,
          onLog: nothing,
          onResourceUpdated: nothing,
          onElicitationComplete: nothing,
        },
        reaper,
        turns: { take: async () => nothing },
      },
    )
    if (started.kind === 'down')
      return { kind: 'none', why: 'it does not start without what its entry gives it' }
    const tools = started.listed.read.find(({ kind }) => kind === 'tools')?.pages?.entries.filter(isRecord)
    await started.transport.close()
    return tools === undefined
      ? { kind: 'none', why: 'it does not list any there' }
      : { kind: 'listed', tools }
  } catch (error) {
    return { kind: 'none', why: error instanceof SidemuxError ? error.message : errorKind(error) }
  } finally {
    stop.abort()
    await reaper.close()
    rmSync(home, { recursive: true, force: true })
  }
}

function nothing(): void {
  // Nobody listens.
}

async function sealed({ spec, launch, confinement, env }: TrialOrder, home: string): Promise<Launch> {
  const { execPath, platform } = process
  const bare = processEnvironment({ platform, execPath, parent: env, declared: {}, inherit: [] })
  const given = launch.args.flatMap((arg) => /(?:^|[=:,])(\/[^,:]*)/.exec(arg)?.[1] ?? [])
  return confined(
    { ...launch, cwd: tmpdir(), env: { ...bare, PATH: launch.env['PATH'] ?? bare['PATH'] ?? '' } },
    {
      ...spec,
      env: new Map(),
      brokered: new Map(),
      inheritEnv: [],
      isCwdGiven: false,
      sandbox: { mode: 'required', read: [], write: [], devices: [], network: { kind: 'none' } },
    },
    {
      ...confinement,
      onConfined: nothing,
      home: () => home,
      protect: () => [...confinement.protect(), launch.cwd, ...given],
    },
    execPath,
  )
}
