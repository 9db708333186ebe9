/**
 * A call that carries another server's secret, be it in an address, is not made: whatever put it there, a poisoned
 * result or a pasted token, the value would leave for a process that was never given it (promise 2).
 */
import type { Call, Stage } from '../call.ts'
import { targetOf } from '../compose.ts'

export interface ContainDeps {
  /** Labels of the secrets in `value`, in any encoding, that `server` was not given itself. */
  foreignSecrets(value: unknown, server: string): readonly string[]
  /** How many secrets are known, all of them together. */
  secretsKnown(): number
  /** Whether a secret, by its label, is what ordinary text is full of: a host, a word. */
  isWeak(label: string): boolean
}

export function contain(deps: ContainDeps): Stage {
  return (call, next) => {
    const { server, name } = targetOf(call)
    if (isBare(call, name, deps)) return next(call)
    const foreign = deps.foreignSecrets(carried(call, name), server)
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

/** `record` has found no secret in what reaches the server, of those that are known now. */
function isBare(
  { kind, name: emitted, args, meta, retried, seen }: Call,
  name: string,
  deps: ContainDeps,
): boolean {
  if (seen?.args !== args || seen.bareOf !== deps.secretsKnown()) return false
  return kind === 'tool' && emitted.endsWith(name) && meta === undefined && retried === undefined
}

/** All that reaches the server; members that are missing cost a look each. */
function carried({ args, meta, retried }: Call, name: string): readonly unknown[] {
  const inputResponses = retried?.inputResponses
  return meta === undefined && inputResponses === undefined
    ? [name, args]
    : [name, args, meta, inputResponses]
}
