/**
 * Builds what verbs that start children need: a config, a state directory, a redactor, and a sidecar that is stopped
 * at the end.
 */
import type { AskingDeps } from '../../sidecar/asking.ts'
import type { LockWriting } from '../../catalog/lock/servers-lock.ts'
import type { Config } from '../../config/config.ts'
import { requireRunnable } from '../../config/load.ts'
import { refuseBelowItself } from '../../config/loop/above.ts'
import { formatProblem } from '../../config/problem.ts'
import { SHADOWED } from '../../config/resolve.ts'
import { createLog } from '../../log.ts'
import type { LogLevel } from '../../log-levels.ts'
import { UI_EXTENSION } from '../../relay/capabilities.ts'
import { Redactor } from '../../redact/redactor.ts'
import { Sidecar } from '../../sidecar/sidecar.ts'
import { closeInheritedFiles } from '../../upstream/process/inherited-files.ts'
import { version } from '../../version.ts'
import type { ConfigVerbOptions } from './choice.ts'
import type { Io } from '../io.ts'
import { ensureStateDir } from '../../state/directory.ts'
import { stateFile } from '../../state/paths.ts'

export interface VerbSession {
  readonly config: Config
  /** The same with the servers that this session doesn't start. */
  readonly whole: Config
  readonly sidecar: Sidecar
  readonly redactor: Redactor
}

export interface SessionOptions extends ConfigVerbOptions {
  readonly logLevel: LogLevel
  /** Start only this server. */
  readonly only?: string
  /** Start nothing by itself: it is the verb's business. */
  readonly atRest?: boolean
  readonly channels?: AskingDeps['channels']
  /** How servers.lock is dealt with; without it, one that can't be used ends the command. */
  readonly lock?: LockWriting
  /** Servers are told of a host that can do all that may cross, since some offer more to such a one. */
  readonly asHost?: boolean
}

/** Nobody answers what a server asks meanwhile; it is told so, as while a host works on nothing. */
const ANY_HOST = {
  elicitation: { form: {}, url: {} },
  extensions: { [UI_EXTENSION]: { mimeTypes: ['text/html;profile=mcp-app'] } },
  roots: { listChanged: true },
  sampling: {},
}

/** The terminal that it was typed into; who isn't believed there has the page. */
async function channelsOf(io: Io): Promise<NonNullable<AskingDeps['channels']>> {
  const { ownTerminal } = await import('../terminal/own-terminal.ts')
  return [ownTerminal(io).channel, 'page', 'desktop']
}

/** Runs `use` with a started sidecar; whatever happens, the children are gone when it returns. */
export async function withSession<T>(
  options: SessionOptions,
  io: Io,
  use: (session: VerbSession) => Promise<T>,
): Promise<T> {
  const whole = await requireRunnable({ ...options, env: io.env, cwd: io.cwd })
  if (io.env === process.env) closeInheritedFiles()
  refuseBelowItself(whole.file, io.env)
  const config =
    options.only === undefined
      ? whole
      : { ...whole, servers: whole.servers.filter(({ id }) => id === options.only) }
  for (const warning of whole.warnings.filter(({ message }) => message === SHADOWED))
    io.stderr.write(`${formatProblem(warning)}\n`)
  const stateDir = ensureStateDir(io.env)
  const redactor = new Redactor()
  const logFile = stateFile(stateDir, 'log', {})
  const log = createLog({
    level: options.logLevel === 'debug' || options.logLevel === 'trace' ? options.logLevel : 'info',
    file: logFile,
    stderrLevel: options.logLevel,
    stderr: io.stderr,
    scrub: (line) => redactor.maskText(line).text,
  })
  const channels = options.channels ?? (io.stdin.isTTY === true ? await channelsOf(io) : undefined)
  const sidecar = await Sidecar.open(config, {
    stateDir,
    env: io.env,
    log,
    version,
    redactor,
    anyHost: true,
    whole,
    ...(options.lock === undefined ? {} : { lock: options.lock }),
    ...(channels === undefined ? {} : { channels }),
  })
  const [fault] = sidecar.lockFaults
  if (fault !== undefined && options.lock === undefined) {
    await sidecar.stop()
    throw fault
  }
  const interrupted = (): void => void sidecar.stop().finally(() => io.exit(1))
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, interrupted)
  try {
    if (options.asHost === true) sidecar.host.introduced(ANY_HOST)
    if (options.atRest !== true) {
      // Who typed the command is there; a script is asked nothing, and what waits is told as not running.
      if (io.stdin.isTTY === true) await sidecar.askForLaunchesNow()
      sidecar.start()
    }
    return await use({ config, whole, sidecar, redactor })
  } finally {
    await sidecar.stop()
  }
}
