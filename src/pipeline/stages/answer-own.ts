/**
 * Answers the tools and resources that are sidemux's own (surface/own-tools.ts). They reach no server, so nobody is asked and no rule
 * speaks of them; they are written down as every call is, and what they answer is masked as what a server answers.
 */
import type { OwnAnswer } from '../../surface/own-tools.ts'
import type { About, Call, Ended, Outcome, Stage } from '../call.ts'

export interface OwnDeps {
  /** Whether such a call is one of a tool of ours. */
  isOwn(call: Call): boolean
  answer(call: Call): Promise<OwnAnswer>
  maskJson<T>(value: T): { value: T; hits: number }
  /** How it is told in the log whose tool it was. */
  readonly server: string
}

export function answerOwn(deps: OwnDeps): Stage {
  return (call, next): Ended => (deps.isOwn(call) ? answered(call, deps) : next(call))
}

async function answered(call: Call, deps: OwnDeps): Promise<Outcome> {
  const kind = call.kind === 'resource' ? 'resource' : 'tool'
  const about: About = { server: deps.server, kind, name: call.name, verdict: 'allow', rule: 'own' }
  const answer = await deps.answer(call)
  if ('wrong' in answer)
    return {
      kind: 'blocked',
      by: 'arguments',
      reason: answer.wrong,
      hint: 'correct the arguments and send the call again',
      about,
    }
  const { value, hits } = deps.maskJson(answer.result)
  return { kind: 'result', result: value, masked: hits, about }
}
