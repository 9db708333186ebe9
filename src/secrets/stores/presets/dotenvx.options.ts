/** The settings of a store that reads through the program of dotenvx (presets/dotenvx.ts). */
import { z } from 'zod'
import { presetOptions } from './preset.options.ts'
import { prefixOption } from '../shared/options.ts'

export const dotenvxOptions = z
  .strictObject({
    type: z.literal('dotenvx').describe('A .env file that dotenvx encrypted, through `dotenvx`.'),
    path: z.string().describe('The file, relative to servers.yaml; {environment} is replaced.'),
    keysFile: z.string().optional().describe('Default: the .env.keys beside it.'),
    privateKey: z
      .string()
      .optional()
      .describe('In place of a keys file, as "${env:DOTENV_PRIVATE_KEY_PRODUCTION}".'),
    ...presetOptions,
    prefix: prefixOption,
  })
  .describe('dotenvx. "${dx:NAME}".')

export type DotenvxOptions = z.output<typeof dotenvxOptions>
