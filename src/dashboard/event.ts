/** The events of the page and its door for the audit log; they never hold a link, a cookie or a key. */
import { visibleLine } from '../visible.ts'
import type { CallingProcess } from './caller/look.ts'

export type DashboardEvent =
  /** A browser was started with a link. One that could not be is told of with the question (approval/facts/event.ts). */
  | { readonly phase: 'page-opened' }
  | ({ readonly phase: 'session-begun'; readonly session: string } & CallerFacts)
  /** A link was used twice; `takenBack`: how many unspent yeses went with the session. */
  | { readonly phase: 'session-voided'; readonly session: string; readonly takenBack: number }
  | {
      readonly phase: 'caller-refused'
      readonly door: 'page' | 'local'
      readonly why: string
      readonly pids: readonly number[]
      readonly names: readonly string[]
      /** How many were not written down since the last one that was. */
      readonly unwritten: number
    }
  | { readonly phase: 'grant-revoked'; readonly grant: string; readonly session: string }

/** Which processes held the connection. */
interface CallerFacts {
  readonly pids: readonly number[]
  readonly names: readonly string[]
}

/** What a process calls itself was chosen by it. */
export function callerFacts({ pids, names }: CallingProcess): CallerFacts {
  return { pids: pids.slice(0, 8), names: names.slice(0, 8).map((name) => visibleLine(name).slice(0, 64)) }
}
