/**
 * Stays, and asks whatever comes: for a terminal of its own beside the host. A question that is answered elsewhere,
 * or that nobody needs any more, goes away by itself. Ctrl-C ends it.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { renderError, SidemuxError } from '../../errors.ts'
import { stateDir } from '../../state/directory.ts'
import type { Io } from '../io.ts'
import { say } from './decide.ts'
import { askEverybody, requireAnswer, type OpenQuestion } from './open.ts'
import { Person, requirePerson } from './person.ts'

const LOOK_EVERY_MS = 1000

export async function watch(io: Io): Promise<0> {
  requirePerson(io, 'list --watch')
  const dir = stateDir(io.env)
  const ended = new AbortController()
  process.once('SIGINT', () => ended.abort())
  const later = new Set<string>()
  io.stderr.write('waiting for questions; Ctrl-C ends this\n')
  requireAnswer(await askEverybody(dir))
  while (!ended.signal.aborted) {
    const all = await askEverybody(dir)
    const next = all.questions.find(({ pending }) => pending.state === 'open' && !later.has(pending.id))
    if (next === undefined) {
      await sleep(LOOK_EVERY_MS, undefined, { signal: ended.signal }).catch(() => undefined)
      continue
    }
    if ((await decideOne(next, dir, io)) === 'end') break
    later.add(next.pending.id)
  }
  return 0
}

async function decideOne(question: OpenQuestion, dir: string, io: Io): Promise<'next' | 'end'> {
  const over = new AbortController()
  const look = setInterval(() => void withdrawIfOver(question, dir, over), LOOK_EVERY_MS)
  // A fresh one each time, so that nothing that was typed for another question is left in it.
  const person = new Person(io)
  try {
    io.stderr.write('\u0007')
    const word = await person.ask(
      question.pending,
      'Type yes to run it once, no to deny it, Return for later: ',
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

async function withdrawIfOver({ pending }: OpenQuestion, dir: string, over: AbortController): Promise<void> {
  const { questions } = await askEverybody(dir)
  if (!questions.some((open) => open.pending.id === pending.id && open.pending.state === 'open')) over.abort()
}
