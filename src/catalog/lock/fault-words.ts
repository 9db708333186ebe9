/** Words for the model where servers.lock can't be used, so that its user hears why tools are missing. Pure. */
import type { SidemuxError } from '../../errors.ts'

/** One line for each. */
const MAX_TOLD = 3

export function faultWords(faults: readonly SidemuxError[]): string | undefined {
  if (faults.length === 0) return undefined
  const more = faults.length - MAX_TOLD
  return [
    ...faults
      .slice(0, MAX_TOLD)
      .map(
        ({ message, hint = '' }) =>
          `Nothing that depends on it is listed or runs: ${message}. To the user: ${hint}`,
      ),
    ...(more > 0 ? [`${more} more lines of servers.lock can't be used.`] : []),
  ].join('\n')
}
