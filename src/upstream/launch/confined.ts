/**
 * Confines the launch of a local server wherever this machine can: finds the program, decides what it sees
 * (confine/profile.ts) and puts before it what confines it (confine/confiner/start.ts). What must be confined and can't be is not
 * started (promise 1).
 */
import { delimiter, isAbsolute, join, resolve } from 'node:path'
import type { Confiner } from '../../confine/confiner/confiner.ts'
import { decideConfinement, lackOf } from '../../confine/decision.ts'
import type { ProfileFacts } from '../../confine/facts.ts'
import type { SandboxProfile } from '../../confine/mounts.ts'
import type { SandboxSeen } from '../../confine/denied/denial.ts'
import { realFiles, systemFiles } from '../../confine/real-files.ts'
import type { HomeOwner } from '../../confine/own-home.ts'
import { packageSettings } from '../../confine/gifts/package-settings.ts'
import { profileOf } from '../../confine/profile.ts'
import { writesStartFiles } from '../../confine/start-files.ts'
import { confinedStart } from '../../confine/confiner/start.ts'
import type { Brokering } from '../../egress/broker/brokering.ts'
import type { OpenedWay, WayOrder } from '../../egress/egress.ts'
import { SidemuxError } from '../../errors.ts'
import { isExecutable } from '../../executable.ts'
import { AUTHORITY_VARIABLES, PROXY_VARIABLES } from '../process/company.ts'
import { LaunchError, type Launch } from '../process/process-launch.ts'
import type { CommonSpec, LocalSpec } from './spec.ts'

export interface Confinement {
  /** What this machine can confine with. */
  confiner(): Promise<Confiner>
  /** What of the system file modes would keep from other users than this one; nothing where they do. Never rejects. */
  closed(): Promise<readonly string[]>
  /** Paths that no confined server sees. */
  protect(): readonly string[]
  /** The server's own lasting home, by what it runs (confine/own-home.ts); made when it isn't there. */
  home(server: Omit<HomeOwner, 'config'>): string
  /** What it is started in now; undefined where it isn't confined. */
  onConfined?(server: string, sandbox: Omit<SandboxSeen, 'server'> | undefined): void
  /** The one way out of a server that may reach named hosts only. */
  wayOut(order: WayOrder): Promise<OpenedWay>
}

/** A launch, and what is open for it until its run is over. */
export interface OpenedLaunch extends Launch {
  readonly wayOut?: Pick<OpenedWay, 'close'>
}

/**
 * @param brokering is closed with the way out, and where there comes to be none
 * @param inPlace what is started in the sandbox in place of the server
 * @throws SidemuxError where the server requires what there isn't.
 */
export async function confined(
  launch: Launch,
  spec: CommonSpec & LocalSpec,
  confinement: Confinement,
  execPath: string,
  brokering?: Brokering,
  inPlace?: readonly string[],
): Promise<OpenedLaunch> {
  if (brokering === undefined) return placed(launch, spec, confinement, execPath, brokering, inPlace)
  try {
    const opened = await placed(launch, spec, confinement, execPath, brokering, inPlace)
    const close = (): void => {
      opened.wayOut?.close()
      brokering.close()
    }
    return { ...opened, wayOut: { close } }
  } catch (error) {
    brokering.close()
    throw error
  }
}

async function placed(
  launch: Launch,
  spec: CommonSpec & LocalSpec,
  confinement: Confinement,
  execPath: string,
  brokering: Brokering | undefined,
  inPlace: readonly string[] | undefined,
): Promise<OpenedLaunch> {
  const { id, sandbox, dir } = spec
  confinement.onConfined?.(id, undefined)
  // Both are found at the same time.
  const closed = sandbox.mode === 'off' ? [] : confinement.closed()
  const found = await confinement.confiner()
  if (found.kind !== 'bubblewrap' && brokering !== undefined) throw unbrokered(id, found)
  // Whose secrets are brokered has one way out, whatever it is.
  const decision =
    found.kind === 'bubblewrap' && brokering !== undefined
      ? ({ kind: 'confine', confiner: found } as const)
      : decideConfinement({ rules: sandbox, ...launch }, found)
  if (decision.kind === 'plain') return launch
  if (decision.kind === 'refuse') throw unconfined(id, decision)
  const { confiner } = decision
  const command = programOf(launch)
  // Not left to the start, which would be unconfined if it were there by then.
  if (command === undefined) throw new LaunchError({ code: 'ENOENT' }, launch)
  const userHome = launch.env['HOME'] ?? ''
  const at = (path: string): string =>
    resolve(
      dir,
      path.replace(/^~(?=\/|$)/, () => userHome),
    )
  const protect = confinement.protect()
  const declared = [...spec.env.keys(), ...spec.inheritEnv]
  const { args, cwd } = launch
  const shown = { command, args, cwd, isCwdGiven: spec.isCwdGiven, env: launch.env, declared }
  const profile = profileOf(
    {
      launch: shown,
      protect,
      home: confinement.home({ id, ...(launch.installed?.written ?? { command: launch.command, args }) }),
      own: ownFiles(launch),
      added: {
        read: [...sandbox.read.map(at), ...authorities(launch, spec)],
        write: sandbox.write.map(at),
        devices: sandbox.devices,
      },
      network: sandbox.network,
      execPath,
      closed: await closed,
    },
    realFiles,
    systemFiles,
  )
  confinement.onConfined?.(id, { profile, protect })
  const hasWayOut = sandbox.network.kind === 'named' || brokering !== undefined
  const env = {
    ...without(packageSettings(shown, realFiles).env, hasWayOut ? /proxy$/ : /^$/),
    ...withoutOutside(hasWayOut ? withoutProxy(launch, spec) : launch.env, declared),
    ...brokering?.env,
  }
  const [first = command, ...rest] = inPlace ?? [command, ...args]
  const wayOut = hasWayOut
    ? await confinement.wayOut({
        server: id,
        network: sandbox.network,
        launch: { args, env, declared },
        ...(brokering !== undefined && {
          interceptor: brokering.interceptor,
          files: brokering.files,
          also: brokering.hosts,
        }),
      })
    : undefined
  const toConfine = {
    profile: wayOut === undefined ? profile : entering(profile, wayOut),
    command: [first, ...rest],
    env,
    // What a person has started is tied to his command as it is.
    isTied: inPlace === undefined,
  } as const
  return {
    ...launch,
    env,
    confined: {
      ...confinedStart(confiner, toConfine, realFiles),
      startFiles: writesStartFiles(profile.mounts, userHome),
    },
    ...(wayOut === undefined ? {} : { wayOut }),
  }
}

/** Files of a company's certificate authority that are handed over by name, for the server to read them. */
function authorities({ env }: Launch, { inheritEnv }: LocalSpec): readonly string[] {
  return AUTHORITY_VARIABLES.filter((name) => inheritEnv.includes(name)).flatMap((name) =>
    isAbsolute(env[name] ?? '') ? (env[name] ?? []) : [],
  )
}

function ownFiles({ installed }: Launch): NonNullable<ProfileFacts['own']> {
  if (installed === undefined) return []
  return [{ path: installed.tree, how: installed.isDraft === true ? 'write' : 'read' }]
}

function without(env: Launch['env'], names: RegExp): Launch['env'] {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !names.test(name)))
}

/** Where there is one way out, a company's proxy is at its other end. */
function withoutProxy({ env }: Launch, { env: declared }: LocalSpec): Launch['env'] {
  const isInherited = (name: string): boolean => PROXY_VARIABLES.includes(name) && !declared.has(name)
  return Object.fromEntries(Object.entries(env).filter(([name]) => !isInherited(name)))
}

function entering(profile: SandboxProfile, { mounts, enter }: OpenedWay): SandboxProfile {
  return { ...profile, mounts: [...profile.mounts, ...mounts], enter }
}

/** The place for temporary files of the sidecar isn't there inside; /tmp is. */
function withoutOutside(env: Launch['env'], declared: readonly string[]): Launch['env'] {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => name !== 'TMPDIR' || declared.includes(name)),
  )
}

/** Why a server is not started, since it can't be confined here as its entry wants it. */
export function unconfined(server: string, { why, hint }: { why: string; hint: string }): SidemuxError {
  return new SidemuxError(`"${server}" ${why}`, { hint })
}

/** Why a server whose secrets are brokered can't be started here: its way out has to be the only one. */
export function unbrokered(server: string, found: Exclude<Confiner, { kind: 'bubblewrap' }>): SidemuxError {
  return new SidemuxError(
    `secrets of "${server}" are brokered, which takes bubblewrap, and ${lackOf(found)}`,
    {
      hint: `install or allow bubblewrap; or hand them over: "deliver: env" for "${server}" in servers.yaml`,
    },
  )
}

function programOf({ command, cwd, env }: Launch): string | undefined {
  const places = command.includes('/')
    ? [isAbsolute(command) ? command : resolve(cwd, command)]
    : (env['PATH'] ?? '').split(delimiter).map((folder) => resolve(cwd, join(folder, command)))
  return places.find((place) => realFiles.kind(place) === 'file' && isExecutable(place))
}
