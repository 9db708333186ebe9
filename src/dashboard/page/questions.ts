/**
 * Compares two states of the questions: which are new, which ended and how. Pure; the page keeps what it showed last
 * and which decisions it sent.
 */
import type { Pending } from '../../approval/facts/pending.ts'
import type { QuestionFacts } from '../../approval/facts/question.ts'
import type { LocalRefusal, PageState, SidecarInfo } from '../page-wire.ts'

export interface PageQuestion {
  readonly pending: Pending
  readonly sidecar: SidecarInfo
  /** Its sidecar takes no decision from this page; why. */
  readonly refuses?: LocalRefusal
}

export type QuestionEnding = 'approved' | 'denied' | 'expired' | 'stopped' | 'elsewhere' | 'spent'

export interface EndedQuestion {
  readonly entry: PageQuestion
  readonly how: QuestionEnding
}

export interface QuestionChanges {
  readonly came: readonly PageQuestion[]
  readonly ended: readonly EndedQuestion[]
}

/** Oldest first, whichever sidecar asks, so that a new one is added at the end and moves nothing. */
export function pageQuestions(state: PageState): PageQuestion[] {
  return state.sidecars
    .flatMap(({ sidecar, pending, refuses }) =>
      pending.map((question) => ({
        pending: question,
        sidecar,
        ...(refuses === undefined ? {} : { refuses }),
      })),
    )
    .toSorted((a, b) => a.pending.askedAt - b.pending.askedAt || (a.pending.id < b.pending.id ? -1 : 1))
}

export function questionChanges(
  before: readonly PageQuestion[],
  state: PageState,
  /** What this page answered, by the question's id. */
  answered: ReadonlyMap<string, 'approve' | 'deny'>,
): QuestionChanges {
  const after = pageQuestions(state)
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
export function endingWords(how: QuestionEnding, kind?: QuestionFacts['kind']): string {
  if (kind === 'launch') return launchEnding(how)
  switch (how) {
    case 'approved':
      return 'Approved once. The call was let through.'
    case 'denied':
      return 'Denied. It was not run.'
    case 'expired':
      return 'Expired before anybody decided. It was not run.'
    case 'stopped':
      return 'The sidemux that asked is gone. Nothing can be decided for it any more.'
    case 'elsewhere':
      return 'Decided elsewhere, or withdrawn by the host.'
    case 'spent':
      return 'The yes was used, or taken back elsewhere.'
  }
}

function launchEnding(how: QuestionEnding): string {
  switch (how) {
    case 'approved':
    case 'spent':
      return 'Trusted. It starts.'
    case 'denied':
      return 'Denied. It does not start.'
    case 'expired':
      return 'Expired before anybody decided. It does not start.'
    case 'stopped':
      return endingWords(how)
    case 'elsewhere':
      return 'Decided elsewhere, or withdrawn because servers.yaml is another now.'
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
  { pending, sidecar }: PageQuestion,
  sidecars: ReadonlySet<string>,
  answered: ReadonlyMap<string, 'approve' | 'deny'>,
  now: number,
): QuestionEnding {
  const mine = answered.get(pending.id)
  if (mine === 'deny') return 'denied'
  if (mine === 'approve' && pending.state === 'open') return 'approved'
  if (!sidecars.has(sidecar.id)) return 'stopped'
  if (now >= pending.expiresAt - 250) return 'expired'
  return pending.state === 'approved' ? 'spent' : 'elsewhere'
}
