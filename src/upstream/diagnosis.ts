/**
 * Why a child is down, in our words, and whether starting it again may help; pure. A server's own words are never
 * part of it: they are in the log, and here is where to look.
 */
import { ProtocolError, SdkError, SdkErrorCode } from '@modelcontextprotocol/client'
import { SidemuxError } from '../errors.ts'
import { BadAnswer } from './badAnswer.ts'
import type { Ended } from './link.ts'
import { LaunchError } from './transport.ts'

export interface Down {
  readonly reason: string
  readonly hint: string
  /** `passed`: when what keeps it from being launched has passed, which is no fault of its own. */
  readonly again: 'never' | 'later' | 'now' | 'passed'
  /** Milliseconds, from now, before which it isn't tried again. */
  readonly retryAfterMs?: number
  /** The secret store that it waits for, by its alias. */
  readonly store?: string
}

export interface FailedStart {
  readonly id: string
  readonly error: unknown
  readonly startTimeoutMs: number
  /** The start was called off: it took too long. */
  readonly aborted: boolean
  /** What it is launched with was not there yet. */
  readonly launching: boolean
  /** It exited, or closed its stdout, before we ended it. */
  readonly endedByItself: boolean
  readonly exit: Ended | undefined
  /** How the era was known: probed for, or a guess that may be why it failed. */
  readonly era: 'probed' | 'remembered' | 'second try'
}

export const LOOK =
  'Run "sidemux tools" to see it start; what it printed is in log/sidemux.log in the state directory.'

export function whyNotReady(start: FailedStart): Down {
  const { id, error } = start
  if (error instanceof SidemuxError) return refused(error)
  if (error instanceof LaunchError) return notLaunched(id, error.code)
  if (start.endedByItself) {
    const again = start.era === 'second try' ? 'later' : 'now'
    return { reason: `"${id}" ${describeExit(start.exit)} while starting.`, hint: LOOK, again }
  }
  if (start.aborted || isTimeout(error)) {
    const reason = `"${id}" was not ready within ${start.startTimeoutMs / 1000} s of its start.`
    if (start.launching) return { reason, hint: SECRETS_LATE, again: 'passed' }
    return { reason, hint: `Set a longer startTimeout for "${id}" in servers.yaml. ${LOOK}`, again: 'later' }
  }
  const again = start.era === 'remembered' ? 'now' : 'later'
  if (error instanceof ProtocolError && error.data instanceof BadAnswer) {
    const { why, failing } = error.data
    const what = failing.unsent === true ? why : `answered ${why}`
    return { reason: `"${id}" ${what} while starting.`, hint: failing.hint ?? LOOK, again }
  }
  return { reason: `"${id}" speaks no version of MCP that sidemux knows.`, hint: LOOK, again }
}

/** Ends a sentence that begins with the server's id. */
export function describeExit(exit: Ended | undefined): string {
  if (exit === undefined) return 'closed its output'
  if ('why' in exit) return exit.why
  return exit.signal === null ? `exited with code ${exit.code}` : `was ended by ${exit.signal}`
}

function notLaunched(id: string, code: string): Down {
  const hint = `Check command and cwd of "${id}" in servers.yaml; a desktop app searches fewer directories than your shell, so write the command as "which" prints it.`
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: `The command or the working directory of "${id}" does not exist.`,
    EACCES: `The command of "${id}" may not be executed.`,
  }
  const reason = reasons[code] ?? `"${id}" could not be started (${code}).`
  return PASSING.has(code) ? { reason, hint: SHORT, again: 'passed' } : { reason, hint, again: 'never' }
}

const SECRETS_LATE =
  'Its secrets were not there by then. See that its secret stores can be reached: sidemux secrets check'

/** The machine is short of something. ETXTBSY: the program is being written just now, as by an update. */
const PASSING: ReadonlySet<string> = new Set(['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE', 'ETXTBSY'])

const SHORT = 'This machine is short of processes, memory or open files; close something.'

function refused(error: SidemuxError): Down {
  const { message: reason, hint = LOOK } = error
  if (!('retryable' in error) || error.retryable !== true) return { reason, hint, again: 'never' }
  const { retryAfterMs, store } = error as Partial<Record<'retryAfterMs' | 'store', unknown>>
  return {
    reason,
    hint,
    again: 'passed',
    ...(typeof retryAfterMs === 'number' && { retryAfterMs }),
    ...(typeof store === 'string' && { store }),
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof SdkError && error.code === SdkErrorCode.RequestTimeout
}
