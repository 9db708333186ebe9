/**
 * The one rule that decides whether a word typed at a terminal comes from a person. For `sidemux approvals` the
 * sidecar that asked applies it at its door, for `sidemux call` the command applies it itself.
 *
 * A server, what a server left behind, and a model with a shell can open terminals too, and type there. So a word
 * counts only from one process that the system tells all of, that descends from no sidecar and from no application that
 * runs one, that nothing of a server can have started, and that sits in the foreground of its controlling terminal. That
 * `sidemux call` starts a sidecar of its own changes nothing: what types the yes there would reach every server.
 */
import type { LocalRefusal } from '../page-wire.ts'
import * as linux from './linux.ts'
import * as mac from './mac.ts'
import { worstStanding, type CallerStanding } from './standing.ts'
import { createWorldOf, readTable, type WorldOptions } from './world.ts'

export interface Typist {
  readonly standing: CallerStanding | 'other-user' | 'gone'
  /** How many processes hold what it is known by. */
  readonly processes: number
  readonly sitsAtTerminal: boolean
}

/** Undefined: what is typed there is a person's word. Pure. */
export function refuseTyped({ standing, processes, sitsAtTerminal: sits }: Typist): LocalRefusal | undefined {
  if (standing === 'gone') return 'not-allowed'
  if (standing !== 'clear') return standing
  if (processes !== 1) return 'unknown'
  return sits ? undefined : 'no-terminal'
}

/** The rule for this very process, which asks at the terminal that it was typed into. */
export async function refuseOwnTerminal(options: WorldOptions): Promise<LocalRefusal | undefined> {
  const { pid } = process
  const worldOf = createWorldOf(options)
  const look = async (): Promise<CallerStanding> => worstStanding([pid], await worldOf(await readTable()))
  const first = await look()
  // A parent that ends while the table is read breaks a line; such a moment passes.
  const standing = first === 'unknown' ? await look() : first
  return refuseTyped({ standing, processes: 1, sitsAtTerminal: await sitsAtTerminal(pid) })
}

export async function sitsAtTerminal(pid: number): Promise<boolean> {
  if (process.platform === 'linux') return linux.sitsAtTerminal(pid)
  return process.platform === 'darwin' && (await mac.sitsAtTerminal(pid))
}
