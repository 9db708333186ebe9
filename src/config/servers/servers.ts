/** The `servers:` section: the enabled entries in their order, each with a way back to its lines. */
import { ServerEntry } from './server-entry.ts'
import type { PinMode } from '../../catalog/options.ts'
import type { ServerConfig } from '../config.ts'
import { normaliseIds } from '../schema/ids.ts'
import { mappingEntries } from '../mapping.ts'
import { isRecord } from '../../json/record.ts'
import type { Finding, Path, Position } from '../problem.ts'
import { serverOptions, type RawConfig } from '../schema/schema.ts'
import { resolveServer } from './server.ts'
import type { StoreTypes } from '../stores/stores.ts'

export interface ServersContext {
  /** The directory of servers.yaml. */
  readonly dir: string
  readonly defaults: RawConfig['defaults']
  /** What holds for a server that says nothing else. */
  readonly pin: PinMode
  readonly stores: StoreTypes
  readonly position: (path: Path, on?: 'key' | 'value') => Position
}

export function readServers(
  servers: unknown,
  { dir, defaults, pin, stores, position }: ServersContext,
  findings: Finding[],
): readonly ServerConfig[] {
  const all = mappingEntries(servers)
  const ids = normaliseIds(
    all.map(([originalId]) => originalId),
    findings,
  )
  return all.flatMap(([originalId, value]) => {
    const parsed = serverOptions.safeParse(value)
    if (!parsed.success) {
      checkReferences(originalId, value, stores, findings)
      return []
    }
    if (parsed.data.disabled === true) return []
    const entry = new ServerEntry(originalId, parsed.data, stores, findings)
    const server = resolveServer(ids.get(originalId) ?? originalId, entry, dir, defaults)
    if (server === undefined) return []
    const path = ['servers', originalId]
    return [
      {
        ...server,
        pin: parsed.data.pin ?? pin,
        position: position(path, 'key'),
        fieldPosition: (field: string) => position([...path, ...fieldPath(field)]),
      },
    ]
  })
}

/** Of an entry that has not the right shape, so that its other mistakes are told in the same run. */
function checkReferences(originalId: string, value: unknown, stores: StoreTypes, findings: Finding[]): void {
  if (!isRecord(value) || value['disabled'] === true) return
  const leases = Object.fromEntries(
    mappingEntries(value['leases']).map(([name]) => [name, { store: '', path: '' }]),
  )
  const entry = new ServerEntry(originalId, { leases }, stores, findings)
  for (const field of ['command', 'args', 'cwd', 'url', 'caCert', 'env', 'headers']) {
    const everywhere = field === 'env' || field === 'headers'
    for (const [path, text] of textsOf(value[field], [field])) {
      entry.template(text, path, everywhere ? 'everything' : 'env')
    }
  }
}

function textsOf(value: unknown, path: Path): readonly (readonly [Path, string])[] {
  if (typeof value === 'string') return [[path, value]]
  const items = Array.isArray(value) ? [...value.entries()] : mappingEntries(value)
  return items.flatMap(([step, item]) => (typeof item === 'string' ? [[[...path, step], item] as const] : []))
}

/** `env.A.B` is the variable "A.B"; `args.1` the second argument. */
function fieldPath(field: string): Path {
  const [name = '', ...rest] = field.split('.')
  if (rest.length === 0) return [name]
  return name === 'args' || name === 'inheritEnv' ? [name, Number(rest[0])] : [name, rest.join('.')]
}
