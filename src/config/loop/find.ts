/**
 * Entries that start sidemux on the file that they stand in, or on one that leads back to it: each would start the next
 * without end. Another sidemux with a file of its own may be started on purpose, two deep.
 */
import type { ServerConfig } from '../config.ts'
import { showKey, type Finding } from '../problem.ts'
import { isSameFile, type FileIdentity } from './disk.ts'
import { nestedConfig } from './nested.ts'

/** How many sidemuxes may run one below the other. */
export const MAX_NESTED = 2

/** Files that are looked into; more of them can't be a mistake. */
const MAX_FILES = 32

export interface LoopFacts {
  readonly servers: readonly ServerConfig[]
  readonly file: FileIdentity
  readonly env: NodeJS.ProcessEnv
  /** The servers of another file; none when it can't be used. */
  read(path: string): readonly ServerConfig[]
}

export function loopFindings(facts: LoopFacts): readonly Finding[] {
  const { servers, file, env } = facts
  const seen = new Map<string, readonly FileIdentity[]>()
  const below = (path: string): readonly FileIdentity[] => {
    const known = seen.get(path)
    if (known !== undefined || seen.size >= MAX_FILES) return known ?? []
    seen.set(path, [])
    const found = facts.read(path).flatMap((server) => nestedConfig(server, env) ?? [])
    seen.set(path, found)
    return found
  }
  const leadsBack = (from: FileIdentity, visited: Set<string>): boolean => {
    if (visited.has(from.path)) return false
    visited.add(from.path)
    return below(from.path).some((next) => isSameFile(next, file) || leadsBack(next, visited))
  }
  return servers.flatMap((server): readonly Finding[] => {
    const nested = nestedConfig(server, env)
    if (nested === undefined) return []
    const path = ['servers', server.originalId, 'command']
    const name = showKey(server.originalId, 'this entry')
    if (isSameFile(nested, file) || leadsBack(nested, new Set())) {
      const which = isSameFile(nested, file) ? 'this very file' : 'another file that leads back to this one'
      const message = `${name} starts sidemux on ${which}, and so another one without end`
      return [{ path, on: 'value', severity: 'error', message, hint: REMOVE }]
    }
    if (below(nested.path).length === 0) return []
    const message = `${name} starts a sidemux that starts another one, which is refused: no more than ${MAX_NESTED} run one below the other`
    return [{ path, on: 'value', severity: 'warning', message, hint: 'put its servers into this file' }]
  })
}

const REMOVE =
  'remove it: the entry that starts sidemux belongs into the config of your host only; one that is nested on purpose has a --config of its own'
