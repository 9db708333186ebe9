/** The settings that every store with a command line takes, beside its own. */
import { z } from 'zod'
import { duration } from '../../../duration.ts'

export const presetOptions = {
  program: z
    .string()
    .optional()
    .describe('The program, when PATH does not lead to it: hosts often have a short one.'),
  env: z
    .record(z.string(), z.string())
    .optional()
    .describe('Variables the program needs beside the usual session ones, as "${env:…}".'),
  timeout: duration.optional().describe('Killed, with everything it started, after this long. Default 10s.'),
}
