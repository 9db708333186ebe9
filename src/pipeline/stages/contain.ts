/**
 * A call that carries another server's secret, be it in an address, is not made: whatever put it there, a poisoned
 * result or a pasted token, the value would leave for a process that was never given it (promise 2).
 */
import type { Stage } from '../call.ts'
import { targetOf } from '../compose.ts'

export interface ContainDeps {
  /** Labels of the secrets in `value`, in any encoding, that `server` was not given itself. */
  foreignSecrets(value: unknown, server: string): readonly string[]
}

export function contain(deps: ContainDeps): Stage {
  return async (call, next) => {
    const { server, name } = targetOf(call)
    const foreign = deps.foreignSecrets([name, call.args, call.meta, call.retried?.inputResponses], server)
    if (foreign.length === 0) return next(call)
    return {
      kind: 'blocked',
      by: 'secret',
      reason: `the request contains a secret of another server (${foreign.join(', ')})`,
      hint: 'send the call without it; if both servers need the value, give it to both in servers.yaml',
    }
  }
}
