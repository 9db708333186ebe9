/**
 * Waits until the values of all servers are known that can be had without asking anybody, those of servers that sleep too
 * (promise 3): arguments are masked where they are written down, and results on their way back, by what is known then.
 * It waits once a session, and after an edit.
 */
import type { Call, Next, Outcome, Stage } from '../call.ts'

export interface LearnDeps {
  /** Undefined when they are known. Never rejects. */
  known(): Promise<void> | undefined
}

export function learn(deps: LearnDeps): Stage {
  return (call, next) => {
    const known = deps.known()
    return known === undefined ? next(call) : after(known, call, next)
  }
}

async function after(known: Promise<void>, call: Call, next: Next): Promise<Outcome> {
  await known
  return next(call)
}
