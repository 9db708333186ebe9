/** The open questions of every running sidecar, and how a person names one of them. */
import { askAll, runningSidecars, sidecarsElsewhere } from '../../dashboard/neighbours/client.ts'
import type { LocalReply } from '../../dashboard/neighbours/exchange.ts'
import { refusalError } from '../../dashboard/neighbours/refusals.ts'
import type { LocalState, RunFile } from '../../dashboard/page-wire.ts'
import type { Pending } from '../../approval/facts/pending.ts'
import { SidemuxError } from '../../errors.ts'
import { visibleLine } from '../../visible.ts'
import { shortIds } from './ids.ts'

export interface QuestionOfRun {
  readonly run: RunFile
  readonly state: LocalState
  readonly pending: Pending
}

/** One that is there and didn't tell. */
interface Untold {
  readonly run: RunFile
  readonly reply: Exclude<LocalReply<LocalState>, { kind: 'ok' | 'gone' }>
}

export interface Everything {
  /** What answered. */
  readonly told: readonly { readonly run: RunFile; readonly state: LocalState }[]
  readonly states: readonly LocalState[]
  readonly questions: readonly QuestionOfRun[]
  readonly untold: readonly Untold[]
  /** In another container, where nothing can be asked or decided from here. */
  readonly elsewhere: readonly RunFile[]
}

export async function askEverybody(stateDir: string): Promise<Everything> {
  const replies = await askAll(stateDir, await runningSidecars(stateDir))
  const told = replies.flatMap(({ run, reply }) => (reply.kind === 'ok' ? [{ run, state: reply.value }] : []))
  return {
    told,
    states: told.map(({ state }) => state),
    questions: told.flatMap(({ run, state }) => state.pending.map((pending) => ({ run, state, pending }))),
    elsewhere: await sidecarsElsewhere(stateDir),
    untold: replies.flatMap(({ run, reply }) =>
      reply.kind === 'ok' || reply.kind === 'gone' ? [] : [{ run, reply }],
    ),
  }
}

/** A sentence for each; what it holds of others is made visible. */
export function untoldLines({ untold, elsewhere }: Everything): string[] {
  const unreached = elsewhere.map(
    ({ config }) =>
      `a sidemux in another container (${visibleLine(config)}) can't be asked from here, and takes no decision from outside, since it can't see who decides: run sidemux approvals inside it, or decide in its host`,
  )
  const silent = untold.map(({ run, reply }) => {
    const who = `the sidemux with process id ${run.pid} (${visibleLine(run.config)})`
    return reply.kind === 'silent'
      ? `${who} does not answer`
      : `${who} does not show its questions: ${refusalError(reply.why).message}`
  })
  return [...silent, ...unreached]
}

/** @throws SidemuxError when nobody told anything: what is missing then may be all there is. */
export function requireReplies(all: Everything): void {
  const [first] = all.untold
  if (first === undefined || all.states.length > 0) return
  if (first.reply.kind === 'refused') throw refusalError(first.reply.why)
  throw new SidemuxError('no running sidemux answers', {
    hint: 'try again; if it stays so, restart the host that runs sidemux',
  })
}

/** @throws SidemuxError when no open question, or more than one, has an id that begins so. */
export function findQuestion(given: string, all: Everything): QuestionOfRun {
  const found = all.questions.filter(({ pending }) => pending.id.startsWith(given))
  const [first, second] = found
  if (first === undefined) {
    requireReplies(all)
    throw new SidemuxError(
      `there is no open question ${given}: it was answered, has expired, or was withdrawn`,
      {
        hint: 'run "sidemux approvals" to see the open ones',
      },
    )
  }
  if (second === undefined) return first
  const ids = shortIds(found.map(({ pending }) => pending.id))
  if (ids.size < found.length)
    throw new SidemuxError(`two sidemuxes show a question ${given}, and ids are never the same by chance`, {
      hint: 'decide nothing here; end the hosts that run sidemux and look into the state directory for a file that none of them wrote',
    })
  throw new SidemuxError(`${given} is the beginning of several questions: ${[...ids.values()].join(', ')}`, {
    hint: 'write more of the id',
    exitCode: 2,
  })
}
