/** The `approvals:` slice of servers.yaml: how a human is asked. */
import { z } from 'zod'
import { duration } from '../duration.ts'
import { CHANNEL_NAMES } from './facts/pending.ts'

export const approvalsOptions = z
  .strictObject({
    channels: z
      .array(z.enum(CHANNEL_NAMES))
      .min(1)
      .default(['elicitation', 'page', 'terminal'])
      .describe(
        'In which order a human is asked: elicitation (the host itself), page (in the browser), terminal ("sidemux approvals" in a terminal of your own), desktop (a dialog of the system). The first answer wins.',
      ),
    lead: duration
      .prefault('10s')
      .describe('How long a channel is asked alone before the next one is asked too.'),
    mode: z
      .enum(['ask', 'shadow'])
      .default('ask')
      .describe('shadow writes down what would have been asked and asks nobody: everything runs.'),
    host: z
      .boolean()
      .default(false)
      .describe(
        'Marks tools that ask and have no grant, so that a host asks its user too: Claude Code from 2.1.199 on, in every mode. Never a yes here.',
      ),
    browser: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe(
        "Program and arguments that open the page; its address is added as the last. Default: the system's.",
      ),
    wait: duration
      .prefault('45s')
      .describe(
        'How long a call waits for the answer before it is given back unexecuted. Where nobody can be asked it does not wait.',
      ),
    expire: duration
      .prefault('10m')
      .describe('How long a question stays open, and an unused yes stays good.'),
  })
  .describe('How a human is asked before something destructive runs.')

export type ApprovalsOptions = z.output<typeof approvalsOptions>
