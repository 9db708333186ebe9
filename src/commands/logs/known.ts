/**
 * Finds the server that a person means by an id. It may be one that the log names or one of servers.yaml, even if
 * that file can't be used.
 */
import { loadConfig, type LoadedConfig } from '../../config/load.ts'
import { SidemuxError } from '../../errors.ts'
import { nearestName } from '../../nearest.ts'
import { visibleLine } from '../../visible.ts'
import type { ConfigVerbOptions } from '../common/choice.ts'
import type { Io } from '../io.ts'

/**
 * The id that it has in the log.
 * @throws SidemuxError when nobody knows it, or --config names no file.
 */
export async function knownServer(
  name: string,
  logged: ReadonlySet<string>,
  choice: ConfigVerbOptions,
  io: Io,
): Promise<string> {
  const configured = await configuredIds(choice, io)
  const id = configured.get(name) ?? name
  if (logged.has(id) || configured.has(name)) return id
  const names = [...new Set([...configured.values(), ...configured.keys(), ...logged])].toSorted()
  const near = nearestName(name, names)
  const shown = names.slice(0, MAX_SHOWN).map(visibleLine).join(', ')
  throw new SidemuxError(`neither servers.yaml nor the log knows a server "${visibleLine(name)}"`, {
    hint:
      near !== undefined
        ? `did you mean: sidemux logs ${visibleLine(near)}`
        : names.length === 0
          ? 'run "sidemux logs" for all there is'
          : `known are ${shown}${names.length > MAX_SHOWN ? ', …' : ''}; run "sidemux logs" for all there is`,
    exitCode: 2,
  })
}

const MAX_SHOWN = 40

/** By the name in the file and by the id that was made of it; empty without a file that can be read. */
async function configuredIds(choice: ConfigVerbOptions, io: Io): Promise<ReadonlyMap<string, string>> {
  let loaded: LoadedConfig
  try {
    loaded = await loadConfig({ ...choice, env: io.env, cwd: io.cwd })
  } catch (error) {
    if (choice.path !== undefined) throw error
    return new Map()
  }
  const { servers = [], elsewhere = [], odd = [], named = [] } = loaded.runnable ?? {}
  return new Map([
    ...[...servers, ...elsewhere].map(({ id, originalId }) => [originalId, id] as const),
    ...[...servers, ...elsewhere, ...odd].map(({ id }) => [id, id] as const),
    // Those too that are disabled, or that the profile leaves out.
    ...named.map((id) => [id, id] as const),
  ])
}
