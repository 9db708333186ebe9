/** The error for a server id that isn't among the running servers. It says the true reason. */
import type { Config } from '../../config/config.ts'
import { SidemuxError } from '../../errors.ts'
import { visibleLine } from '../../visible.ts'
import { refuseElsewhere } from './elsewhere.ts'
import { refuseOdd } from './odd.ts'

/** @throws SidemuxError always */
export function refuseUnknown(id: string, config: Config): never {
  refuseElsewhere(id, config)
  refuseOdd(id, config)
  const { profile } = config
  if (config.named.includes(id))
    throw new SidemuxError(
      `"${id}" is not started: it is disabled${profile === undefined ? '' : ', or left out by the profile'}`,
      {
        hint: `see "disabled" in its entry in servers.yaml${profile === undefined ? '' : `, and "servers" of profile ${profile.name}`}`,
        exitCode: 2,
      },
    )
  throw new SidemuxError(`there is no server "${visibleLine(id)}"`, {
    hint: `run "sidemux tools" to see the servers and their tools${profile === undefined ? '' : `; profile ${profile.name} may leave it out`}`,
    exitCode: 2,
  })
}
