/**
 * The onion: each stage wraps those behind it. A stage that called `next` twice would run a tool twice on one
 * yes, so the second call is an error, whatever the stage does with it.
 */
import type { Call, Next, Outcome, Stage } from './call.ts'

export function compose(stages: readonly Stage[]): Next {
  const from =
    (index: number): Next =>
    async (call: Call): Promise<Outcome> => {
      const stage = stages[index]
      if (stage === undefined) throw new Error('the last stage called next')
      let called = false
      return stage(call, async (handedOn) => {
        if (called) throw new Error(`stage ${index} called next twice`)
        called = true
        return from(index + 1)(handedOn)
      })
    }
  return from(0)
}

/** For stages behind `resolve`, which sets the target. */
export function targetOf(call: Call): NonNullable<Call['target']> {
  if (call.target === undefined) throw new Error('the call has no target yet')
  return call.target
}
