/** The `profiles:` section, and the one that was chosen. */
import type { Profile } from './config.ts'
import { normaliseId } from './schema/ids.ts'
import { showKey, type Finding, type Path } from './problem.ts'
import type { RawConfig } from './schema/schema.ts'
import { suggest } from './templates.ts'

export interface ProfileChoice {
  readonly chosen: string | undefined
  /** Those of the right shape. */
  readonly profiles: RawConfig['profiles']
  /** All that the file names. */
  readonly names: readonly string[]
  /** As the file has them. */
  readonly serverIds: readonly string[]
}

export function readProfile(
  { chosen, profiles, names, serverIds }: ProfileChoice,
  findings: Finding[],
): Profile | undefined {
  const report = (path: Path, on: Finding['on'], message: string, hint: string): void => {
    findings.push({ path, on, severity: 'error', message, hint })
  }
  for (const [name, { servers = [] }] of Object.entries(profiles)) {
    for (const [index, server] of servers.entries()) {
      if (serverIds.some((id) => id === server || normaliseId(id) === server)) continue
      const hint = suggest(server, serverIds, 'name a server of `servers:`')
      report(['profiles', name, 'servers', index], 'value', `no server is called ${showKey(server)}`, hint)
    }
  }
  if (chosen === undefined) return undefined
  if (!names.includes(chosen)) {
    report(
      ['profiles'],
      'key',
      `no profile is called ${showKey(chosen)}`,
      suggest(chosen, names, 'declare it under `profiles:`'),
    )
  }
  const profile = Object.hasOwn(profiles, chosen) ? profiles[chosen] : undefined
  if (profile === undefined) return undefined
  // What is listed is no rule of what may run.
  const { servers, surface: _surface, ...rest } = profile
  return { name: chosen, ...rest, ...(servers === undefined ? {} : { servers: servers.map(normaliseId) }) }
}
