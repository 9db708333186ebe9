/** A decision at a terminal. Only the whole word `yes` approves; a no needs no further word. */
import { askState, sendAnswer } from '../../dashboard/client.ts'
import { refusalError } from '../../dashboard/refusals.ts'
import type { AnswerOutcome } from '../../approval/pending.ts'
import { renderError, SidemuxError } from '../../errors.ts'
import { stateDir } from '../../state/directory.ts'
import { visibleLine } from '../../visible.ts'
import type { Io } from '../io.ts'
import { inWords } from './ids.ts'
import { askEverybody, findQuestion, type OpenQuestion } from './open.ts'
import { Person, requirePerson } from './person.ts'

export async function approve(id: string, io: Io): Promise<number> {
  requirePerson(io, 'approve')
  const question = findQuestion(id, await askEverybody(stateDir(io.env)))
  const person = new Person(io)
  try {
    const word = await person.ask(question.pending, 'Type yes to run it once: ', new AbortController().signal)
    if (word !== 'yes') {
      throw new SidemuxError('it was not approved, and stays open', {
        hint: `deny it with: sidemux approvals deny ${id}`,
        exitCode: 3,
      })
    }
    io.stdout.write(`${await say(question, 'approve')}\n`)
    return 0
  } finally {
    person.close()
  }
}

/** Each is decided by itself; the exit code is the worst of them. */
export async function deny(ids: readonly string[], io: Io): Promise<number> {
  requirePerson(io, 'deny')
  const all = await askEverybody(stateDir(io.env))
  const questions = new Set(ids.map((id) => findQuestion(id, all)))
  let worst = 0
  for (const question of questions) {
    io.stderr.write(`${titleOf(question)}\n`)
    try {
      io.stdout.write(`${await say(question, 'deny')}\n`)
    } catch (error) {
      if (!(error instanceof SidemuxError)) throw error
      io.stderr.write(`sidemux: ${renderError(error)}\n`)
      worst = Math.max(worst, error.exitCode)
    }
  }
  return worst
}

export function titleOf({ pending }: OpenQuestion): string {
  return visibleLine(pending.text.split('\n', 1)[0] ?? '')
}

/** Tells the sidecar, and answers what comes of it. @throws SidemuxError when it doesn't count. */
export async function say(question: OpenQuestion, answer: 'approve' | 'deny'): Promise<string> {
  const { run, pending } = question
  const reply = await sendAnswer(run, { sidecar: run.id, ids: [pending.id], answer })
  switch (reply.kind) {
    case 'refused':
      throw refusalError(reply.why)
    case 'gone':
      throw new SidemuxError('the sidecar that asked has ended, and its questions with it', { hint: SEE })
    case 'silent':
      throw new SidemuxError('the sidecar did not answer, so whether this counts is not known', { hint: SEE })
    case 'ok':
      requireDone(reply.value.outcomes[0])
      return answer === 'deny' ? 'denied: it does not run' : `approved: ${await whatNext(question)}`
  }
}

const SEE = 'see what is open with: sidemux approvals'

function requireDone(outcome: AnswerOutcome | undefined): void {
  switch (outcome) {
    case 'done':
      return
    case 'decided':
      throw new SidemuxError('somebody else decided this first, and that stands', { hint: SEE })
    case 'refused':
      throw new SidemuxError('the sidecar could not write the decision down, so nothing was decided', {
        hint: 'make room for the audit log in the state directory, then decide again',
        exitCode: 3,
      })
    case 'gone':
    case undefined:
      throw new SidemuxError('it is too late: the question has expired or was withdrawn', {
        hint: `nothing runs by this; ${SEE}`,
      })
  }
}

/** As it is now: the host may have given up while somebody read. */
async function whatNext({ run, pending }: OpenQuestion): Promise<string> {
  const reply = await askState(run)
  const known = reply.kind === 'ok' ? reply.value.pending.find(({ id }) => id === pending.id) : pending
  if (known === undefined || known.waiting) return 'the waiting call runs now'
  return `it runs when the host repeats the identical call within ${inWords(known.expiresAt - Date.now())}`
}
