/**
 * The last step: hands the call to its child, and turns what comes of it into an outcome. A child may have started
 * again since the call was judged, so the definition is compared once more when it is up (promise 5).
 */
import type { Target } from '../../catalog/target.ts'
import type { CallReply, Child } from '../../upstream/child.ts'
import type { ServerRequest } from '../../upstream/client.ts'
import type { Call, Outcome, Stage } from '../call.ts'
import { targetOf } from '../compose.ts'

export interface ForwardDeps {
  child(server: string): Pick<Child, 'request'> | undefined
  timeoutMs(server: string): number
  /** The target as the catalog has it now. */
  current(target: Target): Target | undefined
}

export function forward(deps: ForwardDeps): Stage {
  return async (call) => {
    const target = targetOf(call)
    const { server } = target
    if (call.signal.aborted) return { kind: 'cancelled' }
    const child = deps.child(server)
    if (child === undefined)
      return { kind: 'failed', reason: `${server} is not running`, hint: 'run "sidemux check"' }
    const { signal, caller, meta, onProgress, onLog, resumed } = call
    const reply = await child.request(requestFor(call, target), {
      signal,
      caller,
      timeoutMs: deps.timeoutMs(server),
      isStillMeant: () => isSame(deps.current(target), target),
      ...(meta === undefined ? {} : { meta }),
      ...(onProgress === undefined ? {} : { onProgress }),
      ...(onLog === undefined ? {} : { onLog }),
      ...(resumed === undefined ? {} : { resumed }),
    })
    return outcomeOf(reply, server)
  }
}

function requestFor({ kind, args }: Call, target: Target): ServerRequest {
  const { name } = target
  switch (kind) {
    case 'tool':
      return { method: 'tools/call', params: { name, arguments: args } }
    case 'prompt':
      return { method: 'prompts/get', params: { name, arguments: args } }
    case 'resource':
      return { method: 'resources/read', params: { uri: name } }
    case 'subscription':
      return { method: 'resources/subscribe', params: { uri: name } }
    case 'completion': {
      const { ref: _ref, ...params } = args
      const ref =
        target.kind === 'prompt' ? { type: 'ref/prompt', name } : { type: 'ref/resource', uri: name }
      return { method: 'completion/complete', params: { ...params, ref } }
    }
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
    case 'questions':
      return { kind: 'questions', questions: reply.questions, next: reply.next }
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
        reason: 'its definition or launch changed before the call reached it, so the call was not made',
        hint: 'send it again to have it judged as it is now; "sidemux tools" says what keeps a new launch from starting',
      }
    case 'unavailable':
      return { kind: 'failed', reason: `${server}: ${reply.reason}`, hint: reply.hint }
    case 'timeout':
      return {
        kind: 'failed',
        reason: `${server} gave neither a result nor progress for ${reply.afterMs / 1000} s, so the call was cancelled`,
        hint: `raise servers.${server}.timeout in servers.yaml if it needs longer`,
      }
    case 'cancelled':
      return { kind: 'cancelled' }
  }
}
