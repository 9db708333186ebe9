/**
 * A request to a child of 2026-07-28, which answers with questions what it can't do without answers. A host that can be
 * asked live is, and the request is sent again with the answers; any other gets the questions, as they may be put to it.
 * A child that only ever asks comes to an end.
 */
import { NotAskedError, type Caller, type Question, type Resumed } from './caller.ts'
import type { Connection, RequestOptions, ServerRequest } from './client.ts'
import type { JsonObject } from './normalize.ts'
import type { Reply } from './reply.ts'
import { pause } from './wait.ts'

const MAX_ROUNDS = 16
/** Between rounds in which nothing is asked: the child only wants to be asked later. */
const LATER_MS = 500

/** With a child of 2026-07-28: until it has what it needs, or to the first question where nobody can be asked now. */
export async function inRounds(
  connection: Connection,
  request: ServerRequest,
  options: RequestOptions,
): Promise<Reply | Refusal> {
  const { ask } = options.caller
  let reply = await connection.request(request, options)
  if (ask === undefined) return reply.kind === 'questions' ? prepared(reply, options) : reply
  for (let round = 1; reply.kind === 'questions'; round++) {
    if (round > MAX_ROUNDS) return { kind: 'bad-answer', why: `with questions ${MAX_ROUNDS} times in a row` }
    const { questions, requestState } = reply
    const answered = await answersTo(questions, ask, options.signal)
    if (options.signal.aborted) return { kind: 'cancelled' }
    if (answered.kind === 'refused') return answered
    if (Object.keys(questions).length === 0) await pause(LATER_MS, options.signal)
    const resumed: Resumed = {
      from: { kind: 'state', ...(requestState !== undefined && { requestState }) },
      inputResponses: answered.answers,
    }
    reply = await connection.request(request, { ...options, resumed })
  }
  return reply
}

type Asking = Extract<Reply, { kind: 'questions' }>

/** The questions as they may be put to the host; one that may not is the end of the request. */
async function prepared(reply: Asking, { caller, signal }: RequestOptions): Promise<Asking | Refusal> {
  const questions: [string, Question][] = []
  for (const [key, question] of Object.entries(reply.questions)) {
    const heard = (await caller.prepare?.(question, signal)) ?? { kind: 'pass', question }
    if (heard.kind !== 'pass')
      return { kind: 'refused', why: heard.kind === 'refuse' ? heard.reason : DECLINED }
    questions.push([key, heard.question])
  }
  return { ...reply, questions: Object.fromEntries(questions) }
}

/** What a child asked may not be asked. */
export interface Refusal {
  readonly kind: 'refused'
  readonly why: string
}

const DECLINED = 'it was declined'
const UNANSWERED = 'the host did not answer'

async function answersTo(
  questions: Readonly<Record<string, Question>>,
  ask: NonNullable<Caller['ask']>,
  signal: AbortSignal,
): Promise<{ readonly kind: 'answers'; readonly answers: JsonObject } | Refusal> {
  const failed = new AbortController()
  const over = AbortSignal.any([signal, failed.signal])
  try {
    const answers = Object.entries(questions).map(
      async ([key, question]) => [key, await ask(question, over)] as const,
    )
    return { kind: 'answers', answers: Object.fromEntries(await Promise.all(answers)) }
  } catch (error) {
    // Nobody waits for the others any more.
    failed.abort()
    return { kind: 'refused', why: error instanceof NotAskedError ? error.message : UNANSWERED }
  }
}
