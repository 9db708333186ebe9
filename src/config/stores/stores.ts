/** The `secrets:` section: stores by alias, and whether their settings refer only to what they may. */
import { storeOptions, type StoreOptions } from '../../secrets/stores/options.ts'
import { mappingEntries } from '../mapping.ts'
import { isRecord } from '../../json/record.ts'
import type { Finding, Path } from '../problem.ts'
import { storeShapeFindings } from './store-shapes.ts'
import { readTemplate } from '../templates.ts'

/** Type by alias; undefined where a store is declared but broken, so that naming it is not a second mistake. */
export type StoreTypes = ReadonlyMap<string, string | undefined>

/** Those that have the right shape. */
export function readStores(secrets: unknown, findings: Finding[]): ReadonlyMap<string, StoreOptions> {
  const stores = new Map<string, StoreOptions>()
  for (const [alias, value] of mappingEntries(secrets)) {
    const parsed = storeOptions.safeParse(value)
    if (!parsed.success) continue
    stores.set(alias, parsed.data)
    checkSettings(parsed.data, ['secrets', alias], findings)
    findings.push(...storeShapeFindings(alias, parsed.data))
  }
  return stores
}

/** Every text of a store's settings may hold references, but none to a store: that could go round in a circle. */
export function checkSettings(setting: unknown, path: Path, findings: Finding[]): void {
  if (typeof setting === 'string') {
    // A program's arguments may be a script.
    const place = path.includes('command') || path.includes('program') ? undefined : 'env'
    readTemplate(setting, path, { allows: 'env and file', place, stores: [], leases: [] }, findings)
  } else if (Array.isArray(setting)) {
    for (const [index, item] of setting.entries()) checkSettings(item, [...path, index], findings)
  } else if (isRecord(setting)) {
    for (const [key, item] of Object.entries(setting)) checkSettings(item, [...path, key], findings)
  }
}

export function storeTypes(secrets: unknown, stores: ReadonlyMap<string, StoreOptions>): StoreTypes {
  return new Map(mappingEntries(secrets).map(([alias]) => [alias, stores.get(alias)?.type]))
}
