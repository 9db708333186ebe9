/** The `approvals:` slice of servers.yaml: how a human is asked. */
import { z } from 'zod'
import { duration } from '../duration.ts'

export const approvalsOptions = z
  .strictObject({
    channels: z
      .array(z.enum(['elicitation', 'page']))
      .min(1)
      .default(['elicitation', 'page'])
      .describe(
        'In which order a human is asked: the host itself (MCP elicitation), then a page in the browser.',
      ),
    wait: duration
      .prefault('45s')
      .describe('How long a call waits for the answer before it is given back unexecuted.'),
    expire: duration
      .prefault('10m')
      .describe('How long a question stays open, and an unused yes stays good.'),
  })
  .describe('How a human is asked before something destructive runs.')

export type ApprovalsOptions = z.output<typeof approvalsOptions>
