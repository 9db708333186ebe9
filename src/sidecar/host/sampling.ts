/**
 * Asks a human whether a server may have the host's model write for it (`sampling: confirm`). It is a question like that
 * of a call, bound to exactly this server and this request; only that nothing of it can be remembered.
 */
import { argumentsHash } from '../../approval/facts/request.ts'
import { questionText } from '../../approval/facts/question.ts'
import type { ApprovalQueue } from '../../approval/queue.ts'
import { sha256 } from '../../json/canonical.ts'
import type { Config } from '../../config/config.ts'
import { ruleHash, serverOf } from '../../config/for-rooms.ts'
import type { RelayDeps } from '../../relay/relay.ts'

const METHOD = 'sampling/createMessage'

export function confirmSampling(
  config: Config,
  queue: Pick<ApprovalQueue, 'decide'>,
  session: string,
): RelayDeps['confirm'] {
  return async ({ params }, { server, call }, signal) => {
    const { launchHash, ...entry } = serverOf(config)(server)
    const toolHash = sha256(METHOD)
    const facts = {
      kind: 'sampling' as const,
      server,
      tool: METHOD,
      risk: 'write',
      because: `${server} wants your model to write something for it, which costs you tokens.`,
      why: `sampling: confirm of ${server}, because it spends the tokens of the host's user`,
      args: params,
      changes: [],
    }
    const text = questionText(facts)
    if (text === undefined) return false
    const decision = await queue.decide(
      {
        call: call ?? `${session} ${server}`,
        binding: {
          server,
          tool: METHOD,
          launchHash,
          toolHash,
          argsHash: argumentsHash(params),
          configHash: config.hash,
          session,
        },
        subject: {
          server,
          tool: METHOD,
          launchHash,
          toolHash,
          ruleHash: ruleHash({ launchHash, ...entry }, config),
        },
        args: params,
        facts,
        text,
        offer: undefined,
      },
      { kind: 'none', why: 'the host waits for its model already' },
      signal,
    )
    return decision.kind === 'approved'
  }
}
