/**
 * A line of the operator's log (log.ts, upstream/life/told/child-log.ts), read; pure. Others than a sidecar may have written into the
 * file, and a line may be cut, so whatever is no record is kept as text.
 */
import { LOG_LEVELS, type LogLevel } from '../../log-levels.ts'
import { isRecord, type JsonObject } from '../../json/record.ts'

export type EntryLevel = Exclude<LogLevel, 'silent'>

export interface LogEntry {
  /** Milliseconds since 1970; undefined where the line doesn't tell. */
  readonly at: number | undefined
  readonly level: EntryLevel
  /** The sidecar's. */
  readonly pid: number | undefined
  readonly server: string | undefined
  /** In the words of whoever wrote it. */
  readonly message: string
  /** What else the record holds. */
  readonly facts: Readonly<Record<string, unknown>>
  /** As it stands in the file; undefined when it is no record. */
  readonly record: Readonly<Record<string, unknown>> | undefined
}

export function readEntry(line: string): LogEntry {
  const record = parsed(line)
  if (record === undefined)
    return {
      at: undefined,
      level: 'info',
      pid: undefined,
      server: undefined,
      message: line,
      facts: {},
      record,
    }
  const { level, time, pid, server, msg, ...facts } = record
  const at = typeof time === 'string' ? Date.parse(time) : NaN
  return {
    at: Number.isNaN(at) ? undefined : at,
    level: levels.find((known) => known === level) ?? 'info',
    pid: typeof pid === 'number' ? pid : undefined,
    server: typeof server === 'string' ? server : undefined,
    message: typeof msg === 'string' ? msg : '',
    facts,
    record,
  }
}

/** From the least on. */
export const levels: readonly EntryLevel[] = LOG_LEVELS.filter((level) => level !== 'silent')

export function isAtLeast(level: EntryLevel, least: EntryLevel): boolean {
  return levels.indexOf(level) >= levels.indexOf(least)
}

function parsed(line: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}
