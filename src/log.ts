/**
 * The operator's log: from `warn` upwards to stderr, where hosts show it, and everything of the chosen level to
 * a file in the state directory. It is not the audit log: a line here may be lost, a record there may not.
 *
 * Some hosts never read stderr. Node queues what such a pipe doesn't take, so lines are dropped, and counted,
 * while the queue is long; a call never waits for a log line. Every line goes through `scrub` on its way out
 * (promise 3), also those of libraries that were handed the logger.
 */
import { closeSync, constants, lstatSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { pino, type Logger } from 'pino'
import type { LogLevel } from './log-levels.ts'
import { makeDirectory } from './state/directory.ts'
import { withLockSync } from './state/lock.ts'
import { openOwn } from './state/read-own.ts'

export type { Logger } from 'pino'

/** The file is renamed to `….1` beyond this, so that the two together stay under twice of it. */
const MAX_FILE_BYTES = 5 * 1024 * 1024
/** To move a file away takes a moment, and a call waits for it. */
const LOCK = { waitMs: 400, staleMs: 200 }
/** After a line that could not be written. */
const PAUSE_MS = 10_000
const MAX_STDERR_QUEUE_BYTES = 64 * 1024
const MAX_LINE_LENGTH = 16 * 1024

export interface LogOptions {
  readonly level: LogLevel
  /** Absent: no file. */
  readonly file?: string
  /** From where on stderr gets it too; `warn` when absent. */
  readonly stderrLevel?: LogLevel
  readonly stderr?: NodeJS.WritableStream & { readonly writableLength?: number }
  readonly scrub: (text: string) => string
}

export function createLog(options: LogOptions): Logger {
  const streams = [
    {
      level: pinoLevel(options.stderrLevel ?? 'warn'),
      stream: stderrStream(options.stderr ?? process.stderr),
    },
    ...(options.file === undefined
      ? []
      : [{ level: pinoLevel(options.level), stream: fileStream(options.file) }]),
  ]
  return pino(
    {
      level: options.level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // In this order: a cut would leave the beginning of a secret, which nothing finds any more.
      hooks: { streamWrite: (line) => bounded(options.scrub(line)) },
    },
    pino.multistream(streams),
  )
}

function pinoLevel(level: LogLevel): Exclude<LogLevel, 'silent'> {
  return level === 'silent' ? 'fatal' : level
}

function bounded(line: string): string {
  return line.length <= MAX_LINE_LENGTH ? line : `${line.slice(0, MAX_LINE_LENGTH)}…"}\n`
}

function stderrStream(stderr: NodeJS.WritableStream & { readonly writableLength?: number }): {
  write(line: string): void
} {
  let dropped = 0
  // A host that closes its end of stderr must not end the sidecar.
  stderr.on('error', () => {})
  return {
    write(line) {
      if ((stderr.writableLength ?? 0) > MAX_STDERR_QUEUE_BYTES) {
        dropped += 1
        return
      }
      if (dropped > 0) {
        stderr.write(
          `{"level":"warn","msg":"${dropped} log lines were not shown here; they are in the log file"}\n`,
        )
        dropped = 0
      }
      stderr.write(line)
    },
  }
}

/**
 * Several sidecars append to one file: each line is one append, and whoever finds it too long moves it away. A full or
 * read-only disk costs the log, for as long as it is, and not the service; the audit log has its own, strict rule.
 */
function fileStream(file: string): { write(line: string): void } {
  let silentUntil = 0
  return {
    write(line) {
      if (performance.now() < silentUntil) return
      try {
        makeDirectory(dirname(file))
        if (isTooLong(file)) moveAway(file)
        append(file, line)
      } catch {
        silentUntil = performance.now() + PAUSE_MS
      }
    },
  }
}

/** A link or somebody else's file gets nothing. @throws Unusable; a system error. */
function append(file: string, line: string): void {
  const fd = openOwn(file, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT)
  try {
    writeFileSync(fd, line)
  } finally {
    closeSync(fd)
  }
}

/** Looked at once more with the lock: by then it may be a new one, which would take the place of the old. */
function moveAway(file: string): void {
  try {
    withLockSync(file, LOCK, () => {
      if (isTooLong(file)) renameSync(file, `${file}.1`)
    })
  } catch {
    // It grows until the next line.
  }
}

function isTooLong(file: string): boolean {
  return (lstatSync(file, { throwIfNoEntry: false })?.size ?? 0) > MAX_FILE_BYTES
}
