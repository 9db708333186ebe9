/** What the doors take, checked; anything else is malformed. */
import { z } from 'zod'
import type { OpenRequest, RevokeRequest, TakeBackRequest } from './wire.ts'

/** What one body of 64 KB holds. */
const MAX_IDS = 1000
const id = z.string().min(1).max(64)

const grantWish = z
  .strictObject({
    fixed: z.array(z.string().max(1024)).max(256),
    uses: z.int().positive().optional(),
    ms: z.number().positive(),
  })
  .transform(({ uses, ...wish }) => ({ ...wish, uses }))

const answer = {
  sidecar: id,
  ids: z.array(id).min(1).max(MAX_IDS),
  answer: z.enum(['approve', 'deny']),
  grant: grantWish.optional(),
}
const grantsOne = ({ ids, answer: said, grant }: { ids: string[]; answer: string; grant?: unknown }) =>
  grant === undefined || (ids.length === 1 && said === 'approve')

export const answerRequest = z.strictObject(answer).refine(grantsOne)
export const localAnswerRequest = z.strictObject({ ...answer, page: id.optional() }).refine(grantsOne)
export const revokeRequest: z.ZodType<RevokeRequest> = z.strictObject({ grant: id })
export const openRequest: z.ZodType<OpenRequest> = z.strictObject({ sidecar: id })
export const takeBackRequest: z.ZodType<TakeBackRequest> = z.strictObject({ page: id })

export type CheckedAnswer = z.output<typeof answerRequest>
