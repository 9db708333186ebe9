/** The slice of servers.yaml that says which of a server's schemas are held to: `validate`. */
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
