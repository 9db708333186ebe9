/**
 * Decides whether a person can see in a host's form what he says yes to: the call with every argument in full, and
 * what changed of its definition. The first line of a question has the call where it isn't long, and so has the
 * form's field. Pure.
 */
import type { HostInfo } from '../facts/channel.ts'
import { essentials, type QuestionFacts } from '../facts/question.ts'
import { callLine, FIELD_COLUMNS } from '../words/call-line.ts'
import { wrap } from '../wrap.ts'
import { showsOf, type Shows } from './shows.ts'

/**
 *   seen    all of it is on the screen
 *   long    more than a screen, and it isn't known how much the host shows: others are asked first
 *   hidden  it is known to be cut off, and can't be read: a yes there would be one to something else
 */
export type Visibility = 'seen' | 'long' | 'hidden'

export function visibilityIn(host: HostInfo | undefined, facts: QuestionFacts): Visibility {
  const shows = showsOf(host)
  if (isSeen(shows, facts)) return 'seen'
  return shows.forGood ? 'hidden' : 'long'
}

export function whyHidden(host: HostInfo | undefined): string {
  const { called, rows } = showsOf(host)
  return `${called} shows ${rows} lines of a question, and this one is longer`
}

/** A question is judged before it is asked, where it is asked, and when it was answered. */
const judged = new WeakMap<QuestionFacts, { readonly shows: Shows; readonly isSeen: boolean }>()

function isSeen(shows: Shows, facts: QuestionFacts): boolean {
  const known = judged.get(facts)
  if (known?.shows === shows) return known.isSeen
  const now = { shows, isSeen: fits(shows, facts) }
  judged.set(facts, now)
  return now.isSeen
}

function fits({ rows, columns, field }: Shows, facts: QuestionFacts): boolean {
  const text = essentials(facts)
  // No line takes less than one row; it needn't be broken to know that there are too many.
  if (text.length <= rows * columns && wrap(text, columns).length <= rows) return true
  if (facts.changes.length > 0) return false
  const line = callLine(facts)
  if (line.whole && wrap(line.text, columns).length <= rows) return true
  return field && callLine(facts, FIELD_COLUMNS).whole
}
