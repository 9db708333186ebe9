/** The sentences about servers that the chosen environment leaves out (`environments:`). That is no mistake. */
import type { Config } from '../../config/config.ts'
import { SidemuxError } from '../../errors.ts'

/** A line for each. */
export function elsewhereLines({ environment, elsewhere }: Config): readonly string[] {
  return elsewhere.map(
    ({ id, environments = [] }) =>
      `not in environment ${environment}: ${id} (environments: [${environments.join(', ')}])`,
  )
}

/** @throws SidemuxError for one that is asked for by its id. */
export function refuseElsewhere(id: string, config: Config): void {
  const { environments = [] } = config.elsewhere.find((server) => server.id === id) ?? {}
  const [first] = environments
  if (first === undefined) return
  throw new SidemuxError(
    `${id} is not in environment ${config.environment} (environments: [${environments.join(', ')}])`,
    { hint: `run it with --environment ${first}`, exitCode: 2 },
  )
}
