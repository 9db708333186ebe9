/** The settings of a store that reads through the program of bws (presets/bws.ts). */
import { z } from 'zod'
import { presetOptions } from './preset.options.ts'
import { pollWhenAskedOption, prefixOption } from '../shared/options.ts'

export const bwsOptions = z
  .strictObject({
    type: z.literal('bws').describe('Bitwarden Secrets Manager, through its command line `bws`.'),
    token: z.string().describe('A machine account\'s access token, as "${env:BWS_ACCESS_TOKEN}".'),
    projectId: z.string().optional().describe('Look for names in this project only.'),
    serverUrl: z
      .string()
      .optional()
      .describe('Of a self-hosted or EU server, e.g. https://vault.bitwarden.eu.'),
    ...presetOptions,
    prefix: prefixOption,
    poll: pollWhenAskedOption,
  })
  .describe('Bitwarden Secrets Manager. "${bws:NAME}", or "${bws:ID}" with the id of the secret.')

export type BwsOptions = z.output<typeof bwsOptions>
