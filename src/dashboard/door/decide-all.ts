/** Several questions answered at once, through whichever door. */
import type { AnswerOutcome, PendingDesk, Via } from '../../approval/facts/pending.ts'
import type { CheckedAnswer } from './requests.ts'

/** One by one, in order; what was decided stays decided when a later one is not. */
export async function decideAll(
  desk: PendingDesk,
  { ids, answer, grant, forMs }: CheckedAnswer,
  via: Via,
): Promise<AnswerOutcome[]> {
  const outcomes: AnswerOutcome[] = []
  for (const id of ids) {
    const said =
      answer === 'deny'
        ? { kind: 'deny' as const, ...(forMs === undefined ? {} : { forMs }) }
        : { kind: 'approve' as const, ...(grant === undefined ? {} : { grant }) }
    outcomes.push(await desk.answer(id, said, via))
  }
  return outcomes
}
