/**
 * Decides which servers an error keeps down. One inside an entry of `servers:` keeps down that entry, one inside a
 * store the servers that take something from it, one in a profile those who chose it. Every other one, be it a word
 * that nobody knows, keeps down everything: it could be the rule that was meant to hold a call back (promise 1).
 * Pure.
 */
import { references } from '../secrets/reference.ts'
import type { Config, OddEntry, ServerConfig } from './config.ts'
import { normaliseId } from './schema/ids.ts'
import { mappingEntries } from './mapping.ts'
import { isRecord } from '../json/record.ts'
import { showKey, type Mark, type Path } from './problem.ts'

/** With our own path, as in `servers.github.env.TOKEN`. */
export interface Located {
  readonly path: Path
  readonly mark: Mark
}

export interface Blame {
  readonly isWhole: boolean
  /** By the name in the file. */
  readonly entries: ReadonlyMap<string, readonly Mark[]>
  readonly stores: ReadonlyMap<string, Mark>
}

export function blame(located: readonly Located[], profile: string | undefined): Blame {
  const entries = new Map<string, Mark[]>()
  const stores = new Map<string, Mark>()
  let isWhole = false
  for (const { path, mark } of located) {
    if (mark.severity !== 'error') continue
    const [section, name] = path
    if (section === 'servers' && name !== undefined) {
      entries.set(String(name), [...(entries.get(String(name)) ?? []), mark])
    } else if (section === 'secrets' && name !== undefined) {
      if (!stores.has(String(name))) stores.set(String(name), mark)
    } else if (section !== 'profiles' || (profile !== undefined && (name ?? profile) === profile)) {
      isWhole = true
    }
  }
  return { isWhole, entries, stores }
}

/** The same config with those out of it that are kept down, and why they are. */
export function withoutOdd(config: Config, { entries, stores }: Blame, servers: unknown): Config {
  const odd = new Map<string, OddEntry>()
  for (const [originalId, marks] of entries) {
    const entry = isRecord(servers) && Object.hasOwn(servers, originalId) ? servers[originalId] : undefined
    const [mark] = marks
    if (mark === undefined || !isWanted(originalId, entry, config)) continue
    odd.set(originalId, { id: idOf(originalId), originalId, ...mark, entryLine: mark.line })
  }
  for (const server of config.servers) {
    const broken = storesOf(server).filter((alias) => stores.has(alias))
    const mark = stores.get(broken[0] ?? '')
    if (mark === undefined || entries.has(server.originalId)) continue
    const message = `its store ${showKey(broken[0] ?? '', '')} can't be used: ${mark.message}`
    odd.set(server.originalId, {
      id: server.id,
      originalId: server.originalId,
      ...mark,
      entryLine: server.position.line,
      message,
    })
  }
  const isSound = ({ originalId }: ServerConfig): boolean => !odd.has(originalId) && !entries.has(originalId)
  const order = new Map(mappingEntries(servers).map(([id], index) => [id, index]))
  const rank = ({ originalId }: OddEntry): number => order.get(originalId) ?? order.size
  return {
    ...config,
    stores: new Map([...config.stores].filter(([name]) => !stores.has(name.split('@')[0] ?? ''))),
    servers: config.servers.filter(isSound),
    elsewhere: config.elsewhere.filter(isSound),
    unchosen: config.unchosen.filter(isSound),
    odd: [...odd.values()].toSorted((a, b) => rank(a) - rank(b)),
  }
}

/** What would be started if nothing were wrong with it. */
function isWanted(originalId: string, entry: unknown, { environment, profile }: Config): boolean {
  if (!isRecord(entry)) return true
  const { disabled, environments } = entry
  if (disabled === true) return false
  if (Array.isArray(environments) && environments.length > 0 && !environments.includes(environment))
    return false
  return profile?.servers === undefined || profile.servers.includes(idOf(originalId))
}

/** Empty where nothing of the name could be a server's. */
function idOf(originalId: string): string {
  return /^[\w@.-]/.test(originalId) ? normaliseId(originalId) : ''
}

/** Aliases of the stores that a server takes something from. */
export function storesOf({ launch, leases }: ServerConfig): readonly string[] {
  const templates =
    launch.kind === 'remote'
      ? [
          launch.url,
          ...launch.headers.values(),
          ...(launch.oauth.clientSecret === undefined ? [] : [launch.oauth.clientSecret]),
        ]
      : [launch.command, launch.cwd, ...launch.args, ...launch.env.values()]
  const named = templates
    .flatMap(references)
    .flatMap(({ reference }) => (reference.kind === 'store' ? [reference.store] : []))
  return [...new Set([...named, ...[...leases.values()].map(({ store }) => store)])]
}
