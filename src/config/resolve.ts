/**
 * The value of servers.yaml to a Config. What the schema already refused is skipped and the rest is judged all the
 * same, so that one run tells everything that is wrong. Whether a Config may be used is the caller's decision:
 * it must not be when there is an error among the findings of schema or resolution.
 */
import { dirname } from 'node:path'
import type { z } from 'zod'
import { readAccess } from './stores/access.ts'
import { askingFindings, unaskableFindings } from './asking.ts'
import type { Config, ServerConfig } from './config.ts'
import { normaliseId } from './schema/ids.ts'
import { mappingEntries } from './mapping.ts'
import { isRecord } from '../json/record.ts'
import type { Finding, Path, Position } from './problem.ts'
import { readProfile } from './profile.ts'
import { configOptions, type RawConfig } from './schema/schema.ts'
import { readServers } from './servers/servers.ts'
import type { SurfaceMode } from '../surface/modes.ts'
import { surfaceRules } from '../surface/options.ts'
import type { TrustMode } from '../trust/options.ts'
import { readStores, storeTypes } from './stores/stores.ts'

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
  /** From the command line; wins over profile and file. */
  readonly surface?: SurfaceMode | undefined
  /** What the file says of itself counts; it doesn't where nothing is said. */
  readonly believed?: boolean | undefined
  /** From the command line: servers.lock decides, and is never written. */
  readonly frozen?: boolean | undefined
  /** From the environment; wins over the file. */
  readonly trust?: TrustMode | undefined
  readonly position: (path: Path, on?: 'key' | 'value') => Position
}

export function resolveConfig(
  value: unknown,
  options: ResolveOptions,
): { config: Config; findings: readonly Finding[] } {
  const findings: Finding[] = []
  const root = isRecord(value) ? value : {}
  const raw = salvage(root)
  const dir = dirname(options.file)
  const declared = readStores(root['secrets'], findings)
  const types = storeTypes(root['secrets'], declared)
  const read = readServers(
    root['servers'],
    {
      dir,
      defaults: raw.defaults,
      pin: raw.pin,
      stores: types,
      position: options.position,
    },
    findings,
  )
  const servers =
    options.frozen === true ? read.map((server) => ({ ...server, pin: 'strict' as const })) : read
  const access = readAccess(
    { secrets: root['secrets'], servers: root['servers'], types, good: servers },
    findings,
  )
  const profile = readProfile(
    {
      chosen: options.profile,
      profiles: raw.profiles,
      names: mappingEntries(root['profiles']).map(([name]) => name),
      serverIds: mappingEntries(root['servers']).map(([id]) => id),
    },
    findings,
  )
  findings.push(
    ...askingFindings(raw.approvals, root['approvals']),
    ...unaskableFindings(raw.approvals, servers),
  )
  if (raw.approvals.mode === 'shadow') findings.push(shadowed)
  const { believed = false, frozen = false } = options
  if (!believed) findings.push(...unbelieved(raw))
  const { browser, ...approvals } = raw.approvals
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
    named: mappingEntries(root['servers']).map(([id]) => normaliseId(id)),
    elsewhere: chosen.filter((server) => !isIn(environment, server)),
    unchosen: servers.filter((server) => !chosen.includes(server)),
    believed,
    trust: options.trust ?? (believed ? raw.trust : 'ask'),
    frozen,
    listWaitMs: raw.defaults.listWait,
    surface: surfaceRules(raw.surface, profiled(raw, options.profile)?.surface, options.surface),
    approvals: { ...approvals, ...(believed && browser !== undefined && { browser }) },
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

/** What a file that nobody chose says of itself would be the word of whoever wrote it. */
function unbelieved({ trust, approvals }: Pick<RawConfig, 'trust' | 'approvals'>): readonly Finding[] {
  return [
    ...(trust === 'ask' ? [] : [countsNot(['trust'], `"trust: ${trust}"`)]),
    ...(approvals.browser === undefined ? [] : [countsNot(['approvals', 'browser'], '"browser"')]),
  ]
}

function countsNot(path: Path, what: string): Finding {
  return {
    path,
    on: 'value',
    severity: 'warning',
    message: `${what} does not count in a file that sidemux found where it was started, or that is named by a relative path`,
    hint: 'name the file by its whole path with --config, or agree to its servers with "sidemux trust"',
  }
}

function profiled(
  { profiles }: Pick<RawConfig, 'profiles'>,
  name: string | undefined,
): RawConfig['profiles'][string] | undefined {
  return name !== undefined && Object.hasOwn(profiles, name) ? profiles[name] : undefined
}

function isIn(environment: string, { environments }: ServerConfig): boolean {
  return environments === undefined || environments.includes(environment)
}

/** Each section that has the right shape, and the defaults where one doesn't. */
function salvage(root: Record<string, unknown>): Omit<RawConfig, 'version' | 'servers' | 'secrets'> {
  const { environment, defaults, trust, pin, approvals, audit, profiles, surface } = configOptions.shape
  return {
    environment: valid(environment, root['environment']),
    defaults: valid(defaults, root['defaults']),
    trust: valid(trust, root['trust']),
    pin: valid(pin, root['pin']),
    approvals: valid(approvals, root['approvals']),
    audit: valid(audit, root['audit']),
    surface: valid(surface, root['surface']),
    // Each by itself: what is wrong in one must not widen another.
    profiles: Object.fromEntries(
      mappingEntries(root['profiles']).flatMap(([name, value]) =>
        Object.entries(valid(profiles, { [name]: value })),
      ),
    ),
  }
}

function valid<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value)
  return parsed.success ? parsed.data : schema.parse(undefined)
}
