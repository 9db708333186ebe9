/** The MCP server that the host launches: stdin and stdout belong to the protocol, until the host has gone. */
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { loadConfig, nothingRuns, requireRunnable } from '../config/load.ts'
import { refuseBelowItself } from '../config/loop/above.ts'
import { formatProblem } from '../config/problem.ts'
import { serveHost } from '../downstream/server.ts'
import { HostTransport } from '../downstream/transport.ts'
import { createLog, type Logger, type LogLevel } from '../log.ts'
import { Redactor } from '../redact/redactor.ts'
import { Reload } from '../sidecar/reload.ts'
import { Sidecar } from '../sidecar.ts'
import { version } from '../version.ts'
import type { ConfigChoice } from './choice.ts'
import { elsewhereLines } from './elsewhere.ts'
import type { Io } from './io.ts'
import { ensureStateDir } from '../state/directory.ts'

/** Everything is gone within this, or the process is (contract: Starting and stopping). */
const STOP_WITHIN_MS = 5000

/** Somebody typed it to see what happens; without a word it would look like a hang. */
const FOR_PEOPLE = `sidemux: this is the server that an MCP host launches; it waits for the host's messages. Ctrl-C ends it.
hint: add it to your host's config (README.md, "Use it in a host"), or run "sidemux tools" to see what it would serve
`

export async function serve(choice: ConfigChoice & { logLevel: LogLevel }, io: Io): Promise<number> {
  const config = await readConfig(choice, io)
  refuseBelowItself(config.file, io.env)
  const stateDir = ensureStateDir(io.env)
  const redactor = new Redactor()
  const log = createLog({
    level: choice.logLevel,
    file: join(stateDir, 'log', 'sidemux.log'),
    stderr: io.stderr,
    scrub: (line) => redactor.maskText(line).text,
  })
  for (const problem of [...config.errors, ...config.warnings]) log.warn(formatProblem(problem))
  for (const { id, line } of config.odd)
    log.warn(`${id === '' ? `the entry in line ${line}` : id} is kept down; the other servers start`)
  if (config.broken !== undefined)
    log.warn('no server is started; servers.yaml applies as soon as it is mended')
  for (const line of elsewhereLines(config)) log.info(line)
  if (io.stdin.isTTY === true) io.stderr.write(FOR_PEOPLE)
  const transport = new HostTransport(io.stdin, io.stdout)
  keepStdoutClean(io.stdout, log)
  const sidecar = await Sidecar.open(config, { stateDir, env: io.env, log, version, redactor })
  const host = serveHost(transport, {
    version,
    instructions: () => sidecar.instructions(),
    list: (kind, asking) => sidecar.list(kind, asking),
    call: async (call) => sidecar.call(call),
    nextCallId: () => sidecar.nextCallId(),
    onHost: (name) => sidecar.setHost(name),
    onIntroduced: (capabilities) => {
      sidecar.host.introduced(capabilities)
      sidecar.start()
    },
    onConnected: (connected) => sidecar.host.connected(connected),
    onLogLevel: (level) => sidecar.setLogLevel(level),
    onRootsChanged: () => sidecar.rootsChanged(),
    watch: (uri) => sidecar.watch(uri),
    unwatch: (uri) => sidecar.unwatch(uri),
    onError: (error) => log.debug({ reason: error.message }, 'the host connection reported an error'),
  })
  const reload = new Reload({
    choice: { ...choice, env: io.env, cwd: io.cwd },
    log,
    config: () => sidecar.config,
    apply: async (changed) => sidecar.apply(changed),
    refused: (hash, problems) => sidecar.refused(hash, problems),
  })
  await Promise.race([host.closed, terminated(log)])
  setTimeout(() => process.exit(0), STOP_WITHIN_MS).unref()
  await host.close()
  await Promise.all([reload.stop(), sidecar.stop()])
  return 0
}

/**
 * A host shows little of what a program says that ends at once, so a file that can't be used is told in the instructions
 * instead, and applies when it is mended. Who types the command reads it in the terminal.
 * @throws SidemuxError when there is no file, or for a person when it can't be used.
 */
async function readConfig(choice: ConfigChoice, io: Io): Promise<Config> {
  const whole = { ...choice, env: io.env, cwd: io.cwd }
  if (io.stdin.isTTY === true) return requireRunnable(whole)
  const loaded = await loadConfig(whole)
  return loaded.runnable ?? nothingRuns(loaded)
}

/** Stdout carries MCP messages and nothing else (2026-07-28 basic/transports/stdio); a stray print goes to the log. */
function keepStdoutClean(stdout: NodeJS.WritableStream, log: Logger): void {
  stdout.write = (chunk: unknown): boolean => {
    log.debug({ bytes: String(chunk).length }, 'something was printed to stdout and kept from the host')
    return true
  }
}

function terminated(log: Logger): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => resolve())
    for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
      process.on(event, (error: unknown) => {
        log.fatal({ reason: error instanceof Error ? error.stack : 'unknown' }, `stopping after an ${event}`)
        process.exitCode = 1
        resolve()
      })
    }
  })
}
