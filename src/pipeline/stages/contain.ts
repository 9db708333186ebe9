/**
 * A call that carries another server's secret, be it in an address, is not made: whatever put it there, a poisoned
 * result or a pasted token, the value would leave for a process that was never given it (promise 2).
 */
import type { Stage } from '../call.ts'
import { targetOf } from '../compose.ts'

export interface ContainDeps {
  /** Labels of the secrets in `value`, in any encoding, that `server` was not given itself. */
  foreignSecrets(value: unknown, server: string): readonly string[]
  /** Whether a secret, by its label, is what ordinary text is full of: a host, a word. */
  isWeak(label: string): boolean
}

export function contain(deps: ContainDeps): Stage {
  return async (call, next) => {
    const { server, name } = targetOf(call)
    const foreign = deps.foreignSecrets([name, call.args, call.meta, call.retried?.inputResponses], server)
    if (foreign.length === 0) return next(call)
    const weak = foreign.filter((label) => deps.isWeak(label))
    const listed = weak.join(' and ')
    return {
      kind: 'blocked',
      by: 'secret',
      reason: `the request contains a secret of another server (${foreign.join(', ')})`,
      // For the person who reads it; a model can't write servers.yaml.
      hint:
        weak.length === 0
          ? 'send the call without it; if both servers need the value, give it to both in servers.yaml'
          : `${listed} ${weak.length === 1 ? 'is a value' : 'are values'} that ordinary text has too; if it is no secret, refer to it as \${plain:…} in servers.yaml`,
    }
  }
}
