/** What the verbs that start children share: a config, a state directory, a redactor, and a sidecar that is stopped. */
import { join } from 'node:path'
import type { Channel } from '../approval/channels/channel.ts'
import type { Config } from '../config/config.ts'
import { requireRunnable } from '../config/load.ts'
import { refuseBelowItself } from '../config/loop/above.ts'
import { formatProblem } from '../config/problem.ts'
import { SHADOWED } from '../config/resolve.ts'
import { createLog, type LogLevel } from '../log.ts'
import { Redactor } from '../redact/redactor.ts'
import { Sidecar } from '../sidecar.ts'
import { version } from '../version.ts'
import type { ConfigChoice } from './choice.ts'
import type { Io } from './io.ts'
import { ensureStateDir } from '../state/directory.ts'

export interface Session {
  readonly config: Config
  readonly sidecar: Sidecar
  readonly redactor: Redactor
  /** Where the servers' own words are. */
  readonly logFile: string
}

export interface SessionOptions extends ConfigChoice {
  readonly logLevel: LogLevel
  /** Start only this server. */
  readonly only?: string
  readonly channels?: readonly Channel[]
}

/** Runs `use` with a started sidecar; whatever happens, the children are gone when it returns. */
export async function withSession<T>(
  options: SessionOptions,
  io: Io,
  use: (session: Session) => Promise<T>,
): Promise<T> {
  const whole = await requireRunnable({ ...options, env: io.env, cwd: io.cwd })
  refuseBelowItself(whole.file, io.env)
  const config =
    options.only === undefined
      ? whole
      : { ...whole, servers: whole.servers.filter(({ id }) => id === options.only) }
  for (const warning of whole.warnings.filter(({ message }) => message === SHADOWED))
    io.stderr.write(`${formatProblem(warning)}\n`)
  const stateDir = ensureStateDir(io.env)
  const redactor = new Redactor()
  const logFile = join(stateDir, 'log', 'sidemux.log')
  const log = createLog({
    level: options.logLevel === 'debug' || options.logLevel === 'trace' ? options.logLevel : 'info',
    file: logFile,
    stderrLevel: options.logLevel,
    stderr: io.stderr,
    scrub: (line) => redactor.maskText(line).text,
  })
  const sidecar = await Sidecar.open(config, {
    stateDir,
    env: io.env,
    log,
    version,
    redactor,
    ...(options.channels === undefined ? {} : { channels: options.channels }),
  })
  const interrupted = (): void => void sidecar.stop().finally(() => process.exit(1))
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, interrupted)
  try {
    sidecar.start()
    return await use({ config, sidecar, redactor, logFile })
  } finally {
    await sidecar.stop()
  }
}
