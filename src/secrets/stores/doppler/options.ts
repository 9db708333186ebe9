/** The settings of a store that is Doppler. */
import { z } from 'zod'
import { pollOption, prefixOption } from '../shared/options.ts'

export const dopplerOptions = z
  .strictObject({
    type: z.literal('doppler').describe('Doppler, over its HTTPS API.'),
    token: z
      .string()
      .describe('A service token, as a reference: "${env:DOPPLER_TOKEN}". It decides project and config.'),
    project: z.string().optional().describe('Only with a token that is not bound to one config.'),
    config: z.string().optional().describe('As project; {environment} is replaced.'),
    siteUrl: z.string().optional().describe('Default https://api.doppler.com.'),
    prefix: prefixOption,
    poll: pollOption,
  })
  .describe('Doppler. "${doppler:NAME}".')

export type DopplerOptions = z.output<typeof dopplerOptions>
