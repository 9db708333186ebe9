/**
 * On the way back, and in progress and log messages on the way: no injected value passes in clear (promise 3), as a
 * number neither. What masking breaks in a result is mended (mend.ts).
 */
import type { Call, Outcome, Stage } from '../call.ts'
import { mend } from '../mend.ts'

export interface ScrubDeps {
  maskText(text: string): { text: string; hits: number }
  maskJson<T>(value: T): { value: T; hits: number }
}

const INTERNAL_ERROR = -32_603

export function scrub(deps: ScrubDeps): Stage {
  return async (call, next) => {
    return maskOutcome(await next({ ...call, ...maskedNews(call, deps) }), deps)
  }
}

/** What the host hears before the answer. */
function maskedNews({ onProgress, onLog }: Call, deps: ScrubDeps): Pick<Call, 'onProgress' | 'onLog'> {
  return {
    ...(onProgress && { onProgress: (progress) => onProgress(deps.maskJson(progress).value) }),
    ...(onLog && { onLog: (message) => onLog(deps.maskJson(message).value) }),
  }
}

function maskOutcome(outcome: Outcome, deps: ScrubDeps): Outcome {
  switch (outcome.kind) {
    case 'result': {
      const { value, hits } = deps.maskJson(outcome.result)
      return { kind: 'result', result: hits === 0 ? value : mend(value), masked: hits }
    }
    case 'error': {
      const message = deps.maskText(outcome.message)
      const data = deps.maskJson(outcome.data)
      const code = deps.maskJson(outcome.code)
      return {
        ...outcome,
        code: code.hits === 0 ? outcome.code : INTERNAL_ERROR,
        message: message.text,
        ...(data.value === undefined ? {} : { data: data.value }),
        masked: message.hits + data.hits + code.hits,
      }
    }
    case 'failed':
    case 'blocked':
      return {
        ...outcome,
        reason: deps.maskText(outcome.reason).text,
        hint: deps.maskText(outcome.hint).text,
      }
    case 'questions':
      return { ...outcome, questions: deps.maskJson(outcome.questions).value }
    case 'ask':
    case 'cancelled':
      return outcome
  }
}
