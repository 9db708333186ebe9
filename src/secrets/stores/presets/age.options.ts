/** The settings of a store that reads through the program of age (presets/age.ts). */
import { z } from 'zod'
import { presetOptions } from './preset.options.ts'

export const ageOptions = z
  .strictObject({
    type: z.literal('age').describe('Files that age encrypted, armored or not, through `age`.'),
    path: z
      .string()
      .optional()
      .describe('Their directory. Default: that of servers.yaml. {environment} is replaced.'),
    identity: z
      .string()
      .describe('The file with the private key, e.g. ~/.config/age/key.txt. One without a passphrase.'),
    ...presetOptions,
  })
  .describe('age. "${age:token.age}", "${age:prod.env.age#TOKEN}".')

export type AgeOptions = z.output<typeof ageOptions>
