import { z } from 'zod'

export const localOptions = z
  .strictObject({
    type: z
      .literal('local')
      .describe('What `sidemux secrets set NAME` keeps on this machine; needs no account.'),
  })
  .describe('The embedded store. "${local:NAME}".')

export type LocalOptions = z.output<typeof localOptions>
