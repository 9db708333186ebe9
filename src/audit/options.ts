/** The `audit:` slice of servers.yaml. */
import { z } from 'zod'

export const auditOptions = z
  .strictObject({
    required: z
      .boolean()
      .default(true)
      .describe("With true, a call whose intent can't be written down is not made."),
  })
  .describe('The tamper-evident log of everything that happened.')

export type AuditOptions = z.output<typeof auditOptions>
