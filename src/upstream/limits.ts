/** The key `limits:` of a server: how much of the machine it may use, in the words of compose and systemd. */
import { z } from 'zod'

const UNITS = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 } as const
const SIZE = /^(\d{1,9}(?:\.\d{1,3})?)\s?([kmgt])(?:i?b)?$/i
const SIZE_WORDS = 'expected a size such as 512m, 1.5g or 8GiB'
/** Less ends every program before it begins. */
const LEAST_BYTES = 2 ** 24

/** As people write it, in bytes; a k is 1024. Undefined when it is no size. */
export function parseSize(text: string): number | undefined {
  const [, number = '', unit = ''] = SIZE.exec(text) ?? []
  if (number === '') return undefined
  return Math.round(Number(number) * UNITS[unit.toLowerCase() as keyof typeof UNITS])
}

const size = z
  .string(SIZE_WORDS)
  .refine((text) => parseSize(text) !== undefined, SIZE_WORDS)
  .transform((text) => parseSize(text) ?? 0)
  .refine((bytes) => bytes >= LEAST_BYTES, 'expected at least 16m')

export const limitsOption = z
  .strictObject({
    memory: size
      .optional()
      .describe(
        'A server that uses more, with all that it started, is ended. Default: three quarters of the memory.',
      ),
    cpu: z
      .number()
      .min(0.05)
      .max(1024)
      .optional()
      .describe(
        'How many processors it may keep busy: 0.5, 2. Beyond it is paused in between. Default: all.',
      ),
    processes: z
      .int()
      .min(1)
      .max(100_000)
      .optional()
      .describe('A server that has more processes is ended. Default: 1000.'),
  })
  .describe('How much of the machine a local server may use, with all that it started. Linux only.')

export type LimitsOption = z.output<typeof limitsOption>

export const MAX_PROCESSES = 1000
