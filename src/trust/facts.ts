/**
 * The launch of a server as a human agrees to it (promise 5): what is started, with what, and what it may have of the
 * machine. It is what the entry says, with its references as they are written, and never a value of a secret.
 *
 * What others add to an entry later comes in by itself (`settings`), and counts as grown when it changes: what isn't
 * known to be harmless asks.
 */
import { sha256 } from '../json/canonical.ts'
import { holdsSecret } from '../secrets/words/places.ts'
import { references, type Template } from '../secrets/reference.ts'
import { secretsInPlain, type LaunchText } from '../secrets/tokens/in-plain.ts'
import type { SecretHost } from '../egress/broker/hosts.ts'
import type { BrokerRule } from '../egress/broker/options.ts'
import type { LaunchSpec } from '../upstream/launch/launch.ts'
import type { RemoteSpec } from '../upstream/remote/remote-spec.ts'

export interface LaunchFacts {
  readonly kind: 'local' | 'remote'
  /** What is started, or the address that is connected to. */
  readonly target: string
  readonly args: readonly string[]
  /** Absolute; empty for a remote server. */
  readonly cwd: string
  /** Variables, or headers, by name. One that is no reference begins with `=`. */
  readonly given: ReadonlyMap<string, string>
  /** Names of variables that it gets of sidemux's own environment. */
  readonly inherited: readonly string[]
  /** Everything else, by name; in no order where it has several values. */
  readonly settings: ReadonlyMap<string, readonly string[]>
}

/** What is around an entry and decides what its references mean. */
export interface LaunchSurroundings {
  /** The environment, where a store of the entry has other secrets in another one. */
  readonly environment: string | undefined
  /** Which version of its package it starts, or NOT_YET, where sidemux installs one. */
  readonly package: string | undefined
  /** Of each store that the entry refers to: its type, and the program where it is one. */
  readonly stores: ReadonlyMap<string, string>
}

/** How long a text may be; a longer one can't be read by a person, and what is cut off counts by its hash. */
const MAX_TEXT = 16_384

export async function launchFacts(spec: LaunchSpec, around: LaunchSurroundings): Promise<LaunchFacts> {
  const templates = spec.kind === 'remote' ? sentBy(spec) : spec.env
  const [target, cwd, ...args] = spec.kind === 'remote' ? [spec.url] : [spec.command, spec.cwd, ...spec.args]
  const plain = [target, ...(cwd === undefined ? [] : [cwd]), ...args].map(
    (template) => template?.source ?? '',
  )
  const texts: LaunchText[] = [
    ...plain.map((text, index) => ({ text, ...(index > 2 && { before: plain[index - 1] ?? '' }) })),
    ...[...templates].map(([name, { source: text }]) => ({ text, name })),
    ...[...around.stores.values()].map((text) => ({ text })),
  ]
  const shown = await withoutSecrets(texts)
  const words = shown.slice(plain.length + templates.size)
  return {
    kind: spec.kind === 'remote' ? 'remote' : 'local',
    target: shown[0] ?? '',
    cwd: cwd === undefined ? '' : (shown[1] ?? ''),
    args: shown.slice(2, plain.length),
    given: new Map(
      [...templates].map(([name, template], index) => [
        name,
        given(name, template, shown[plain.length + index] ?? ''),
      ]),
    ),
    inherited: spec.kind === 'remote' ? [] : spec.inheritEnv.toSorted(),
    settings: settingsOf(spec, {
      ...around,
      stores: new Map([...around.stores.keys()].map((name, index) => [name, words[index] ?? ''])),
    }),
  }
}

/** Its headers, and what its login server gets. No header has a blank in its name. */
function sentBy({ headers, oauth: { clientSecret } }: RemoteSpec): ReadonlyMap<string, Template> {
  return clientSecret === undefined ? headers : new Map([...headers, ['client secret', clientSecret]])
}

/** By these two servers' launches are the same, whatever stands first. */
export function factsDigest(facts: LaunchFacts): string {
  return sha256(JSON.stringify(plainFacts(facts)))
}

/** The same launch before it is known which version of its package it starts. */
export function beforeInstall(facts: LaunchFacts): LaunchFacts {
  return facts.settings.has(PACKAGE)
    ? { ...facts, settings: new Map([...facts.settings, [PACKAGE, [NOT_YET]]]) }
    : facts
}

export function plainFacts({ given: by, settings, ...facts }: LaunchFacts) {
  return { ...facts, given: sorted(by), settings: sorted(settings) }
}

function sorted<T>(map: ReadonlyMap<string, T>): readonly (readonly [string, T])[] {
  return [...map].toSorted(([a], [b]) => (a < b ? -1 : 1))
}

/** A value that is written out is told from a reference, so that none can pose as the other. */
function given(name: string, template: Template, shown: string): string {
  if (references(template).length > 0) return shown
  return holdsSecret(name, template.source) && template.source !== ''
    ? `=${hidden(template.source)}`
    : `=${shown}`
}

/** Tokens in plain are no part of what is kept and shown; that one is another shows in the mark. */
async function withoutSecrets(texts: readonly LaunchText[]): Promise<readonly string[]> {
  const places = await secretsInPlain(texts)
  return texts.map(({ text }, index) => {
    let shown = ''
    let at = 0
    for (const { from, to } of (places[index] ?? []).toSorted((a, b) => a.from - b.from)) {
      if (to <= at) continue
      shown += text.slice(at, Math.max(at, from)) + hidden(text.slice(Math.max(at, from), to))
      at = to
    }
    const whole = shown + text.slice(at)
    return whole.length > MAX_TEXT
      ? `${whole.slice(0, MAX_TEXT)}… ‹in all ${whole.length} characters, ${sha256(whole)}›`
      : whole
  })
}

/** So few digits don't give a value away, and two values rarely share them. */
function hidden(value: string): string {
  return `‹hidden ${sha256(`sidemux trust ${value}`).slice(0, 6)}›`
}

/** What stands elsewhere in the facts, and what names the launch and is no part of it. */
const OF_THEIR_OWN: ReadonlySet<string> = new Set(
  'kind id launchHash dir where command args cwd env inheritEnv url headers leases oauth sandbox allowSecretsInArgs brokered'.split(
    ' ',
  ),
)

function settingsOf(spec: LaunchSpec, around: LaunchSurroundings): LaunchFacts['settings'] {
  const { environment, stores } = around
  const { allowSecretsInArgs, leases, sandbox } = spec
  const confinement: (readonly [string, unknown])[] = spec.kind === 'remote' ? [] : Object.entries(sandbox)
  const others = Object.entries(spec).filter(([name]) => !OF_THEIR_OWN.has(name))
  const all: (readonly [string, unknown])[] = [
    ...confinement.map(
      ([name, value]) =>
        [name === 'mode' ? 'sandbox' : name, name === 'network' ? networkOf(value) : value] as const,
    ),
    ...others,
    ['allowSecretsInArgs', allowSecretsInArgs],
    ['environment', environment],
    [PACKAGE, around.package],
    ...(spec.kind === 'remote' ? [] : [...spec.brokered]).map(
      ([name, rule]) => [`${BROKERED}${name}`, brokerWords(rule)] as const,
    ),
    ...[...leases].map(([name, { store, path }]) => [`lease ${name}`, `${store}:${path}`] as const),
    ...[...stores].map(([name, what]) => [`store ${name}`, what] as const),
  ]
  return new Map(
    all.flatMap(([name, value]) => {
      const list = listOf(value)
      return list.length === 0 ? [] : [[name, list]]
    }),
  )
}

/** The setting that says which version of its package it is, where sidemux installs that. */
export const PACKAGE = 'package'
/** Which one turns out when it first starts. */
export const NOT_YET = 'not installed yet'

/** Begins the setting of a variable of which the server gets a placeholder. */
export const BROKERED = 'brokered '

/** Where the value goes, and whatever else is said of it. */
function brokerWords({ hosts, places, ...more }: BrokerRule): readonly string[] {
  const others = Object.entries(more).map(([name, value]) => `${name} ${JSON.stringify(value)}`)
  return [...hosts.map(secretHostWords), ...places.map((place) => `in a ${place}`), ...others]
}

function secretHostWords({ host, port, clear }: SecretHost): string {
  return `${clear ? 'http' : 'https'}://${host}:${port}`
}

/** `*` for everything; else what may be reached, which is nothing where there is none. */
function networkOf(value: unknown): unknown {
  const kind = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : value
  if (kind === 'all') return '*'
  if (kind === 'none') return []
  if (typeof value !== 'object' || value === null || !('hosts' in value)) return value
  return Array.isArray(value.hosts) ? value.hosts.map(hostWords) : value.hosts
}

function hostWords(rule: unknown): unknown {
  if (typeof rule !== 'object' || rule === null || !('host' in rule) || !('ports' in rule)) return rule
  const ports = Array.isArray(rule.ports) ? rule.ports.join(',') : ''
  return `${String(rule.host)}${ports === '' ? '' : `:${ports}`}`
}

/** What is not set, or off, is as if it weren't there. */
function listOf(value: unknown): readonly string[] {
  if (value === undefined || value === null || value === false) return []
  if (Array.isArray(value)) return [...new Set(value.flatMap(listOf))].toSorted()
  if (value instanceof Map)
    return [...value].map(([name, one]) => `${String(name)}: ${listOf(one).join(', ')}`)
  if (isTemplate(value)) return [value.source]
  if (typeof value === 'function') return []
  return [typeof value === 'string' ? value : JSON.stringify(value)]
}

function isTemplate(value: unknown): value is Template {
  return typeof value === 'object' && value !== null && 'source' in value && 'parts' in value
}
