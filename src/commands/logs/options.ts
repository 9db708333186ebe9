/** Reads the options of `sidemux logs`. */
import type { ConfigVerbOptions } from '../common/choice.ts'
import { texts, usage, type Values } from '../options.ts'
import { levels, type EntryLevel } from './log-entry.ts'
import { parseSince } from './since.ts'

export interface LogsOptions {
  readonly stateDir: string
  readonly choice: ConfigVerbOptions
  readonly server?: string
  readonly follow: boolean
  readonly json: boolean
  /** Milliseconds since 1970. */
  readonly since?: number
  /** How many of the last lines; 100 when absent, and all of those since a time. */
  readonly lines?: number
  readonly level?: EntryLevel
}

interface Place {
  readonly stateDir: string
  readonly choice: ConfigVerbOptions
  readonly now: number
}

/** @throws SidemuxError for one that is none. */
export function logsOptions(values: Values, { stateDir, choice, now }: Place): LogsOptions {
  const { since, lines, level } = texts(values, 'since', 'lines', 'level')
  if (lines !== undefined && !/^\d{1,7}$/.test(lines))
    throw usage('--lines is not a number', 'write for example --lines 50')
  const least = levels.find((known) => known === level)
  if (level !== undefined && least === undefined)
    throw usage('there is no such level', `use one of ${levels.join(', ')}`)
  return {
    stateDir,
    choice,
    follow: values['follow'] === true,
    json: values['json'] === true,
    ...(since !== undefined && { since: parseSince(since, now) }),
    ...(lines !== undefined && { lines: Number(lines) }),
    ...(least !== undefined && { level: least }),
  }
}
