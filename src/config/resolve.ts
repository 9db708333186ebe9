/**
 * The value of servers.yaml to a Config. What the schema already refused is skipped and the rest is judged all the
 * same, so that one run tells everything that is wrong. Whether a Config may be used is the caller's decision:
 * it must not be when there is an error among the findings of schema or resolution.
 */
import { dirname } from 'node:path'
import type { z } from 'zod'
import type { StoreOptions } from '../secrets/options.ts'
import { RESERVED_SCHEMES } from '../secrets/reference.ts'
import { storeOptions } from '../secrets/options.ts'
import type { Config, Profile, ServerConfig } from './config.ts'
import { Entry } from './entry.ts'
import { normaliseId, normaliseIds } from './ids.ts'
import { isMapping } from './pasted.ts'
import { showKey, type Finding, type Path, type Position } from './problem.ts'
import { configOptions, serverOptions, type RawConfig } from './schema.ts'
import { resolveServer } from './server.ts'
import { readTemplate, suggest } from './templates.ts'

export interface ResolveOptions {
  /** Absolute. */
  readonly file: string
  readonly hash: string
  /** From the command line or the environment; wins over the file. */
  readonly environment?: string | undefined
  readonly profile?: string | undefined
  position(path: Path, on?: 'key' | 'value'): Position
}

export function resolveConfig(
  value: unknown,
  options: ResolveOptions,
): { config: Config; findings: readonly Finding[] } {
  const findings: Finding[] = []
  const root = isMapping(value) ? value : {}
  const raw = salvage(root)
  const stores = readStores(root, findings)
  const servers = readServers(root, raw.defaults, options, storeTypes(root, stores), findings)
  const profile = readProfile(raw, options.profile, root, findings)
  const config: Config = {
    file: options.file,
    dir: dirname(options.file),
    hash: options.hash,
    environment: options.environment ?? raw.environment,
    stores,
    servers:
      profile?.servers === undefined ? servers : servers.filter(({ id }) => profile.servers?.includes(id)),
    listWaitMs: raw.defaults.listWait,
    approvals: raw.approvals,
    audit: raw.audit,
    warnings: [],
    ...(profile === undefined ? {} : { profile }),
  }
  return { config, findings }
}

/** Each section that has the right shape, and the defaults where one doesn't. */
function salvage(root: Record<string, unknown>): Omit<RawConfig, 'version' | 'servers' | 'secrets'> {
  const { environment, defaults, approvals, audit, profiles } = configOptions.shape
  return {
    environment: valid(environment, root['environment']),
    defaults: valid(defaults, root['defaults']),
    approvals: valid(approvals, root['approvals']),
    audit: valid(audit, root['audit']),
    profiles: valid(profiles, root['profiles']),
  }
}

function valid<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value)
  return parsed.success ? parsed.data : schema.parse(undefined)
}

function readStores(root: Record<string, unknown>, findings: Finding[]): ReadonlyMap<string, StoreOptions> {
  const stores = new Map<string, StoreOptions>()
  for (const [alias, value] of entries(root['secrets'])) {
    if (RESERVED_SCHEMES.includes(alias)) {
      findings.push({
        path: ['secrets', alias],
        on: 'key',
        severity: 'error',
        message: `a store can't be called ${showKey(alias)}, because \${${alias}:…} has a meaning of its own`,
        hint: 'give it another name',
      })
    }
    const parsed = storeOptions.safeParse(value)
    if (!parsed.success) continue
    stores.set(alias, parsed.data)
    checkSettings(parsed.data, ['secrets', alias], findings)
  }
  return stores
}

/** Every text of a store's settings may hold references, but none to a store: that could go round in a circle. */
function checkSettings(setting: unknown, path: Path, findings: Finding[]): void {
  if (typeof setting === 'string') {
    readTemplate(setting, path, { allows: 'env and file', stores: [], leases: [] }, findings)
  } else if (Array.isArray(setting)) {
    for (const [index, item] of setting.entries()) checkSettings(item, [...path, index], findings)
  } else if (isMapping(setting)) {
    for (const [key, item] of Object.entries(setting)) checkSettings(item, [...path, key], findings)
  }
}

/** Also those that are broken: a reference to one of them is not a second mistake. */
function storeTypes(
  root: Record<string, unknown>,
  stores: ReadonlyMap<string, StoreOptions>,
): ReadonlyMap<string, string | undefined> {
  return new Map(entries(root['secrets']).map(([alias]) => [alias, stores.get(alias)?.type]))
}

function readServers(
  root: Record<string, unknown>,
  defaults: RawConfig['defaults'],
  { file, position }: ResolveOptions,
  stores: ReadonlyMap<string, string | undefined>,
  findings: Finding[],
): readonly ServerConfig[] {
  const all = entries(root['servers'])
  const ids = normaliseIds(
    all.map(([originalId]) => originalId),
    findings,
  )
  return all.flatMap(([originalId, value]) => {
    const id = ids.get(originalId)
    const parsed = serverOptions.safeParse(value)
    if (!parsed.success || parsed.data.disabled === true) return []
    const entry = new Entry(originalId, parsed.data, stores, findings)
    const server = resolveServer(id ?? originalId, entry, dirname(file), defaults)
    if (server === undefined) return []
    const path = ['servers', originalId]
    return [
      {
        ...server,
        position: position(path, 'key'),
        fieldPosition: (field: string) => position([...path, ...fieldPath(field)]),
      },
    ]
  })
}

/** `env.A.B` is the variable "A.B"; `args.1` the second argument. */
function fieldPath(field: string): Path {
  const [name = '', ...rest] = field.split('.')
  if (rest.length === 0) return [name]
  return /^(args|inheritEnv)$/.test(name) ? [name, Number(rest[0])] : [name, rest.join('.')]
}

function readProfile(
  { profiles }: Pick<RawConfig, 'profiles'>,
  chosen: string | undefined,
  root: Record<string, unknown>,
  findings: Finding[],
): Profile | undefined {
  const ids = entries(root['servers']).map(([originalId]) => originalId)
  const report = (path: Path, on: Finding['on'], message: string, hint: string): void => {
    findings.push({ path, on, severity: 'error', message, hint })
  }
  for (const [name, { servers }] of Object.entries(profiles)) {
    for (const [index, server] of (servers ?? []).entries()) {
      if (ids.some((id) => id === server || normaliseId(id) === server)) continue
      const hint = suggest(server, ids, 'name a server of `servers:`')
      report(['profiles', name, 'servers', index], 'value', `no server is called ${showKey(server)}`, hint)
    }
  }
  if (chosen === undefined) return undefined
  const profile = Object.hasOwn(profiles, chosen) ? profiles[chosen] : undefined
  if (profile === undefined) {
    const names = entries(root['profiles']).map(([name]) => name)
    const hint = suggest(chosen, names, 'declare it under `profiles:`')
    report(['profiles'], 'key', `no profile is called ${showKey(chosen)}`, hint)
    return undefined
  }
  const { servers, ...rest } = profile
  return { name: chosen, ...rest, ...(servers === undefined ? {} : { servers: servers.map(normaliseId) }) }
}

function entries(value: unknown): readonly (readonly [string, unknown])[] {
  return isMapping(value) ? Object.entries(value) : []
}
