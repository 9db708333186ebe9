/**
 * `sidemux sandbox SERVER`: what a confined server sees, and with `--try` a shell in its place, or one command. The server
 * isn't started, and its secrets aren't asked for.
 */
import { spawn } from 'node:child_process'
import type { SandboxSeen } from '../../confine/denied/denial.ts'
import { requireRunnable } from '../../config/load.ts'
import type { Config, ServerConfig } from '../../config/config.ts'
import type { BrokeredSecrets } from '../../egress/broker/brokered.ts'
import type { Brokering } from '../../egress/broker/brokering.ts'
import { RefusedPlaces } from '../../egress/refused-places.ts'
import { SidemuxError } from '../../errors.ts'
import { decideConfinement } from '../../confine/decision.ts'
import { confinementOf } from '../../sidecar/children/confinement.ts'
import { ensureStateDir } from '../../state/directory.ts'
import { confined, type OpenedLaunch } from '../../upstream/launch/confined.ts'
import type { Launch } from '../../upstream/process/process-launch.ts'
import { asciiJson } from '../../visible.ts'
import type { ConfigVerbOptions } from '../common/choice.ts'
import { refuseUnknown } from '../common/unknown.ts'
import type { Io } from '../io.ts'
import { bareLaunch, type BareLaunch } from '../common/bare-launch.ts'
import { PackageBook } from '../../packages/package-book.ts'
import { PackageStore } from '../../packages/tree/store.ts'
import { wantedPackage } from '../../packages/wanted.ts'
import { startedFrom } from '../../upstream/launch/from-package.ts'
import { wishOf } from '../../upstream/launch/packaged.ts'
import { sandboxShown, sandboxText } from './shown.ts'

export interface SandboxOptions extends ConfigVerbOptions {
  readonly server: string
  readonly json: boolean
  /** What is run in its place; none is a shell. */
  readonly attempt?: readonly string[]
}

const SHELL = '/bin/sh'
/** Looks a name up where the server would. */
const ENV = '/usr/bin/env'

export async function sandbox(options: SandboxOptions, io: Io): Promise<number> {
  const config = await requireRunnable({ ...options, env: io.env, cwd: io.cwd })
  const server = config.servers.find(({ id }) => id === options.server)
  if (server === undefined) return refuseUnknown(options.server, config)
  const { attempt } = options
  const inPlace = attempt === undefined ? undefined : attempt.length === 0 ? [SHELL] : [ENV, ...attempt]
  const { opened, seen, why, brokered } = await openedFor(server, config, io, inPlace)
  try {
    if (opened?.confined === undefined || seen === undefined) return unconfined(options, why, io)
    const { by } = opened.confined
    const shown = sandboxShown({ server: server.id, by, limits: server.limits, brokered, ...seen })
    if (inPlace !== undefined) return await tried(opened, attempt?.length === 0)
    io.stdout.write(options.json ? `${asciiJson(shown, 2)}\n` : sandboxText(shown))
    return 0
  } finally {
    opened?.wayOut?.close()
  }
}

interface ForServer {
  readonly opened?: OpenedLaunch
  readonly seen?: Omit<SandboxSeen, 'server'> | undefined
  readonly brokered?: BrokeredSecrets | undefined
  /** Ends a sentence: why it isn't confined. */
  readonly why: string
}

async function openedFor(
  server: ServerConfig,
  config: Config,
  io: Io,
  inPlace: readonly string[] | undefined,
): Promise<ForServer> {
  const bare = await bareLaunch(server, config, io.env)
  if (bare === undefined) return { why: 'it runs elsewhere' }
  let seen: ForServer['seen']
  const confinement = {
    ...confinementOf({
      config: () => config,
      stateDir: ensureStateDir(io.env),
      env: io.env,
      refused: new RefusedPlaces(() => undefined),
    }),
    onConfined: (_: string, sandbox: ForServer['seen']) => {
      seen = sandbox
    },
  }
  const { spec, brokered } = bare
  const launch = await installedLaunch(bare, config, io.env)
  const brokering = brokered === undefined ? undefined : await brokeringOf(launch, brokered, server.id, io)
  const opened = await confined(launch, spec, confinement, process.execPath, brokering, inPlace)
  const decision = decideConfinement({ rules: server.sandbox, ...launch }, await confinement.confiner())
  return { opened, seen, brokered, why: decision.kind === 'plain' ? decision.why : '' }
}

/** From the package that is installed for it, if one is: nothing is installed here. */
async function installedLaunch(
  { launch, spec }: BareLaunch,
  config: Config,
  env: Io['env'],
): Promise<Launch> {
  const wish = await wishOf(spec)
  const wanted = wish === undefined ? undefined : wantedPackage(launch)
  if (wish === undefined || wanted === undefined) return launch
  const dir = ensureStateDir(env)
  const installed = new PackageBook(dir, config.file).of(spec.id)
  if (installed?.wanted !== wish.key) return launch
  const tree = new PackageStore(dir).tree(installed.content)
  return startedFrom(launch, wanted, { installed, tree, isFresh: false })
}

/** Nothing is put into a request, since there is nothing to put. */
async function brokeringOf(
  { env }: Launch,
  secrets: BrokeredSecrets,
  server: string,
  io: Io,
): Promise<Brokering> {
  const { openBrokering } = await import('../../egress/broker/brokering.ts')
  return openBrokering({ server, secrets, env, ownEnv: io.env, onDelivery: async () => undefined })
}

function unconfined({ server, json, attempt }: SandboxOptions, why: string, io: Io): number {
  if (attempt !== undefined)
    throw new SidemuxError(`"${server}" is not confined: ${why}`, {
      hint: `run "sidemux check" to see how it can be`,
    })
  io.stdout.write(
    json
      ? `${asciiJson({ server, confined: false, why }, 2)}\n`
      : `${server} is not confined: ${why}\n  It reads and writes whatever you can, and weakens what is promised of the others.\n`,
  )
  return 0
}

/** 0 when the command ended well. One command has no terminal, since what is tried could type into it. */
async function tried({ confined: start, cwd }: OpenedLaunch, isShell: boolean): Promise<0 | 1> {
  const { program, args, env } = start ?? { program: '', args: [], env: {} }
  const child = spawn(program, [...args], {
    cwd: start?.cwd ?? cwd,
    env: { ...env, ...(isShell && process.env['TERM'] !== undefined && { TERM: process.env['TERM'] }) },
    stdio: 'inherit',
    detached: !isShell,
  })
  const onSignal = (signal: NodeJS.Signals): void => void child.kill(signal)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
  try {
    return await new Promise<0 | 1>((done, fail) => {
      child.on('error', fail)
      child.on('close', (code) => done(code === 0 ? 0 : 1))
    })
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, onSignal)
  }
}
