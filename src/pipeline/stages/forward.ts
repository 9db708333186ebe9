/**
 * The last step: hands the call to its child, and turns what comes of it into an outcome. A child may have started
 * again since the call was judged, so the definition is compared once more when it is up (promise 5).
 */
import { STEADY } from '../../json/steady.ts'
import type { Target } from '../../catalog/target.ts'
import type { CallOptions, CallReply, Child } from '../../upstream/life/child.ts'
import type { ServerRequest } from '../../upstream/session/connection.ts'
import type { Call, Outcome, Stage } from '../call.ts'
import { targetOf } from '../compose.ts'
import { errorWithDenied, withDenied, type DeniedWords } from '../denied.ts'

export interface ForwardDeps {
  child(server: string): Pick<Child, 'request'> | undefined
  timeoutMs(server: string): number
  /** The target as the catalog has it now, judged anew for a call with these arguments. */
  current(target: Target, args: Call['args']): Target | undefined
  /** What its sandbox kept from a server, by its words. */
  denied: DeniedWords
}

export function forward(deps: ForwardDeps): Stage {
  return (call) => {
    const target = targetOf(call)
    const { server } = target
    if (call.signal.aborted) return { kind: 'cancelled' }
    const child = deps.child(server)
    if (child === undefined)
      return { kind: 'failed', reason: `${server} is not running`, hint: 'run "sidemux check"' }
    const { signal, caller, meta, onProgress, onLog, resumed } = call
    const options: { -readonly [Option in keyof CallOptions]: CallOptions[Option] } = {
      signal,
      caller,
      timeoutMs: deps.timeoutMs(server),
      isStillMeant: () => isSame(deps.current(target, call.args), target),
    }
    if (meta !== undefined) options.meta = meta
    if (onProgress !== undefined) options.onProgress = onProgress
    if (onLog !== undefined) options.onLog = onLog
    if (resumed !== undefined) options.resumed = resumed
    return child
      .request(requestFor(call, target), options)
      .then((reply) => outcomeOf(reply, server, deps.denied))
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
      return { method: 'completion/complete', params: { ...STEADY, ...params, ref } }
    }
  }
}

function isSame(now: Target | undefined, judged: Target): boolean {
  return (
    now !== undefined &&
    now.name === judged.name &&
    now.hash === judged.hash &&
    // A yes may have accepted what was new, so that the next call needs none.
    (now.verdict.kind === judged.verdict.kind ||
      (judged.verdict.kind === 'confirm' && now.verdict.kind === 'allow'))
  )
}

function outcomeOf(reply: CallReply, server: string, denied: DeniedWords): Outcome {
  switch (reply.kind) {
    case 'result':
      return { kind: 'result', result: withDenied(reply.result, server, denied) }
    case 'questions':
      return { kind: 'questions', questions: reply.questions, next: reply.next }
    case 'error':
      return { kind: 'error', ...errorWithDenied(reply, server, denied) }
    case 'changed':
      return {
        kind: 'blocked',
        by: 'pin',
        reason: 'its definition or launch changed before the call reached it, so the call was not made',
        hint: 'send it again to have it judged as it is now; "sidemux tools" says what keeps a new launch from starting',
      }
    case 'unavailable':
      return {
        kind: 'failed',
        reason: `${server}: ${reply.reason}`,
        hint: reply.hint,
        ...(reply.said !== undefined && { said: reply.said }),
      }
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
