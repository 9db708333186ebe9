/**
 * The last step: hands the call to its child, and turns what comes of it into an outcome. A child may have started
 * again since the call was judged, so the definition is compared once more when it is up (promise 5).
 */
import type { Target } from '../../catalog/target.ts'
import type { CallReply, Child } from '../../upstream/child.ts'
import type { Outcome, Stage } from '../call.ts'
import { targetOf } from '../compose.ts'

export interface ForwardDeps {
  child(server: string): Pick<Child, 'callTool'> | undefined
  timeoutMs(server: string): number
  /** The target as the catalog has it now. */
  current(emitted: string): Target | undefined
}

export function forward(deps: ForwardDeps): Stage {
  return async (call) => {
    const target = targetOf(call)
    const { server, name } = target
    if (call.signal.aborted) return { kind: 'cancelled' }
    const child = deps.child(server)
    if (child === undefined)
      return { kind: 'failed', reason: `${server} is not running`, hint: 'run "sidemux check"' }
    const reply = await child.callTool(name, call.args, {
      signal: call.signal,
      timeoutMs: deps.timeoutMs(server),
      isStillMeant: () => isSame(deps.current(target.emitted), target),
      ...(call.meta === undefined ? {} : { meta: call.meta }),
      ...(call.onProgress === undefined ? {} : { onProgress: call.onProgress }),
    })
    return outcomeOf(reply, server)
  }
}

function isSame(now: Target | undefined, judged: Target): boolean {
  return (
    now !== undefined &&
    now.name === judged.name &&
    now.hash === judged.hash &&
    now.verdict.kind === judged.verdict.kind
  )
}

function outcomeOf(reply: CallReply, server: string): Outcome {
  switch (reply.kind) {
    case 'result':
      return { kind: 'result', result: reply.result }
    case 'error':
      return {
        kind: 'error',
        code: reply.code,
        message: reply.message,
        ...(reply.data === undefined ? {} : { data: reply.data }),
      }
    case 'changed':
      return {
        kind: 'blocked',
        by: 'pin',
        reason: 'the tool changed before the call reached it, so it was not made',
        hint: 'send the call again to have it judged as the tool is now',
      }
    case 'unavailable':
      return { kind: 'failed', reason: `${server}: ${reply.reason}`, hint: reply.hint }
    case 'timeout':
      return {
        kind: 'failed',
        reason: `${server} gave neither a result nor progress for ${reply.afterMs / 1000} s, so the call was cancelled`,
        hint: `raise servers.${server}.timeout in servers.yaml if the tool needs longer`,
      }
    case 'cancelled':
      return { kind: 'cancelled' }
  }
}
