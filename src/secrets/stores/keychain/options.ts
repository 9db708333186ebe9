/** The settings of a store that is the system's keychain. */
import { z } from 'zod'
import { pollWhenAskedOption, prefixOption } from '../shared/options.ts'

export const keychainOptions = z
  .strictObject({
    type: z
      .literal('keychain')
      .describe("The operating system's keychain: macOS, Windows, or the Secret Service on Linux."),
    service: z
      .string()
      .optional()
      .describe('The service of the entries; {environment} is replaced. Default sidemux.'),
    prefix: prefixOption,
    poll: pollWhenAskedOption,
  })
  .describe('OS keychain. "${keychain:account}".')

export type KeychainOptions = z.output<typeof keychainOptions>
