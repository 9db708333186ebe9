/** The settings that many kinds of store take. A new store should take those that make sense for it (docs/secrets.md). */
import { z } from 'zod'
import { duration } from '../../../duration.ts'

/** Back ends limit how often they may be asked, some to 40 requests a minute for all that one machine wants. */
const MIN_POLL_MS = 10_000

/** Where a reference names a secret; not where it names a file, since `path` of the store can say which. */
export const prefixOption = z
  .string()
  .optional()
  .describe('Put before the name in every reference, e.g. "{environment}_"; {environment} is replaced.')

const interval = duration.refine((ms) => ms >= MIN_POLL_MS, {
  message: 'expected 10s or more, since each look asks the back end',
  params: { hint: 'write poll: 10s, or leave it out' },
})

/** Of a store that is watched anyway. */
export const pollOption = interval
  .optional()
  .describe(
    'How often to look whether a value has changed, and whether leases of the store are still alive. At least 10s, default 60s.',
  )

/** Of a store whose every look runs a program or may ask its user: it is watched only when somebody wants it. */
export const pollWhenAskedOption = interval
  .optional()
  .describe(
    'How often to look whether a value has changed, at least 10s. Without it nobody looks, since each look may run a program or ask you to unlock.',
  )
