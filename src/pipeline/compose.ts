/**
 * The onion: each stage wraps those behind it. A stage that called `next` twice would run a tool twice on one
 * yes, so the second call is an error, whatever the stage does with it.
 */
import type { Call, Ended, Next, Outcome, Stage } from './call.ts'

export function compose(stages: readonly Stage[]): Next {
  return stages.reduceRight<Next>(
    (inner, stage, index) => guarded(stage, inner, index),
    () => {
      throw new Error('the last stage called next')
    },
  )
}

function guarded(stage: Stage, inner: Next, index: number): Next {
  return (call: Call): Ended => {
    let called = false
    return stage(call, (handedOn) => {
      if (called) throw new Error(`stage ${index} called next twice`)
      called = true
      return inner(handedOn)
    })
  }
}

/** What a stage does with what comes back: at once where it is there, since each wait costs a turn of the promises. */
export function whenEnded(ended: Ended, act: (outcome: Outcome) => Outcome): Ended {
  return ended instanceof Promise ? ended.then(act) : act(ended)
}

/** For stages behind `resolve`, which sets the target. */
export function targetOf(call: Call): NonNullable<Call['target']> {
  if (call.target === undefined) throw new Error('the call has no target yet')
  return call.target
}
