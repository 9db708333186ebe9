/** The mapping that a variable of a server may be in place of its text: how its value is handed over. */
import { z } from 'zod'
import type { FillPlace } from './brokered.ts'
import type { SecretHost } from './hosts.ts'

/** @param text how a variable is written when it is a text */
export function deliveryOption(text: z.ZodString) {
  return z
    .strictObject({
      value: text.describe('The value; references are resolved as in any variable.'),
      deliver: z
        .enum(['env', 'broker'])
        .optional()
        .describe(
          'broker: the server gets a placeholder, and the value is put into its requests to `hosts` on their way. Default: env, which hands it over.',
        ),
      hosts: z
        .array(z.string().min(1))
        .refine((hosts) => hosts.length > 0, 'expected at least one host')
        .meta({ minItems: 1 })
        .optional()
        .describe(
          'Where a brokered value goes: api.example.com, "*.example.com", localhost:8080. Over TLS, but to this machine, or where http:// is written.',
        ),
      in: z
        .array(z.enum(['header', 'query', 'path', 'body']))
        .refine((places) => places.length > 0, 'expected at least one place')
        .meta({ minItems: 1 })
        .optional()
        .describe('Where in a request. Default: header.'),
    })
    .describe('A variable, and how it is handed over.')
}

/** How a variable that is brokered is handed over. */
export interface BrokerRule {
  readonly hosts: readonly SecretHost[]
  readonly places: readonly FillPlace[]
}

export const DEFAULT_PLACES: readonly FillPlace[] = ['header']
