/**
 * The one question about all servers that wait for a yes, for the queue of approvals: the same machine, channels and
 * rules as for a call (promise 4). It is bound to exactly these launches; what changes meanwhile needs another one. Pure.
 */
import type { ApprovalRequest } from '../approval/question/decision.ts'
import { questionText } from '../approval/facts/question.ts'
import { RESERVED_SERVER } from '../approval/facts/request.ts'
import { sha256 } from '../json/canonical.ts'
import { factsDigest } from './facts.ts'
import { launchText, type AskedLaunch } from './words.ts'

/** Names the question in the audit log, where a call has its tool. */
export const LAUNCH = 'launch'

/** @returns undefined when it is too long to be shown whole */
export function launchRequest(
  launches: readonly AskedLaunch[],
  { session, call, onWaiting }: { session: string; call: string; onWaiting?: () => void },
): ApprovalRequest | undefined {
  const args = Object.fromEntries(launches.map((one) => [one.id, launchText(one)]))
  const digest = sha256(JSON.stringify(launches.map(({ id, facts }) => [id, factsDigest(facts)])))
  const facts = {
    kind: 'launch' as const,
    server: RESERVED_SERVER,
    tool: LAUNCH,
    risk: 'launch',
    why: 'trust: a server that is new, or whose launch has grown, starts only with your yes',
    because: because(launches),
    args,
    changes: [],
  }
  const text = questionText(facts)
  if (text === undefined) return undefined
  const binding = {
    server: RESERVED_SERVER,
    tool: LAUNCH,
    launchHash: digest,
    toolHash: sha256(LAUNCH),
    argsHash: sha256(JSON.stringify(args)),
    configHash: '',
    session,
  }
  const { server, tool, launchHash, toolHash } = binding
  return {
    call,
    binding,
    subject: { server, tool, launchHash, toolHash, ruleHash: toolHash },
    args,
    facts,
    text,
    offer: undefined,
    ...(onWaiting !== undefined && { onWaiting }),
  }
}

function because(launches: readonly AskedLaunch[]): string {
  const [fresh, grown] = [true, false].map((isNew) =>
    launches.filter((one) => one.isNew === isNew).map(({ id }) => id),
  )
  const what = [
    ...said(fresh, ['is new', 'are new']),
    ...said(grown, ['wants more than you agreed to', 'want more than you agreed to']),
  ]
  return `${what.join('; ')}. A server is somebody else's program, and runs on this machine.`
}

function said(ids: readonly string[] = [], [one, several]: readonly [string, string]): string[] {
  return ids.length === 0 ? [] : [`${ids.join(', ')} ${ids.length === 1 ? one : several}`]
}
