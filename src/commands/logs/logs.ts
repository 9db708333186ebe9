/**
 * `sidemux logs`: what the operator's log says, for people: what became of servers, and what they printed. It needs no
 * servers.yaml. Several sidecars write into one log; where more than one has, each line says which.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { SidemuxError, systemErrorCode } from '../../errors.ts'
import { asciiJson } from '../../visible.ts'
import type { Io } from '../io.ts'
import { isAtLeast, readEntry, type LogEntry } from './log-entry.ts'
import { LogFile } from './file.ts'
import { knownServer } from './known.ts'
import type { LogsOptions } from './options.ts'
import { logWords } from './line-words.ts'
import { stateFile } from '../../state/paths.ts'

const DEFAULT_LINES = 100
const LOOK_EVERY_MS = 200

export async function logs(options: LogsOptions, io: Io): Promise<number> {
  const path = stateFile(options.stateDir, 'log', {})
  const file = new LogFile(path)
  try {
    const past = [...file.lines()].map(readEntry)
    const logged = new Set(past.flatMap(({ server }) => server ?? []))
    const server =
      options.server === undefined ? undefined : await knownServer(options.server, logged, options.choice, io)
    const isWanted = filterOf({ ...options, ...(server !== undefined && { server }) })
    const printer = new Printer(options.json, io)
    const wanted = past.filter(isWanted)
    const last = options.lines ?? (options.since === undefined ? DEFAULT_LINES : Infinity)
    printer.print(wanted.slice(Math.max(0, wanted.length - last)), past)
    if (wanted.length === 0) io.stderr.write(nothingYet(path, file, { ...options, server }))
    if (options.follow) await follow(file, isWanted, printer, io)
    return 0
  } catch (error) {
    if (error instanceof SidemuxError) throw error
    const code = systemErrorCode(error)
    if (code === undefined) throw error
    throw new SidemuxError(`the log ${path} can't be read (${code})`, {
      hint: 'make it readable for you, or set SIDEMUX_STATE_DIR to the state directory that you mean',
    })
  } finally {
    file.close()
  }
}

function filterOf({ server, since, level }: Pick<LogsOptions, 'server' | 'since' | 'level'>) {
  return (entry: LogEntry): boolean =>
    (server === undefined || entry.server === server) &&
    (since === undefined || (entry.at !== undefined && entry.at >= since)) &&
    (level === undefined || isAtLeast(entry.level, level))
}

function nothingYet(
  path: string,
  file: LogFile,
  { server, since, level }: { server: string | undefined } & Pick<LogsOptions, 'since' | 'level'>,
): string {
  if (!file.exists)
    return `there is no log yet in ${path}\nhint: a sidemux writes it that a host has started; or run "sidemux tools", which starts every server once\n`
  const narrowed = since !== undefined || level !== undefined
  const whose = server === undefined ? '' : ` of ${server}`
  return `nothing${whose} is in the log${narrowed ? ' that is new and grave enough' : ' yet'}\nhint: ${
    narrowed ? 'leave out --since and --level' : 'run "sidemux tools", which starts every server once'
  }\n`
}

/** Until Ctrl-C, or nobody reads any more. */
async function follow(
  file: LogFile,
  isWanted: (entry: LogEntry) => boolean,
  printer: Printer,
  { stdout }: Io,
): Promise<void> {
  const over = new AbortController()
  const end = (): void => over.abort()
  stdout.once('close', end).once('error', end)
  process.once('SIGINT', end).once('SIGTERM', end)
  try {
    while (!over.signal.aborted) {
      const more = [...file.lines()].map(readEntry)
      printer.print(more.filter(isWanted), more)
      await sleep(LOOK_EVERY_MS, undefined, { signal: over.signal }).catch(() => undefined)
    }
  } finally {
    stdout.off('close', end).off('error', end)
    process.off('SIGINT', end).off('SIGTERM', end)
  }
}

class Printer {
  readonly #json: boolean
  readonly #io: Io
  readonly #hosts = new Map<number, string>()
  readonly #pids = new Set<number>()
  #width = 1

  constructor(json: boolean, io: Io) {
    this.#json = json
    this.#io = io
  }

  /** @param among from which the hosts of sidecars are known */
  print(entries: readonly LogEntry[], among: readonly LogEntry[]): void {
    for (const { pid, facts } of among)
      if (pid !== undefined && typeof facts['host'] === 'string') this.#hosts.set(pid, facts['host'])
    for (const { pid, server } of entries) {
      if (pid !== undefined) this.#pids.add(pid)
      this.#width = Math.max(this.#width, server?.length ?? 0)
    }
    const setting = { several: this.#pids.size > 1, hosts: this.#hosts, width: this.#width }
    for (const entry of entries) this.#io.stdout.write(this.#json ? asJson(entry) : logWords(entry, setting))
  }
}

function asJson({ record, message }: LogEntry): string {
  return `${asciiJson(record ?? { msg: message })}\n`
}
