/** The MCP server that the host launches: stdin and stdout belong to the protocol, until the host has gone. */
import type { Config } from '../config/config.ts'
import type { LoadedConfig } from '../config/load.ts'
import { refuseBelowItself } from '../config/loop/above.ts'
import { formatProblem } from '../config/problem.ts'
import { recallConfig } from '../config/remembered/recall.ts'
import type { HostRooms } from '../downstream/rooms.ts'
import { serveHost, type OpenDoor } from '../downstream/server.ts'
import { HostLink } from '../downstream/host-link.ts'
import { GARBAGE } from '../garbage.ts'
import { HEAP_ROOM } from '../heap.ts'
import { createLog, type Logger } from '../log.ts'
import type { LogLevel } from '../log-levels.ts'
import { Redactor } from '../redact/redactor.ts'
import { Reload } from '../sidecar/reload.ts'
import { forbidCoreDumps } from '../sidecar/core-dumps.ts'
import { Sidecar } from '../sidecar/sidecar.ts'
import { closeInheritedFiles } from '../upstream/process/inherited-files.ts'
import { readableStack } from '../stack.ts'
import { version } from '../version.ts'
import { visibleLine } from '../visible.ts'
import type { ConfigVerbOptions } from './common/choice.ts'
import { elsewhereLines } from './common/elsewhere.ts'
import { greetingFacts } from './common/greeted.ts'
import { Greeter } from './common/greeter.ts'
import { ConfigMemory } from './common/config-memory.ts'
import type { Io } from './io.ts'
import { ensureStateDir, stateDir as stateDirOf } from '../state/directory.ts'
import { stateFile } from '../state/paths.ts'

/** Everything is gone within this, or the process is; longer where a server has longer. */
const STOP_WITHIN_MS = 5000
/** What there is to do when the last server has had its time. */
const AFTER_GRACE_MS = 3000

/** Of the name that a host gives itself, in the log. */
const MAX_HOST_NAME = 64

/** Somebody typed it to see what happens; without a word it would look like a hang. */
const FOR_PEOPLE = `sidemux: this is the server that an MCP host launches; it waits for the host's messages. Ctrl-C ends it.
hint: add it to your host's config (README.md, "Use it in a host"), or run "sidemux tools" to see what it would serve
`

/** @param early The door, where a host is at it already. */
export async function serve(
  choice: ConfigVerbOptions & { logLevel: LogLevel },
  io: Io,
  early?: OpenDoor,
): Promise<number> {
  const { config, loaded } = await readConfig(choice, io)
  closeInheritedFiles()
  refuseBelowItself(config.file, io.env)
  const stateDir = ensureStateDir(io.env)
  const redactor = new Redactor()
  const log = createLog({
    level: choice.logLevel,
    file: stateFile(stateDir, 'log', {}),
    stderr: io.stderr,
    scrub: (line) => redactor.maskText(line).text,
  })
  log.info({ version, node: process.version, config: config.file }, 'sidemux has started')
  for (const problem of [...config.errors, ...config.warnings]) log.warn(formatProblem(problem))
  for (const { id, line } of config.odd)
    log.warn(`${id === '' ? `the entry in line ${line}` : id} is kept down; the other servers start`)
  if (config.broken !== undefined)
    log.warn('no server is started; servers.yaml applies as soon as it is mended')
  for (const line of elsewhereLines(config)) log.info(line)
  if (io.stdin.isTTY === true) io.stderr.write(FOR_PEOPLE)
  const link = early?.link ?? new HostLink(io.stdin, io.stdout)
  keepStdoutClean(io.stdout, log)
  const sidecar = await Sidecar.open(config, { stateDir, env: io.env, log, version, redactor })
  for (const { message, hint } of sidecar.lockFaults) log.error({ hint }, message)
  let hostName: string | undefined
  const greeter = new Greeter({
    stateDir,
    log,
    facts: () => {
      const { file: path, hash } = sidecar.config
      return greetingFacts(choice, io.env, { path, hash, dir: stateDir })
    },
    instructions: () => sidecar.instructions(),
    isWhole: () => sidecar.isWhole,
    mask: (value) => redactor.maskJson(value).value,
    secretsKnown: () => redactor.known,
    peek: (kind, asking) => sidecar.peek(kind, asking),
  })
  const onError = (error: Error): void =>
    log.debug({ reason: error.message }, 'the host connection reported an error')
  const rooms: HostRooms = {
    list: async (kind, asking) => {
      const list = await sidecar.list(kind, asking)
      greeter.listed(kind, asking, list)
      return list
    },
    onListed: (kind, asking, list) => {
      sidecar.listed(kind, asking, list.entries)
      greeter.listed(kind, asking, list)
    },
    call: (call) => {
      HEAP_ROOM.letGrow()
      GARBAGE.called()
      return sidecar.call(call)
    },
    nextCallId: () => sidecar.nextCallId(),
    onHost: (name) => {
      // Which of several sidecars it is, for whoever reads the log. Some hosts say it with each request.
      if (name !== hostName)
        log.info({ host: visibleLine(name.slice(0, MAX_HOST_NAME)) }, 'a host has introduced itself')
      hostName = name
      sidecar.setHost(name)
    },
    onIntroduced: (capabilities) => {
      sidecar.host.introduced(capabilities)
      sidecar.start()
      sidecar.announce()
      void forbidCoreDumps(process.pid, io.env['PATH'])
    },
    onReady: (asker) => sidecar.askForLaunches(asker),
    onConnected: (connected) => sidecar.host.connected(connected),
    onLogLevel: (level) => sidecar.setLogLevel(level),
    onRootsChanged: () => sidecar.rootsChanged(),
    watch: (uri) => sidecar.watch(uri),
    unwatch: (uri) => sidecar.unwatch(uri),
  }
  const front = { version, instructions: () => sidecar.instructions(), onError }
  const host = early === undefined ? serveHost(link, front, rooms) : early.open(rooms, onError)
  const whole = { ...choice, env: io.env, cwd: io.cwd }
  const memory = new ConfigMemory(whole, stateDir, log)
  if (loaded !== undefined) memory.keep(loaded)
  const reload = new Reload({
    choice: whole,
    log,
    config: () => sidecar.config,
    apply: async (changed) => sidecar.apply(changed),
    applied: (changed) => memory.keep(changed),
    refused: (hash, problems) => sidecar.refused(hash, problems),
  })
  await Promise.race([host.closed, terminated(log)])
  const withinMs = Math.max(STOP_WITHIN_MS, sidecar.fleet.longestGraceMs + AFTER_GRACE_MS)
  const late = setTimeout(() => io.exit(0), withinMs).unref()
  await Promise.all([greeter.end(), host.close(), reload.stop(), memory.end(), sidecar.stop()])
  clearTimeout(late)
  log.info('sidemux has ended')
  return 0
}

/**
 * A host shows little of what a program says that ends at once, so a file that can't be used, or isn't there, is told in the
 * instructions instead, and applies when it is mended. Who types the command reads it in the terminal.
 * @returns `loaded` where the file was read anew
 * @throws SidemuxError when it can't be read, or for a person when it can't be used or isn't there.
 */
async function readConfig(
  choice: ConfigVerbOptions,
  io: Io,
): Promise<{ readonly config: Config; readonly loaded?: LoadedConfig }> {
  const whole = { ...choice, env: io.env, cwd: io.cwd }
  const recalled = await recallConfig(whole, stateDirOf(io.env))
  if (recalled !== undefined) return { config: recalled }
  const { loadIfThere, nothingRuns, requireRunnable } = await import('../config/load.ts')
  if (io.stdin.isTTY === true) return { config: await requireRunnable(whole) }
  const loaded = await loadIfThere(whole)
  return { config: loaded.runnable ?? nothingRuns(loaded), loaded }
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
        log.fatal(
          { reason: error instanceof Error ? readableStack(error) : 'unknown' },
          `stopping after an ${event}`,
        )
        process.exitCode = 1
        resolve()
      })
    }
  })
}
