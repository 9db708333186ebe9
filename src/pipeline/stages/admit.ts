/** Turns the operator's rules into a stop. What asks goes on; `confirm` stops it until a human said yes. */
import type { Stage } from '../call.ts'
import { targetOf } from '../compose.ts'

export const admit: Stage = async (call, next) => {
  const { verdict } = targetOf(call)
  switch (verdict.kind) {
    case 'block':
      return {
        kind: 'blocked',
        by: 'policy',
        reason: `${verdict.rule}: ${verdict.reason}`,
        hint: 'run "sidemux tools" to see the rule',
      }
    case 'hidden':
      return {
        kind: 'blocked',
        by: 'hidden',
        reason: `${verdict.rule}: ${verdict.reason}`,
        hint: 'run "sidemux tools" to see the rule',
      }
    case 'confirm':
    case 'allow':
      return next(call)
  }
}
