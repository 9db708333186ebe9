/**
 * Decides by the time that an answer through the host took whether it can be a person's. Hosts answer by themselves:
 * Codex 0.171 without a person declines within 3 ms, Claude Code in print mode cancels at once. And a key that was
 * meant for the host's own question lands in ours, where a person hasn't read a word yet.
 *
 *   yes                       counts from MIN_READ_MS on; before that the form is shown again
 *   no, chosen in the form    counts from BY_ITSELF_MS on; before that the form is shown again
 *   declined, cancelled       counts from BY_ITSELF_MS on; before that the host did it, and the next channel is asked
 *   an accept without a choice  never counts: a form with a required choice wasn't shown
 *
 * None of it turns a no into a yes: what doesn't count is as if nobody had answered. Pure.
 */
import type { ChannelName } from '../facts/pending.ts'
import type { Answer } from '../facts/channel.ts'

/** Nobody reads a line and decides faster. */
export const MIN_READ_MS = 1000
/** Nobody finds a button faster. */
const BY_ITSELF_MS = 500
/** A form that is answered too quickly so often is answered by a program. */
export const MAX_SHOWN = 3

/** What an ElicitResult says, before it is asked whose it is. */
export type FormAnswer =
  | { readonly kind: 'approved' | 'cancelled' | 'shown' | 'no-choice' }
  /** `chosen`: as one of the choices, not by a button of the host. */
  | { readonly kind: 'denied'; readonly chosen: boolean }

export type WeighedAnswer = Exclude<Answer, { kind: 'deferred' }>

/** @param tookMs from the question's leaving to the answer's coming */
export function weighAnswer(said: FormAnswer, tookMs: number): WeighedAnswer {
  switch (said.kind) {
    case 'approved':
      return tookMs < MIN_READ_MS ? { kind: 'too-quick' } : { kind: 'approved' }
    case 'denied':
      if (tookMs >= BY_ITSELF_MS) return { kind: 'denied' }
      return said.chosen ? { kind: 'too-quick' } : byItself('declined', tookMs)
    case 'cancelled':
      return tookMs < BY_ITSELF_MS ? byItself('closed the question', tookMs) : { kind: 'cancelled' }
    case 'shown':
      return { kind: 'shown' }
    case 'no-choice':
      return {
        kind: 'unavailable',
        by: 'host-declined',
        why: 'the host accepted by itself, without a choice of its user',
      }
  }
}

/** What was shown MAX_SHOWN times, and each time answered faster than a person can. */
export function tooQuickThere(channel: ChannelName): Extract<Answer, { kind: 'unavailable' }> {
  const who = channel === 'elicitation' ? 'the host' : 'the dialog was'
  const why = `${who} answered ${MAX_SHOWN} times faster than a person can read`
  return { kind: 'unavailable', by: 'too-quick', why }
}

/** A yes or a no to what could not be read yet: a click or a key that was meant for something else. */
export function isTooQuick(answer: Answer, tookMs: number): boolean {
  if (answer.kind === 'approved') return tookMs < MIN_READ_MS
  return answer.kind === 'denied' && tookMs < BY_ITSELF_MS
}

function byItself(did: string, tookMs: number): Extract<Answer, { kind: 'unavailable' }> {
  const ms = Math.max(0, Math.round(tookMs))
  return { kind: 'unavailable', by: 'host-declined', why: `the host ${did} by itself, within ${ms} ms` }
}
