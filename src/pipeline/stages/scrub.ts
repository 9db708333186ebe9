/**
 * On the way back, and in progress on the way: no injected value passes in clear (promise 3), as a number neither.
 * Masked base64 isn't base64 any more, and a host would refuse the whole result for it, so such a block gives way to a
 * text that says so.
 */
import { isContentBlock } from '../../upstream/normalize.ts'
import type { Outcome, Progress, Stage } from '../call.ts'

export interface ScrubDeps {
  maskText(text: string): { text: string; hits: number }
  maskJson<T>(value: T): { value: T; hits: number }
  /** Also finds a secret that is split over adjacent text blocks. */
  maskContent(blocks: readonly unknown[]): { value: readonly unknown[]; hits: number }
}

const INTERNAL_ERROR = -32_603

export function scrub(deps: ScrubDeps): Stage {
  return async (call, next) => {
    const { onProgress } = call
    const masked =
      onProgress === undefined
        ? call
        : { ...call, onProgress: (progress: Progress) => onProgress(maskProgress(progress, deps)) }
    return maskOutcome(await next(masked), deps)
  }
}

function maskProgress(progress: Progress, deps: ScrubDeps): Progress {
  return deps.maskJson(progress).value
}

function maskOutcome(outcome: Outcome, deps: ScrubDeps): Outcome {
  switch (outcome.kind) {
    case 'result': {
      const { content, ...rest } = outcome.result
      const blocks = deps.maskContent(Array.isArray(content) ? content : [])
      const others = deps.maskJson(rest)
      const masked = blocks.hits + others.hits
      return {
        kind: 'result',
        result: masked === 0 ? outcome.result : { ...others.value, content: blocks.value.map(asBlock) },
        masked,
      }
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

/** Blocks were well formed before they were masked (normalize.ts). */
function asBlock(block: unknown): unknown {
  if (isContentBlock(block)) return block
  return { type: 'text', text: '[redacted: this part of the result held a secret in its binary data]' }
}
