/** The `audit:` slice of servers.yaml. */
import { z } from 'zod'

export const auditOptions = z
  .strictObject({
    required: z
      .boolean()
      .default(true)
      .describe("With true, a call whose intent can't be written down is not made."),
    arguments: z
      .enum(['masked', 'hash'])
      .default('masked')
      .describe(
        'What the log keeps of the arguments of a call: masked, with every secret in them masked and at most 4 KiB of each call, or hash, only a hash of them all and which members there were.',
      ),
  })
  .describe('The tamper-evident log of everything that happened.')

export type AuditOptions = z.output<typeof auditOptions>
