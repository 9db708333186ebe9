/**
 * Runs the install scripts of a package, where a human has asked for them (`install: scripts`): in the sandbox of its
 * server, with that server's home and network, and none of its variables. They write to the package that is being put
 * together and to nothing else.
 */
import { NotInstalled } from '../../packages/install-error.ts'
import { runInstaller } from '../../packages/run-installer.ts'
import type { Launch } from '../process/process-launch.ts'
import { confined, type Confinement } from './confined.ts'
import type { CommonSpec, LocalSpec } from './spec.ts'

export interface ScriptRun {
  readonly spec: CommonSpec & LocalSpec
  /** As it is written. */
  readonly launch: Launch
  readonly tree: string
  /** The path of npm. */
  readonly npm: string
  readonly env: Readonly<Record<string, string>>
  readonly confinement: Confinement
  readonly execPath: string
  readonly signal: AbortSignal
}

/** @throws NotInstalled; SidemuxError where it must be confined and can't be */
export async function runInstallScripts(run: ScriptRun): Promise<void> {
  const { spec, launch, tree, npm, env, confinement, execPath, signal } = run
  const command = [npm, 'rebuild', '--no-audit', '--no-fund', '--no-update-notifier', '--no-progress']
  const own = { tree, written: { command: launch.command, args: launch.args }, isDraft: true } as const
  const bare = { ...spec, env: new Map(), brokered: new Map(), inheritEnv: [], isCwdGiven: false }
  const plain: Launch = { command: npm, args: command.slice(1), cwd: tree, env, installed: own }
  // What is told of a sandbox is told of the server itself, when that starts.
  const quiet = { ...confinement, onConfined: () => undefined }
  const opened = await confined(plain, bare, quiet, execPath, undefined, command)
  try {
    const { program, args, env: inside, cwd } = opened.confined ?? { ...plain, program: npm }
    const end = await runInstaller({ program, args, cwd: cwd ?? tree, env: inside, signal })
    if (end.ok) return
  } finally {
    opened.wayOut?.close()
  }
  throw new NotInstalled(
    `"${spec.id}" is not started: an install script of its package failed.`,
    `Install what it needs, such as a compiler, or see what "sidemux sandbox ${spec.id}" says that it may reach; without "install: scripts" none of them runs.`,
    false,
  )
}
