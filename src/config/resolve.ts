/**
 * The value of servers.yaml to a Config. What the schema already refused is skipped and the rest is judged all the
 * same, so that one run tells everything that is wrong. Whether a Config may be used is the caller's decision:
 * it must not be when there is an error among the findings of schema or resolution.
 */
import { dirname } from 'node:path'
import type { z } from 'zod'
import { readAccess } from './access.ts'
import { askingFindings, unaskableFindings } from './asking.ts'
import type { Config, ServerConfig } from './config.ts'
import { entriesOf, isMapping } from './mapping.ts'
import type { Finding, Path, Position } from './problem.ts'
import { readProfile } from './profile.ts'
import { configOptions, type RawConfig } from './schema.ts'
import { readServers } from './servers.ts'
import { readStores, storeTypes } from './stores.ts'

/** Also printed by the verbs that run tools. */
export const SHADOWED =
  'approvals.mode is shadow: NOBODY IS ASKED, every call that a human should confirm is executed'

export interface ResolveOptions {
  /** Absolute. */
  readonly file: string
  readonly hash: string
  /** From the command line or the environment; wins over the file. */
  readonly environment?: string | undefined
  readonly profile?: string | undefined
  readonly position: (path: Path, on?: 'key' | 'value') => Position
}

export function resolveConfig(
  value: unknown,
  options: ResolveOptions,
): { config: Config; findings: readonly Finding[] } {
  const findings: Finding[] = []
  const root = isMapping(value) ? value : {}
  const raw = salvage(root)
  const dir = dirname(options.file)
  const declared = readStores(root['secrets'], findings)
  const types = storeTypes(root['secrets'], declared)
  const servers = readServers(
    root['servers'],
    {
      dir,
      defaults: raw.defaults,
      stores: types,
      position: options.position,
    },
    findings,
  )
  const access = readAccess(
    { secrets: root['secrets'], servers: root['servers'], types, good: servers },
    findings,
  )
  const profile = readProfile(
    {
      chosen: options.profile,
      profiles: raw.profiles,
      names: entriesOf(root['profiles']).map(([name]) => name),
      serverIds: entriesOf(root['servers']).map(([id]) => id),
    },
    findings,
  )
  findings.push(
    ...askingFindings(raw.approvals, root['approvals']),
    ...unaskableFindings(raw.approvals, servers),
  )
  if (raw.approvals.mode === 'shadow') findings.push(shadowed)
  const environment = options.environment ?? raw.environment
  const chosen =
    profile?.servers === undefined ? servers : servers.filter(({ id }) => profile.servers?.includes(id))
  const config: Config = {
    file: options.file,
    dir,
    hash: options.hash,
    environment,
    stores: new Map([...declared, ...access]),
    servers: chosen.filter((server) => isIn(environment, server)),
    elsewhere: chosen.filter((server) => !isIn(environment, server)),
    listWaitMs: raw.defaults.listWait,
    approvals: raw.approvals,
    audit: raw.audit,
    warnings: [],
    errors: [],
    odd: [],
    ...(profile === undefined ? {} : { profile }),
  }
  return { config, findings }
}

/** The one setting that lets run what would have been asked about, so it is never quiet. */
const shadowed: Finding = {
  path: ['approvals', 'mode'],
  on: 'value',
  severity: 'warning',
  message: SHADOWED,
  hint: 'set it to `ask`, or remove it, when you have seen enough; "sidemux audit show" lists what would have been asked',
}

function isIn(environment: string, { environments }: ServerConfig): boolean {
  return environments === undefined || environments.includes(environment)
}

/** Each section that has the right shape, and the defaults where one doesn't. */
function salvage(root: Record<string, unknown>): Omit<RawConfig, 'version' | 'servers' | 'secrets'> {
  const { environment, defaults, approvals, audit, profiles } = configOptions.shape
  return {
    environment: valid(environment, root['environment']),
    defaults: valid(defaults, root['defaults']),
    approvals: valid(approvals, root['approvals']),
    audit: valid(audit, root['audit']),
    // Each by itself: what is wrong in one must not widen another.
    profiles: Object.fromEntries(
      entriesOf(root['profiles']).flatMap(([name, value]) =>
        Object.entries(valid(profiles, { [name]: value })),
      ),
    ),
  }
}

function valid<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value)
  return parsed.success ? parsed.data : schema.parse(undefined)
}
