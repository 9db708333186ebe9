/** A decision at a terminal. Only the whole word `yes` approves; a no needs no further word. */
import { askState, sendAnswer } from '../../dashboard/neighbours/client.ts'
import { refusalError } from '../../dashboard/neighbours/refusals.ts'
import type { AnswerOutcome } from '../../approval/facts/pending.ts'
import { renderError, SidemuxError } from '../../errors.ts'
import { stateDir } from '../../state/directory.ts'
import { visibleLine } from '../../visible.ts'
import type { Io } from '../io.ts'
import { inWords } from './ids.ts'
import { askEverybody, findQuestion, type QuestionOfRun } from './open.ts'
import { yesPrompt } from '../terminal/own-terminal.ts'
import { Person, requirePerson } from '../terminal/person.ts'

export async function approve(id: string, io: Io): Promise<number> {
  requirePerson(io, 'approve')
  const question = findQuestion(id, await askEverybody(stateDir(io.env)))
  requireTaken(question)
  const person = new Person(io)
  try {
    const word = await person.ask(question.pending, yesPrompt(question.pending), new AbortController().signal)
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
    try {
      requireTaken(question)
      io.stderr.write(`${titleOf(question)}\n`)
      io.stdout.write(`${await say(question, 'deny')}\n`)
    } catch (error) {
      if (!(error instanceof SidemuxError)) throw error
      io.stderr.write(`sidemux: ${renderError(error)}\n`)
      worst = Math.max(worst, error.exitCode)
    }
  }
  return worst
}

/** Before anybody reads and types in vain. @throws SidemuxError where its sidecar takes nothing from this terminal. */
function requireTaken({ state: { refuses, noPage } }: QuestionOfRun): void {
  if (refuses !== undefined) throw refusalError(refuses, noPage)
}

export function titleOf({ pending }: QuestionOfRun): string {
  return visibleLine(pending.text.split('\n', 1)[0] ?? '')
}

/** Tells the sidecar, and answers what comes of it. @throws SidemuxError when it doesn't count. */
export async function say(question: QuestionOfRun, answer: 'approve' | 'deny'): Promise<string> {
  const { run, pending } = question
  requireTaken(question)
  const reply = await sendAnswer(run, { sidecar: run.id, ids: [pending.id], answer })
  switch (reply.kind) {
    case 'refused':
      throw refusalError(reply.why)
    case 'gone':
      throw new SidemuxError('the sidemux that asked has ended, and its questions with it', { hint: SEE })
    case 'silent':
      throw new SidemuxError('the sidemux did not answer, so whether this counts is not known', { hint: SEE })
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
      throw new SidemuxError('the sidemux did not take the decision, so nothing was decided', {
        hint: 'see why with "sidemux logs" (the audit log may have no room), then decide again',
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
async function whatNext({ run, pending }: QuestionOfRun): Promise<string> {
  const reply = await askState(run)
  if (pending.facts.kind === 'launch') return 'it starts now'
  const known = reply.kind === 'ok' ? reply.value.pending.find(({ id }) => id === pending.id) : pending
  if (known === undefined || known.waiting) return 'the waiting call runs now'
  return `it runs when the host repeats the identical call within ${inWords(known.expiresAt - Date.now())}`
}
