/**
 * Stays open and asks each question as it comes, in a terminal of its own beside the host. A question that is
 * answered elsewhere, or that nobody needs any more, goes away by itself. Ctrl-C ends it.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { renderError, SidemuxError } from '../../errors.ts'
import { refusalError } from '../../dashboard/neighbours/refusals.ts'
import { stateDir } from '../../state/directory.ts'
import { visibleLine } from '../../visible.ts'
import type { Io } from '../io.ts'
import { say } from './decide.ts'
import { askEverybody, requireReplies, type Everything, type QuestionOfRun } from './open.ts'
import { yesPrompt } from '../terminal/own-terminal.ts'
import { Person, requirePerson } from '../terminal/person.ts'

const LOOK_EVERY_MS = 1000

export async function watch(io: Io): Promise<0> {
  requirePerson(io, 'list --watch')
  const dir = stateDir(io.env)
  const ended = new AbortController()
  process.once('SIGINT', () => ended.abort())
  const later = new Set<string>()
  const told = new Set<string>()
  const first = await askEverybody(dir)
  requireReplies(first)
  requireTaker(first)
  io.stderr.write('waiting for questions; Ctrl-C ends this\n')
  while (!ended.signal.aborted) {
    const all = await askEverybody(dir)
    tellRefusals(all, told, io)
    const next = all.questions.find(
      ({ pending, state }) =>
        pending.state === 'open' && state.refuses === undefined && !later.has(pending.id),
    )
    if (next === undefined) {
      await sleep(LOOK_EVERY_MS, undefined, { signal: ended.signal }).catch(() => undefined)
      continue
    }
    if ((await decideOne(next, dir, io)) === 'end') break
    later.add(next.pending.id)
  }
  return 0
}

/** @throws SidemuxError where every sidecar refuses this terminal: nothing could be decided here. */
function requireTaker({ states }: Everything): void {
  const [first] = states
  if (first?.refuses === undefined || states.some(({ refuses }) => refuses === undefined)) return
  throw refusalError(first.refuses, first.noPage)
}

/** Once of each that doesn't take decisions from here, so that nobody waits for its questions. */
function tellRefusals({ states }: Everything, told: Set<string>, io: Io): void {
  for (const { sidecar, refuses, noPage } of states) {
    if (refuses === undefined || told.has(sidecar.id)) continue
    told.add(sidecar.id)
    const { message, hint } = refusalError(refuses, noPage)
    const who = `the questions of ${visibleLine(sidecar.host ?? 'a host')} (${sidecar.pid}) are not decided here`
    io.stderr.write(`${renderError({ message: `${who}: ${message}`, hint })}\n`)
  }
}

async function decideOne(question: QuestionOfRun, dir: string, io: Io): Promise<'next' | 'end'> {
  const over = new AbortController()
  const look = setInterval(() => void withdrawIfOver(question, dir, over), LOOK_EVERY_MS)
  // A fresh one each time, so that nothing that was typed for another question is left in it.
  const person = new Person(io)
  try {
    io.stderr.write('\u0007')
    const word = await person.ask(
      question.pending,
      `${yesPrompt(question.pending).replace(/: $/, '')}, no to deny it, Return for later: `,
      over.signal,
    )
    if (over.signal.aborted) io.stderr.write('\nthis question is over\n')
    else if (word === undefined) return 'end'
    else if (word === 'yes' || word === 'no')
      io.stdout.write(`${await say(question, word === 'yes' ? 'approve' : 'deny')}\n`)
    else io.stdout.write(`left open: sidemux approvals approve ${question.pending.id.slice(0, 8)}\n`)
  } catch (error) {
    if (!(error instanceof SidemuxError)) throw error
    io.stderr.write(`sidemux: ${renderError(error)}\n`)
  } finally {
    clearInterval(look)
    person.close()
  }
  return 'next'
}

async function withdrawIfOver({ pending }: QuestionOfRun, dir: string, over: AbortController): Promise<void> {
  const { questions } = await askEverybody(dir)
  if (!questions.some((open) => open.pending.id === pending.id && open.pending.state === 'open')) over.abort()
}
