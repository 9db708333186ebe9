/** The settings of a store that reads through the program of sops (presets/sops.ts). */
import { z } from 'zod'
import { presetOptions } from './preset.options.ts'

export const sopsOptions = z
  .strictObject({
    type: z.literal('sops').describe('Files that SOPS encrypted, through `sops`.'),
    path: z
      .string()
      .optional()
      .describe('Their directory. Default: that of servers.yaml. {environment} is replaced.'),
    ageKeyFile: z.string().optional().describe("Default $SOPS_AGE_KEY_FILE, else sops's own place."),
    ...presetOptions,
  })
  .describe('SOPS. "${sops:secrets.enc.yaml#db.password}".')

export type SopsOptions = z.output<typeof sopsOptions>
