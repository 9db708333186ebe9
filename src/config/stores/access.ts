/**
 * `auth:` of the servers: from the store that is declared and the login that a server brings, a store of its own
 * (secrets/stores/identity.ts). The store's own schema judges the login, and what it finds is told where the server's
 * entry has it. A login that nothing uses, or that stands for a store without one, is said.
 */
import { ownStore, withLogin } from '../../secrets/stores/identity.ts'
import { traitsOf } from '../../secrets/stores/traits.ts'
import { accessAlias } from '../../secrets/access/options.ts'
import { storeOptions, type StoreOptions } from '../../secrets/stores/options.ts'
import { references } from '../../secrets/reference.ts'
import { launchRequests } from '../../upstream/launch/launch.ts'
import type { ServerConfig } from '../config.ts'
import { explainIssues } from '../explain.ts'
import { mappingEntries } from '../mapping.ts'
import { isRecord } from '../../json/record.ts'
import { showKey, type Finding, type Path } from '../problem.ts'
import { checkSettings, type StoreTypes } from './stores.ts'
import { suggest } from '../templates.ts'

export interface AccessContext {
  /** As the file has them, whatever their shape. */
  readonly secrets: unknown
  readonly servers: unknown
  readonly types: StoreTypes
  /** Those of them that can be used. */
  readonly good: readonly ServerConfig[]
}

/** The servers' own logins as stores, by name. */
export function readAccess(context: AccessContext, findings: Finding[]): ReadonlyMap<string, StoreOptions> {
  const stores = new Map<string, StoreOptions>()
  for (const [originalId, entry] of mappingEntries(context.servers)) {
    if (!isRecord(entry) || entry['disabled'] === true) continue
    const server = context.good.find((one) => one.originalId === originalId)
    for (const [alias, login] of mappingEntries(entry['auth'])) {
      const path = ['servers', originalId, 'auth', alias]
      // What has not the right shape is said by the schema.
      if (!accessAlias.safeParse(alias).success) continue
      const options = isRecord(login) ? readLogin(alias, login, path, context, findings) : undefined
      if (server === undefined || options === undefined) continue
      if (refersTo(server, alias)) stores.set(ownStore(alias, server.id), options)
      else findings.push(unused(server, alias, path))
    }
  }
  return stores
}

function readLogin(
  alias: string,
  login: Record<string, unknown>,
  path: Path,
  { secrets, types }: AccessContext,
  findings: Finding[],
): StoreOptions | undefined {
  const refuse = (message: string, hint: string, at = path): undefined => {
    findings.push({ path: at, on: 'key', severity: 'error', message, hint })
  }
  if (!types.has(alias)) {
    return refuse(
      `no store is called ${showKey(alias, 'so')}`,
      suggest(alias, [...types.keys()], 'declare it under `secrets:`'),
    )
  }
  const type = types.get(alias)
  // A broken store is said in its own place.
  const declared = isRecord(secrets) ? secrets[alias] : undefined
  if (type === undefined || !isRecord(declared)) return undefined
  const setting = traitsOf(type).login
  if (setting === undefined) {
    return refuse(`a store of type ${type} has no login that could differ from server to server`, 'remove it')
  }
  checkSettings(login, path, findings)
  if (setting !== 'auth') {
    const others = Object.keys(login).filter((key) => key !== setting)
    for (const key of others) {
      refuse(`unknown key ${showKey(key)} in ${showKey(alias)}`, `known here: ${setting}`, [...path, key])
    }
    if (others.length > 0) return undefined
    if (login[setting] === undefined) {
      return refuse(`"${setting}" is missing in ${showKey(alias)}`, `write { ${setting}: … }`)
    }
  }
  const parsed = storeOptions.safeParse(withLogin(declared, setting, login))
  if (parsed.success) return parsed.data
  const inStore = ['secrets', alias]
  const issues = parsed.error.issues.map((issue) => ({ ...issue, path: [...inStore, ...issue.path] }))
  const root = { secrets: { [alias]: withLogin(declared, setting, login) } }
  for (const finding of explainIssues(issues, root)) {
    const below = finding.path.slice(inStore.length)
    findings.push({ ...finding, path: [...path, ...(setting === 'auth' ? below.slice(1) : below)] })
  }
  return undefined
}

function refersTo({ launch, leases }: ServerConfig, alias: string): boolean {
  const parts = launchRequests(launch).flatMap(({ template }) => references(template))
  return (
    parts.some(({ reference }) => reference.kind === 'store' && reference.store === alias) ||
    [...leases.values()].some(({ store }) => store === alias)
  )
}

function unused({ originalId }: ServerConfig, alias: string, path: Path): Finding {
  return {
    path,
    on: 'key',
    severity: 'warning',
    message: `nothing in ${showKey(originalId)} refers to ${showKey(alias)}, so this login is not used`,
    hint: `remove it, or refer to the store: \${${alias}:path}`,
  }
}
