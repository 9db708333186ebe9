/**
 * A call for a server that waits for a human's yes to its launch (promise 5) asks for it through its own host, where that
 * shows questions while a call waits. Without a yes the server stays down, and `resolve` says why.
 */
import type { Asker } from '../../approval/facts/channel.ts'
import { abortSignalOf } from '../../cancellation.ts'
import type { Call, Next, Outcome, Stage } from '../call.ts'

export interface AgreeDeps {
  /** Whose the call is by its name, where that server waits. */
  waits(call: Call): boolean
  /** Resolves when that is decided, or can't be. */
  readonly ask: (asker: Asker, signal: AbortSignal) => Promise<void>
}

/** Sent as somebody types, or in the background. */
const UNASKED: ReadonlySet<Call['kind']> = new Set(['completion', 'subscription'])

export function agree(deps: AgreeDeps): Stage {
  return (call, next) => (deps.waits(call) && !UNASKED.has(call.kind) ? asked(call, next, deps) : next(call))
}

async function asked(call: Call, next: Next, { ask }: AgreeDeps): Promise<Outcome> {
  await ask(call.asker, abortSignalOf(call.signal))
  return next(call)
}
