/** The settings of a store that is the embedded store. */
import { z } from 'zod'
import { prefixOption } from '../shared/options.ts'

export const localOptions = z
  .strictObject({
    type: z
      .literal('local')
      .describe('What `sidemux secrets set NAME` keeps on this machine; needs no account.'),
    prefix: prefixOption,
  })
  .describe('The embedded store. "${local:NAME}".')

export type LocalOptions = z.output<typeof localOptions>
