/** The settings of a store that reads through the program of pass (presets/pass.ts). */
import { z } from 'zod'
import { presetOptions } from './preset.options.ts'
import { prefixOption } from '../shared/options.ts'

export const passOptions = z
  .strictObject({
    type: z.literal('pass').describe('The standard Unix password manager, through `pass`.'),
    directory: z.string().optional().describe('Default $PASSWORD_STORE_DIR, else ~/.password-store.'),
    ...presetOptions,
    prefix: prefixOption,
  })
  .describe('pass. "${pass:github/token}" is the first line, "#login" the line "login: …".')

export type PassOptions = z.output<typeof passOptions>
