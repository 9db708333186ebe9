/**
 * On the way back, and in progress and log messages on the way: no injected value passes in clear (promise 3), as a
 * number neither, nor over several of these messages and what answers the call. What masking breaks in a result is
 * mended (mend.ts).
 */
import { STEADY } from '../../json/steady.ts'
import type { Call, Outcome, Stage } from '../call.ts'
import { targetOf, whenEnded } from '../compose.ts'
import { mend } from '../mend.ts'
import { INTERNAL_ERROR } from '../../wire/message.ts'

export interface ScrubDeps {
  maskJson: MaskJson
  /** The same for what this server says unasked, which is judged together with what it said before. */
  thread(server: string): { maskJson: MaskJson }
}

type MaskJson = <T>(value: T) => { value: T; hits: number }

export function scrub(deps: ScrubDeps): Stage {
  const plainly = (outcome: Outcome): Outcome => maskOutcome(outcome, (value) => deps.maskJson(value))
  return (call, next) => {
    if (call.onProgress === undefined && call.onLog === undefined) return whenEnded(next(call), plainly)
    const thread = deps.thread(targetOf(call).server)
    let heard = false
    const mask = <T>(news: T): T => {
      heard = true
      return thread.maskJson(news).value
    }
    return whenEnded(next({ ...STEADY, ...call, ...maskedNews(call, mask) }), (outcome) =>
      heard ? maskOutcome(outcome, (value) => thread.maskJson(value)) : plainly(outcome),
    )
  }
}

/** What the host hears before the answer. */
function maskedNews(
  { onProgress, onLog }: Call,
  mask: <T>(news: T) => T,
): Pick<Call, 'onProgress' | 'onLog'> {
  return {
    ...STEADY,
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
        ...STEADY,
        ...outcome,
        code: value.code === code ? code : INTERNAL_ERROR,
        message: value.message,
        ...(value.data === undefined ? {} : { data: value.data }),
        masked: hits,
      }
    }
    case 'failed': {
      const { reason, hint, said } = outcome
      return { ...outcome, ...mask({ reason, hint, ...(said !== undefined && { said }) }).value }
    }
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
