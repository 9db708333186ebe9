/** Turns the operator's rules into a stop. What asks goes on; `confirm` stops it until a human said yes. */
import type { Stage } from '../call.ts'
import { targetOf } from '../compose.ts'

export const admit: Stage = (call, next) => {
  const { verdict } = targetOf(call)
  switch (verdict.kind) {
    case 'block':
      // The tool is listed, and it is these arguments that are refused: who sent them may know.
      if (verdict.varies === true)
        return {
          kind: 'blocked',
          by: 'boundary',
          reason: `a rule of servers.yaml blocks the call with these arguments (${verdict.rule}): ${verdict.reason}`,
          hint: 'do not try it in another way; ask the user whether the rule is right',
        }
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
