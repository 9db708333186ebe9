/** `auth:` of a server: its own login at stores that it refers to. */
import { z } from 'zod'

export const accessAlias = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, 'expected the alias of a store, such as "team": a-z, 0-9 and -')

export const accessOptions = z
  .record(
    accessAlias,
    z
      .record(z.string(), z.unknown())
      .describe(
        'For infisical, vault, azure-kv and gcp-sm what `auth:` of the store takes; for aws-sm { profile }; for doppler, op and bws { token }.',
      ),
  )
  .describe(
    "This server's own login at a store, by the store's alias, in place of the store's: so its login needs to read nothing but what it refers to.",
  )
