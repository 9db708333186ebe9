/** The last step: hands the call to its child, and turns what comes of it into an outcome. */
import type { CallReply, Child } from '../../upstream/child.ts'
import type { Outcome, Stage } from '../call.ts'
import { targetOf } from '../compose.ts'

export interface ForwardDeps {
  child(server: string): Pick<Child, 'callTool'> | undefined
  timeoutMs(server: string): number
}

export function forward(deps: ForwardDeps): Stage {
  return async (call) => {
    const { server, tool } = targetOf(call)
    if (call.signal.aborted) return { kind: 'cancelled' }
    const child = deps.child(server)
    if (child === undefined)
      return { kind: 'failed', reason: `${server} is not running`, hint: 'run "sidemux check"' }
    const reply = await child.callTool(tool.name, call.args, {
      signal: call.signal,
      timeoutMs: deps.timeoutMs(server),
      ...(call.meta === undefined ? {} : { meta: call.meta }),
      ...(call.onProgress === undefined ? {} : { onProgress: call.onProgress }),
    })
    return outcomeOf(reply, server)
  }
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
