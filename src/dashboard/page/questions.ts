/**
 * What the page knows of the questions: which there are, which came, which ended and how. Pure; the page keeps what
 * it showed last and what was decided on it.
 */
import type { Pending } from '../../approval/pending.ts'
import type { PageState, SidecarInfo } from '../wire.ts'

export interface Entry {
  readonly pending: Pending
  readonly sidecar: SidecarInfo
}

export type Ending = 'approved' | 'denied' | 'expired' | 'stopped' | 'elsewhere' | 'spent'

export interface Ended {
  readonly entry: Entry
  readonly how: Ending
}

export interface Changes {
  readonly came: readonly Entry[]
  readonly ended: readonly Ended[]
}

/** Oldest first, whichever sidecar asks, so that a new one is added at the end and moves nothing. */
export function entriesOf(state: PageState): Entry[] {
  return state.sidecars
    .flatMap(({ sidecar, pending }) => pending.map((question) => ({ pending: question, sidecar })))
    .toSorted((a, b) => a.pending.askedAt - b.pending.askedAt || (a.pending.id < b.pending.id ? -1 : 1))
}

export function changesBetween(
  before: readonly Entry[],
  state: PageState,
  /** What this page answered, by the question's id. */
  answered: ReadonlyMap<string, 'approve' | 'deny'>,
): Changes {
  const after = entriesOf(state)
  const known = new Set(before.map(({ pending }) => pending.id))
  const here = new Set(after.map(({ pending }) => pending.id))
  const sidecars = new Set(state.sidecars.map(({ sidecar }) => sidecar.id))
  return {
    came: after.filter(({ pending }) => !known.has(pending.id)),
    ended: before
      .filter(({ pending }) => !here.has(pending.id))
      .map((entry) => ({ entry, how: ending(entry, sidecars, answered, state.now) })),
  }
}

/** What a question's end says, for a line in the list of what is over. */
export function endingWords(how: Ending): string {
  switch (how) {
    case 'approved':
      return 'Approved once. The call was let through.'
    case 'denied':
      return 'Denied. It was not run.'
    case 'expired':
      return 'Expired before anybody decided. It was not run.'
    case 'stopped':
      return 'The sidecar that asked is gone. Nothing can be decided for it any more.'
    case 'elsewhere':
      return 'Decided elsewhere, or withdrawn by the host.'
    case 'spent':
      return 'The yes was used, or taken back elsewhere.'
  }
}

/** The time until a moment, in words that don't grow too long. */
export function timeLeft(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000))
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, '0')} s`
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`
}

/** Nothing that a server wrote: whoever sees the tab's title may take it for ours. */
export function documentTitle(open: number): string {
  return open === 0 ? 'sidemux' : `(${open}) sidemux`
}

function ending(
  { pending, sidecar }: Entry,
  sidecars: ReadonlySet<string>,
  answered: ReadonlyMap<string, 'approve' | 'deny'>,
  now: number,
): Ending {
  const mine = answered.get(pending.id)
  if (mine === 'deny') return 'denied'
  if (mine === 'approve' && pending.state === 'open') return 'approved'
  if (!sidecars.has(sidecar.id)) return 'stopped'
  if (now >= pending.expiresAt - 250) return 'expired'
  return pending.state === 'approved' ? 'spent' : 'elsewhere'
}
