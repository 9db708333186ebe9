/** The slice of servers.yaml that says from which size on a result is kept here and the host shown a preview: `maxResult`. */
import { z } from 'zod'
import { parseSize } from '../upstream/limits.ts'

/** A preview with its words is not much shorter. */
const LEAST_BYTES = 16 * 1024
const WORDS = 'expected off, or a size from 16k on, such as 100k or 1m'

export const maxResultOption = z
  .string(WORDS)
  .refine((text) => text === 'off' || (parseSize(text) ?? 0) >= LEAST_BYTES, WORDS)
  .transform((text) => (text === 'off' ? ('off' as const) : (parseSize(text) ?? 0)))
  .describe(
    'Of a tool result with more text than this the host gets both ends, and the whole stays readable until the session ends: off (default), or a size such as 100k. Output schemas are then not listed.',
  )
