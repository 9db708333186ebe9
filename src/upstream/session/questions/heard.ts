/**
 * Has each question of a child heard before it becomes an answer to the host: there secrets are masked, and what may not
 * be asked is refused (relay/relay.ts). Where nobody hears it, it isn't asked.
 */
import { abortSignalOf, type StopSignal } from '../../../cancellation.ts'
import { METHOD_NOT_FOUND } from '../../../wire/message.ts'
import type { Caller, QuestionOutcome, ServerQuestion } from '../../messages/caller.ts'

const UNHEARD: QuestionOutcome = { kind: 'refuse', code: METHOD_NOT_FOUND, reason: 'nobody can be asked' }

export async function hear(
  { prepare }: Caller,
  question: ServerQuestion,
  signal: AbortSignal,
): Promise<QuestionOutcome> {
  return prepare === undefined ? UNHEARD : prepare(question, signal)
}

/** What a child asked may not be asked. */
export interface RoundRefusal {
  readonly kind: 'refused'
  readonly why: string
}

/** As they may be put to the host, by the same keys; one that may not is the end of the request. */
export async function hearAll(
  caller: Caller,
  questions: Readonly<Record<string, ServerQuestion>>,
  signal: StopSignal,
): Promise<{ readonly kind: 'heard'; readonly questions: typeof questions } | RoundRefusal> {
  const all: [string, ServerQuestion][] = []
  for (const [key, question] of Object.entries(questions)) {
    const heard = await hear(caller, question, abortSignalOf(signal))
    if (heard.kind !== 'pass')
      return { kind: 'refused', why: heard.kind === 'refuse' ? heard.reason : 'it was declined' }
    all.push([key, heard.question])
  }
  return { kind: 'heard', questions: Object.fromEntries(all) }
}
