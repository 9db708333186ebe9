/**
 * On the way back, and in progress and log messages on the way: no injected value passes in clear (promise 3), as a
 * number neither, nor over several of these messages and what answers the call. What masking breaks in a result is
 * mended (mend.ts).
 */
import type { Call, Outcome, Stage } from '../call.ts'
import { targetOf } from '../compose.ts'
import { mend } from '../mend.ts'

export interface ScrubDeps {
  maskJson: MaskJson
  /** The same for what this server says unasked, which is judged together with what it said before. */
  thread(server: string): { maskJson: MaskJson }
}

type MaskJson = <T>(value: T) => { value: T; hits: number }

const INTERNAL_ERROR = -32_603

export function scrub(deps: ScrubDeps): Stage {
  return async (call, next) => {
    const thread = deps.thread(targetOf(call).server)
    let heard = false
    const mask = <T>(news: T): T => {
      heard = true
      return thread.maskJson(news).value
    }
    const outcome = await next({ ...call, ...maskedNews(call, mask) })
    return maskOutcome(outcome, heard ? (value) => thread.maskJson(value) : (value) => deps.maskJson(value))
  }
}

/** What the host hears before the answer. */
function maskedNews(
  { onProgress, onLog }: Call,
  mask: <T>(news: T) => T,
): Pick<Call, 'onProgress' | 'onLog'> {
  return {
    ...(onProgress && { onProgress: (progress) => onProgress(mask(progress)) }),
    ...(onLog && { onLog: (message) => onLog(mask(message)) }),
  }
}

function maskOutcome(outcome: Outcome, mask: MaskJson): Outcome {
  switch (outcome.kind) {
    case 'result': {
      const { value, hits } = mask(outcome.result)
      return { kind: 'result', result: hits === 0 ? value : mend(value), masked: hits }
    }
    case 'error': {
      const { code, message, data } = outcome
      const { value, hits } = mask({ code, message, data })
      return {
        ...outcome,
        code: value.code === code ? code : INTERNAL_ERROR,
        message: value.message,
        ...(value.data === undefined ? {} : { data: value.data }),
        masked: hits,
      }
    }
    case 'failed':
    case 'blocked': {
      const { reason, hint } = outcome
      return { ...outcome, ...mask({ reason, hint }).value }
    }
    case 'questions':
      return { ...outcome, questions: mask(outcome.questions).value }
    case 'ask':
    case 'cancelled':
      return outcome
  }
}
