/**
 * Tells what a person can do when a call didn't run. The corridor's own hints speak to a model, which is to tell its user and
 * must not learn how a yes is given. Whoever typed `sidemux call` is that user. Pure.
 */
import type { SidemuxError } from '../../errors.ts'
import type { Outcome } from '../../pipeline/call.ts'

export interface AskedFor {
  /** As it was typed. */
  readonly server: string
  readonly tool: string
  /** Why this terminal was not believed. */
  readonly refusal: SidemuxError | undefined
  readonly hasTerminal: boolean
}

export function withPersonWay(outcome: Outcome, asked: AskedFor): Outcome {
  if (outcome.kind !== 'blocked') return outcome
  const hint = wayFor(outcome, asked)
  return hint === undefined ? outcome : { ...outcome, hint }
}

/** Undefined: what the corridor says serves a person too. */
function wayFor(
  { by, reason }: Extract<Outcome, { kind: 'blocked' }>,
  { server, tool, refusal, hasTerminal }: AskedFor,
): string | undefined {
  switch (by) {
    case 'human':
      return AGAIN
    case 'approval':
      if (!hasTerminal) return OWN_TERMINAL
      return refusal !== undefined && reason.includes(refusal.message) ? refusal.hint : AGAIN
    case 'boundary':
      return `see the rule and what it forbids with: sidemux tools --explain ${server}/${tool}`
    default:
      return undefined
  }
}

const AGAIN = 'run the same command again to be asked again'
const OWN_TERMINAL =
  'run it in a terminal window of your own, without redirecting its input, and you are asked there'
