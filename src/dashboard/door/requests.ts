/** The schemas of the requests that the doors accept. Anything else is malformed. */
import { z } from 'zod'
import { members } from '../../json/named.ts'
import type { LiftRequest, OpenRequest, OpenWish, RevokeRequest, TakeBackRequest } from '../page-wire.ts'

/** What one body of 64 KB holds. */
const MAX_IDS = 1000
const id = z.string().min(1).max(64)

const grantWish = z
  .strictObject({
    fixed: z.array(z.string().max(1024)).max(256),
    uses: z.int().positive().optional(),
    ms: z.number().positive(),
    group: z.literal(true).optional(),
    within: members(z.string().max(4096)).optional(),
  })
  .transform(({ uses, group, within, ...wish }) => ({
    ...wish,
    uses,
    ...(group === true && { group }),
    ...(within !== undefined && { within }),
  }))

const answer = {
  sidecar: id,
  ids: z.array(id).min(1).max(MAX_IDS),
  answer: z.enum(['approve', 'deny']),
  grant: grantWish.optional(),
  forMs: z.number().positive().optional(),
}
interface Said {
  readonly ids: readonly string[]
  readonly answer: string
  readonly grant?: unknown
  readonly forMs?: unknown
}
/** A grant is for one question, and for a yes; how long a no lasts is for a no. */
const fits = ({ ids, answer: said, grant, forMs }: Said): boolean =>
  (grant === undefined || (ids.length === 1 && said === 'approve')) &&
  (forMs === undefined || said === 'deny')

export const answerRequest = z.strictObject(answer).refine(fits)
export const localAnswerRequest = z.strictObject({ ...answer, page: id.optional() }).refine(fits)
export const revokeRequest: z.ZodType<RevokeRequest> = z.strictObject({ grant: id })
export const liftRequest: z.ZodType<LiftRequest> = z.strictObject({ sidecar: id, denial: id })
export const openRequest: z.ZodType<OpenRequest> = z.strictObject({ sidecar: id })
/** One that is on its way will do. */
export const openWish: z.ZodType<OpenWish> = z.object({ coming: z.literal('is enough') })
export const takeBackRequest: z.ZodType<TakeBackRequest> = z.strictObject({ page: id })

export type CheckedAnswer = z.output<typeof answerRequest>
