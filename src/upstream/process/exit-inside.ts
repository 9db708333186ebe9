/**
 * Tells how a confined program ended from how what confines it did: that exits with the program's own code, or with 128
 * and the number of the signal that ended it (man bwrap, as a shell does; the keeper of Landlock does the same). What
 * sandbox-exec confines takes its place.
 */
import { constants } from 'node:os'
import type { ConfinedStart } from '../../confine/confiner/start.ts'
import type { ProcessExit } from '../link/link.ts'

export function exitInside(
  code: number | null,
  signal: NodeJS.Signals | null,
  by?: ConfinedStart['by'],
): ProcessExit {
  if (by === undefined || by === 'seatbelt') return { code, signal }
  const ended = code === null || code <= 128 ? undefined : signalOf(code - 128)
  return ended === undefined ? { code, signal } : { code: null, signal: ended }
}

function signalOf(number: number): NodeJS.Signals | undefined {
  const [name] = Object.entries(constants.signals).find(([, one]) => one === number) ?? []
  return name as NodeJS.Signals | undefined
}
