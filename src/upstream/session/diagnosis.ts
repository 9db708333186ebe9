/**
 * Says why a child is down, in our words, and whether starting it again may help. Pure. A server's own words are
 * never part of a reason or a hint; they are quoted beside them (said.ts).
 */
import { SidemuxError } from '../../errors.ts'
import { RpcError } from '../../wire/rpc-error.ts'
import { SendError } from '../link/base-link.ts'
import type { LinkEnd } from '../link/link.ts'
import { LaunchError } from '../process/process-launch.ts'
import { UnknownVersion } from './handshake.ts'
import { NoAnswer } from './no-answer.ts'

/** Why it is down, as people and models are told. */
export interface Failure {
  readonly reason: string
  readonly hint: string
  /** The server's own words, masked and quoted (said.ts). */
  readonly said?: string
}

export interface Down extends Failure {
  /**
   * `never`, `seldom`: when a person has mended it, which no try can tell, or one that costs nothing may. `passed`: when
   * what keeps it from being launched has passed, which is no fault of its own.
   */
  readonly again: 'never' | 'seldom' | 'later' | 'now' | 'passed'
  /** Milliseconds, from now, before which it isn't tried again. */
  readonly retryAfterMs?: number
  /** The secret store that it waits for, by its alias. */
  readonly store?: string
}

/** What it said in a message, as it came: to be masked and quoted before anybody sees it. */
export interface Raw {
  readonly what: string
  readonly text: string
}

export interface FailedStart {
  readonly id: string
  readonly error: unknown
  readonly startTimeoutMs: number
  /** The start was called off: it took too long. */
  readonly aborted: boolean
  readonly isRemote: boolean
  /** How far it had come. */
  readonly stage: StartStage
  /** It exited, or closed its stdout, before we ended it. */
  readonly endedByItself: boolean
  readonly exit: LinkEnd | undefined
  /** What may be the reason, known before it was started; a sentence of ours. */
  readonly mind?: string | undefined
  /** How the era was known: probed for, or a guess that may be why it failed. */
  readonly era: 'probed' | 'remembered' | 'second try'
}

export type StartStage = 'launch' | 'handshake' | 'list'

const ASKED: Readonly<Record<StartStage, string>> = {
  launch: 'its launch',
  handshake: 'the handshake of MCP',
  list: 'tools/list',
}

const SEE_COMMAND = 'See that its command starts a server that speaks MCP by stdin and stdout'
const SEE_URL = 'See that its url is that of an MCP server, and no page for people'

/** Where to see more of it; a remote one prints nothing. */
export function look(id: string): string {
  return `"sidemux logs ${id}" tells what became of it.`
}

export function whyNotReady(start: FailedStart): Down & { readonly raw?: Raw } {
  const down = whyDown(start)
  return start.mind === undefined || start.stage === 'launch'
    ? down
    : { ...down, hint: `${start.mind} ${down.hint}` }
}

function whyDown(start: FailedStart): Down & { readonly raw?: Raw } {
  const { id, error, stage, era } = start
  if (error instanceof SidemuxError) return refused(id, error, stage)
  if (error instanceof LaunchError) return notLaunched(id, error)
  const down = (reason: string, hint: string, again: Down['again']): Down => ({
    reason: `"${id}" ${reason}.`,
    hint,
    again,
  })
  if (start.endedByItself) {
    const { exit } = start
    const again =
      exit !== undefined && 'why' in exit ? (exit.again ?? 'later') : era === 'second try' ? 'later' : 'now'
    return down(`${describeExit(exit)} while starting`, hintOfExit(id, exit), again)
  }
  const none = error instanceof NoAnswer ? error.reason : undefined
  if (start.aborted || none?.how === 'late') {
    const reason = `was not ready within ${start.startTimeoutMs / 1000} s of its start`
    if (stage === 'launch') return down(reason, SECRETS_LATE, 'passed')
    return down(
      `${reason}: it has not answered ${ASKED[stage]}`,
      `${start.isRemote ? SEE_URL : SEE_COMMAND}, and set a longer startTimeout for "${id}" in servers.yaml if it needs more time. ${look(id)}`,
      'later',
    )
  }
  const again = era === 'remembered' ? 'now' : 'later'
  if (error instanceof UnknownVersion)
    return {
      ...down(UNKNOWN_VERSION, OTHER_VERSION, again),
      raw: { what: 'it names', text: error.names },
    }
  if (error instanceof RpcError) {
    const raw = { what: 'its error', text: error.message }
    return { ...down(`answered ${ASKED[stage]} with an error (${error.code})`, look(id), again), raw }
  }
  if (none?.how === 'bad') {
    const { why, failing } = none
    return down(
      `${failing.notRun === undefined ? `answered ${why}` : why} while starting`,
      failing.hint ?? (start.isRemote && stage === 'handshake' ? `${SEE_URL}. ${look(id)}` : look(id)),
      again,
    )
  }
  if (none?.how === 'odd')
    return down(`answered ${ASKED[stage]} with something that is no answer to it`, look(id), again)
  if (none?.how === 'unread' || error instanceof SendError)
    return down('does not read its input', look(id), again)
  if (start.isRemote && stage === 'handshake')
    return down(`answered ${ASKED[stage]} with nothing that is MCP`, `${SEE_URL}. ${look(id)}`, again)
  return down(`did not get through ${ASKED[stage]}`, look(id), again)
}

const UNKNOWN_VERSION = 'speaks no version of MCP that sidemux knows'
const OTHER_VERSION =
  'Look for a release of the server that speaks a version between 2024-11-05 and 2026-07-28.'

/** Of one that worked. */
export function whyLost(id: string, exit: LinkEnd | undefined): Down {
  const killed = exit !== undefined && 'signal' in exit && exit.signal === 'SIGKILL'
  const { again = 'later', hint = killed ? hintOfExit(id, exit) : look(id) } =
    exit !== undefined && 'why' in exit ? exit : {}
  return { reason: `"${id}" ${describeExit(exit)}.`, hint, again }
}

/** Ends a sentence that begins with the server's id. */
export function describeExit(exit: LinkEnd | undefined): string {
  if (exit === undefined) return 'closed its output'
  if ('why' in exit) return exit.why
  return exit.signal === null ? `exited with code ${exit.code}` : `was ended by ${exit.signal}`
}

function hintOfExit(id: string, exit: LinkEnd | undefined): string {
  if (exit === undefined) return look(id)
  if ('why' in exit) return exit.hint ?? look(id)
  if (exit.code === 0)
    return `It ended as if its work were done: see that command and args of "${id}" in servers.yaml start a server. ${look(id)}`
  if (exit.code === 127)
    return `By that code a shell says that it did not find a program: see command and args of "${id}" in servers.yaml, and write programs as "which" prints them. ${look(id)}`
  if (exit.code === 126)
    return `By that code a shell says that a program may not be executed, or is not made for this machine. ${look(id)}`
  if (exit.signal === 'SIGKILL') return `Somebody ended it, or this machine was short of memory. ${look(id)}`
  return look(id)
}

function notLaunched(id: string, { code, part }: LaunchError): Down {
  if (PASSING.has(code))
    return { reason: `"${id}" could not be started (${code}).`, hint: SHORT, again: 'passed' }
  const search = `Check command of "${id}" in servers.yaml; a desktop app searches fewer directories than your shell, so write the command as "which" prints it.`
  switch (part) {
    case 'cwd':
      return {
        reason: `The working directory of "${id}" is not there, or may not be entered.`,
        hint: `Check cwd of "${id}" in servers.yaml.`,
        again: 'seldom',
      }
    case 'interpreter':
      return {
        reason: `The command of "${id}" is there, but what runs it is not.`,
        hint: `Install the program that its first line (#!) names, or take one that is made for this machine.`,
        again: 'seldom',
      }
    case 'directory':
      return {
        reason: `The command of "${id}" is a directory.`,
        hint: `Write the program in it as command of "${id}" in servers.yaml.`,
        again: 'seldom',
      }
    case 'command':
      return { reason: `The command of "${id}" does not exist.`, hint: search, again: 'seldom' }
    case undefined:
  }
  if (code === 'EACCES')
    return {
      reason: `The command of "${id}" may not be executed.`,
      hint: `Make it executable (chmod +x), or write what runs it (node, python3, sh) as command of "${id}" and the file into args.`,
      again: 'seldom',
    }
  const reason =
    code === 'ENOENT'
      ? `The command or the working directory of "${id}" does not exist.`
      : `"${id}" could not be started (${code}).`
  return { reason, hint: search, again: 'seldom' }
}

const SECRETS_LATE =
  'Its secrets were not there by then. See that its secret stores can be reached: sidemux secrets check'

/** The machine is short of something. ETXTBSY: the program is being written just now, as by an update. */
const PASSING: ReadonlySet<string> = new Set(['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE', 'ETXTBSY'])

const SHORT = 'This machine is short of processes, memory or open files; close something.'

/** A launch may ask somebody to unlock a store, and a login is a person's; any other refusal may have passed by itself. */
function refused(id: string, error: SidemuxError, stage: StartStage): Down {
  const { message: reason, hint = look(id) } = error
  const retryable = 'retryable' in error ? error.retryable : undefined
  if (retryable !== true)
    return { reason, hint, again: stage === 'launch' || retryable === false ? 'never' : 'seldom' }
  const { retryAfterMs, store } = error as Partial<Record<'retryAfterMs' | 'store', unknown>>
  return {
    reason,
    hint,
    again: 'passed',
    ...(typeof retryAfterMs === 'number' && { retryAfterMs }),
    ...(typeof store === 'string' && { store }),
  }
}
