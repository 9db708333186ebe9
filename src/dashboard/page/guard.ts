/**
 * Decides whether a click on the page counts as a decision, and if not, why. A click that was meant for something
 * else must not decide: for half a second after a question appeared, the list moved or the window came to the front,
 * the buttons ignore clicks. Pure: all times are of one clock.
 */

/** Longer than a hand on its way can be stopped. */
export const SETTLE_MS = 500

export type ConnectionState =
  /** Nothing is known yet. */
  | 'connecting'
  | 'live'
  /** The server can't be reached; the page tries again. */
  | 'lost'
  /** The server no longer takes this page's word. */
  | 'closed'

export interface Moment {
  readonly now: number
  readonly link: ConnectionState
  /** From when on the server takes decisions. */
  readonly decidesFrom: number
  /** When something last moved. */
  readonly movedAt: number
  /** An answer to this question is under way. */
  readonly busy: boolean
  readonly expiresAt: number
}

export type HoldReason =
  | { readonly why: 'closed' | 'lost' | 'busy' | 'expired' | 'settling' }
  | { readonly why: 'early'; readonly ms: number }

/** Undefined: a decision is taken. */
export function holdOf(moment: Moment): HoldReason | undefined {
  if (moment.link === 'closed') return { why: 'closed' }
  if (moment.link !== 'live') return { why: 'lost' }
  if (moment.now >= moment.expiresAt) return { why: 'expired' }
  if (moment.busy) return { why: 'busy' }
  if (moment.now < moment.decidesFrom) return { why: 'early', ms: moment.decidesFrom - moment.now }
  return moment.now < moment.movedAt + SETTLE_MS ? { why: 'settling' } : undefined
}

/** For the line beside the buttons; nothing where waiting is over before one has read it. */
export function holdWords(hold: HoldReason | undefined): string {
  switch (hold?.why) {
    case undefined:
    case 'settling':
      return ''
    case 'closed':
      return 'Nothing can be decided on this page any more.'
    case 'lost':
      return 'No connection: nothing can be decided now.'
    case 'busy':
      return 'Sending your decision …'
    case 'expired':
      return 'This question has expired.'
    case 'early':
      return `You can decide in ${Math.ceil(hold.ms / 1000)} s.`
  }
}
