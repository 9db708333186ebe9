/**
 * Makes of a call through sidemux's own tool that calls (surface/own-tools.ts) the call that it stands for, before anything
 * else: from there on the corridor has the inner tool and its arguments, as if the host had called it directly. It is
 * judged, asked for, limited, masked and written down so, and there is no second way to a server.
 *
 * A host knows no such tool by name, so one that isn't there is told as a result that a model can mend. What is hidden or
 * blocked answers alike.
 */
import { STEADY } from '../../json/steady.ts'
import { renderError } from '../../errors.ts'
import { visibleLine } from '../../visible.ts'
import type { InnerCall } from '../../surface/inner-call.ts'
import type { Call, Ended, Outcome, Stage } from '../call.ts'

export interface UnwrapDeps {
  /** What this call stands for; undefined where it stands for itself. */
  inner(name: string, args: Call['args']): InnerCall | undefined
  /** Names that may have been meant, of what hosts can see. */
  near(name: string): Promise<readonly string[]>
  /** Which tool of ours finds others. */
  readonly search: string
}

/** Hosts are told the same of all of these. */
const NOT_THERE: ReadonlySet<string> = new Set(['unknown', 'hidden', 'policy', 'gone'])
const MAX_NAME_LENGTH = 128

export function unwrapCall(deps: UnwrapDeps): Stage {
  return (call, next) => {
    const inner = call.kind === 'tool' ? deps.inner(call.name, call.args) : undefined
    if (inner === undefined) return next(call)
    const ended = next({ ...STEADY, ...call, ...inner, via: call.name })
    return ended instanceof Promise
      ? ended.then((outcome) => told(outcome, inner.name, deps))
      : told(ended, inner.name, deps)
  }
}

function told(outcome: Outcome, name: string, deps: UnwrapDeps): Ended {
  if (outcome.kind !== 'blocked' || !NOT_THERE.has(outcome.by)) return outcome
  return notThere(name, deps)
}

async function notThere(name: string, deps: UnwrapDeps): Promise<Outcome> {
  const shown = visibleLine(name.slice(0, MAX_NAME_LENGTH))
  const near = await deps.near(name)
  const text = renderError({
    message: `sidemux: there is no tool ${JSON.stringify(shown)}${near.length === 0 ? '' : `; perhaps you mean ${near.join(' or ')}`}`,
    hint: `find the right one with ${deps.search}`,
  })
  return { kind: 'result', result: { content: [{ type: 'text', text }], isError: true } }
}
