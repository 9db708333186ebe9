/**
 * Runs a request to a child of 2026-07-28. Such a child answers with questions when it needs answers first. If the
 * host can be asked at once, it is asked and the request is sent again with the answers. Any other host gets the
 * questions as the result. The number of rounds is limited.
 */
import { abortSignalOf, forMany, type StopSignal } from '../../../cancellation.ts'
import { NotAskedError, type Caller, type ServerQuestion, type Resumed } from '../../messages/caller.ts'
import type { Connection, RequestOptions, ServerRequest } from '../connection.ts'
import type { JsonObject } from '../../../json/record.ts'
import type { ServerReply } from '../reply.ts'
import { hearAll, type RoundRefusal } from './heard.ts'
import { pause } from '../../wait.ts'

const MAX_ROUNDS = 16
/** Between rounds in which nothing is asked: the child only wants to be asked later. */
const LATER_MS = 500

/** With a child of 2026-07-28: until it has what it needs, or to the first question where nobody can be asked now. */
export async function inRounds(
  connection: Connection,
  request: ServerRequest,
  options: RequestOptions,
): Promise<ServerReply | RoundRefusal> {
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

type Asking = Extract<ServerReply, { kind: 'questions' }>

/** The questions as they may be put to the host. */
async function prepared(reply: Asking, { caller, signal }: RequestOptions): Promise<Asking | RoundRefusal> {
  const heard = await hearAll(caller, reply.questions, signal)
  return heard.kind === 'refused' ? heard : { ...reply, questions: heard.questions }
}

const UNANSWERED = 'the host did not answer'

async function answersTo(
  questions: Readonly<Record<string, ServerQuestion>>,
  ask: NonNullable<Caller['ask']>,
  signal: StopSignal,
): Promise<{ readonly kind: 'answers'; readonly answers: JsonObject } | RoundRefusal> {
  const failed = new AbortController()
  // Each question waits on it.
  const over = forMany(AbortSignal.any([abortSignalOf(signal), failed.signal]))
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
