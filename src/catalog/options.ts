/** The slices of servers.yaml that say which of a server's schemas are held to, and whose word counts for what it offers. */
import { z } from 'zod'
import { globs } from '../policy/options.ts'

export const validateOption = z
  .union(
    [
      z.boolean(),
      z.strictObject({
        arguments: z.boolean().optional().describe('Check arguments against the inputSchema. Default true.'),
        results: z
          .boolean()
          .optional()
          .describe(
            'Check structured results against the outputSchema; false also leaves it out of the list.',
          ),
        except: globs('Tools that are checked in neither way.').optional(),
      }),
    ],
    'expected true, false, or a mapping with arguments, results and except',
  )
  .describe(
    'Check calls against the schemas that the server declares. false is for a server whose own are wrong.',
  )

export type ValidateOption = z.output<typeof validateOption>

export const PIN_MODES = ['trust-first', 'strict'] as const
export type PinMode = (typeof PIN_MODES)[number]

export const pinOption = z
  .enum(PIN_MODES)
  .describe(
    'What counts as accepted of what servers offer. trust-first takes what a server lists first into servers.lock. strict takes nothing by itself: a server starts only when servers.lock holds it as it is launched now, and what it does not hold is not listed.',
  )
