/** The settings of a store that reads through the program of op (presets/op.ts). */
import { z } from 'zod'
import { presetOptions } from './preset.options.ts'
import { pollWhenAskedOption, prefixOption } from '../shared/options.ts'

export const opOptions = z
  .strictObject({
    type: z.literal('op').describe('1Password, through its command line `op`.'),
    token: z
      .string()
      .optional()
      .describe(
        'A service-account token, as "${env:OP_SERVICE_ACCOUNT_TOKEN}". Without it the desktop app is asked.',
      ),
    account: z.string().optional().describe('Which account, when the desktop app has several.'),
    ...presetOptions,
    prefix: prefixOption,
    poll: pollWhenAskedOption,
  })
  .describe('1Password. "${op:vault/item/field}" as in op://vault/item/field.')

export type OpOptions = z.output<typeof opOptions>
