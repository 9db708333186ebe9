/**
 * From a server's entry to the command that is run: references become values here, a moment before the child
 * starts, and nowhere else. Whatever can't be resolved stops this server and no other (promise 1).
 *
 * What is masked from then on: every value that came through a reference in `env`, every literal or inherited
 * value whose variable is named like a secret. `${env:…}` in `command`, `args`, `cwd` is plain text by intent,
 * because argv can be read by other users; a value that is a secret is refused there unless the entry says
 * `allowSecretsInArgs`. The same goes for the address of a remote server (remote/target.ts).
 */
import { resolve as resolvePath } from 'node:path'
import { SidemuxError } from '../errors.ts'
import { looksSecret } from '../secrets/names.ts'
import { references, type Template } from '../secrets/reference.ts'
import type { LeaseDeclarations } from '../secrets/lease-answer.ts'
import { Hold, type LeaseEvent } from '../secrets/leases/hold.ts'
import type { LeaseKeeper } from '../secrets/leases/keeper.ts'
import { takeLeases } from '../secrets/leases/take.ts'
import type { Resolution, ResolvedField, ResolveRequest, Resolver, SecretUse } from '../secrets/resolve.ts'
import { watchRotation } from '../secrets/rotation.ts'
import { Secret } from '../secrets/secret.ts'
import type { Launch } from './child.ts'
import { childEnvironment } from './environment.ts'
import type { LoginVault } from './remote/oauth/vault.ts'
import {
  remoteRequests,
  remoteSecrets,
  remoteTarget,
  type RemoteSpec,
  type RemoteTarget,
} from './remote/target.ts'
import { sandboxProblem, type Sandbox } from './sandbox.ts'

/** An entry with its strings parsed; `config/` makes it. */
export type LaunchSpec = CommonSpec & (LocalSpec | RemoteSpec)

export interface CommonSpec {
  readonly id: string
  readonly allowSecretsInArgs: boolean
  readonly leases: LeaseDeclarations
  readonly sandbox: Sandbox
  /** Where servers.yaml is; what relative paths are relative to. */
  readonly dir: string
  /** `file:line:col` of a field such as `env.GITHUB_TOKEN`. */
  where(field: string): string
}

export interface LocalSpec {
  readonly kind: 'stdio'
  readonly command: Template
  readonly args: readonly Template[]
  readonly cwd: Template
  readonly env: ReadonlyMap<string, Template>
  readonly inheritEnv: readonly string[]
}

export interface LaunchDeps {
  readonly resolver: Resolver
  readonly keeper: Pick<LeaseKeeper, 'lease' | 'renew' | 'revoke' | 'onLost'>
  readonly environment: NodeJS.ProcessEnv
  readonly platform: NodeJS.Platform
  readonly execPath: string
  /** Logins at remote servers. */
  readonly vault: LoginVault
  /** Told before the child exists, so that nothing it ever says can come before the mask. */
  onSecrets(id: string, secrets: readonly Secret[]): void
  /** A lease was renewed, could not be, or was given back. */
  onLease(id: string, event: LeaseEvent): void
  onUses(id: string, uses: readonly SecretUse[]): Promise<void>
  /** Awaited: a launch that can't be written down doesn't happen (promise 6). */
  onLaunch(id: string): Promise<void>
  /** Labels of known secrets in a text. */
  secretsIn(text: string): readonly string[]
}

/** Why a child isn't started; `retryable` when the same launch may go through later, as with a store that is down. */
class LaunchRefused extends SidemuxError {
  readonly retryable: boolean

  constructor(message: string, hint: string | undefined, retryable: boolean) {
    super(message, hint === undefined ? {} : { hint })
    this.retryable = retryable
  }
}

const PASSING = new Set<string>(['unavailable', 'timeout', 'rate_limited'])

/** @throws SidemuxError that names the reference and its line. */
export function prepareLaunch(
  spec: CommonSpec & LocalSpec,
  deps: LaunchDeps,
  signal: AbortSignal,
): Promise<Launch>
export function prepareLaunch(
  spec: LaunchSpec,
  deps: LaunchDeps,
  signal: AbortSignal,
): Promise<Launch | RemoteTarget>
export async function prepareLaunch(
  spec: LaunchSpec,
  deps: LaunchDeps,
  signal: AbortSignal,
): Promise<Launch | RemoteTarget> {
  // What runs elsewhere can't be confined here, and doesn't run here.
  const unconfined = spec.kind === 'remote' ? undefined : sandboxProblem(spec.id, spec.sandbox)
  if (unconfined !== undefined) throw unconfined
  const wanted = requests(spec)
  const { keeper, resolver } = deps
  const { held, taken } = await takeLeases(keeper, resolver, spec.id, spec.leases, wanted)
  for (const lease of held.values()) deps.onLease(spec.id, { phase: 'leased', lease, outcome: 'ok' })
  const leases = { declared: spec.leases, taken }
  let fields: Resolution['fields'] = new Map()
  const hold = new Hold({
    leases: held,
    keeper,
    watch: (onStale) =>
      watchRotation({
        resolver,
        serverId: spec.id,
        requests: wanted,
        leases,
        fields,
        onChange: (changed) => onStale(`${changed.join(', ')} of "${spec.id}" has changed`),
      }),
    onEvent: (event) => deps.onLease(spec.id, event),
    now: Date.now,
  })
  try {
    const resolution = await resolver.resolve(spec.id, wanted, signal, leases)
    await deps.onUses(spec.id, resolution.uses)
    fields = allOrRefusal(spec, resolution)
    const launch =
      spec.kind === 'remote' ? composeRemote(spec, fields, deps) : composeLocal(spec, fields, deps)
    await deps.onLaunch(spec.id)
    return { ...launch, hold }
  } catch (error) {
    await hold.release()
    throw error
  }
}

function allOrRefusal(spec: LaunchSpec, { fields, problems }: Resolution): Resolution['fields'] {
  // The one that stays comes first: as long as it is there, trying again is no use.
  const problem = problems.find(({ code }) => !PASSING.has(code)) ?? problems[0]
  if (problem === undefined) return fields
  const { field, message, hint, code } = problem
  throw new LaunchRefused(`${spec.where(field)}: ${message}`, hint, PASSING.has(code))
}

function composeRemote(
  spec: CommonSpec & RemoteSpec,
  fields: Resolution['fields'],
  deps: LaunchDeps,
): RemoteTarget {
  const { id } = spec
  deps.onSecrets(id, remoteSecrets(id, spec, fields))
  if (!spec.allowSecretsInArgs) refuseSecretIn(spec, 'url', spec.url, value(fields, 'url'), deps)
  return remoteTarget(spec, fields, {
    serverId: id,
    environment: deps.environment,
    vault: deps.vault,
    onSecrets: (secrets) => deps.onSecrets(id, secrets),
    where: (field) => spec.where(field),
  })
}

function composeLocal(spec: CommonSpec & LocalSpec, fields: Resolution['fields'], deps: LaunchDeps): Launch {
  const declared = Object.fromEntries(
    [...spec.env.keys()].map((name) => [name, value(fields, `env.${name}`)]),
  )
  const env = childEnvironment({
    platform: deps.platform,
    execPath: deps.execPath,
    parent: deps.environment,
    declared,
    inherit: spec.inheritEnv,
  })
  deps.onSecrets(spec.id, secretsOf(spec, fields, env))
  const launch = {
    command: commandPath(value(fields, 'command'), spec.dir),
    args: spec.args.map((_, index) => value(fields, `args.${index}`)),
    cwd: resolvePath(spec.dir, value(fields, 'cwd')),
    env,
  }
  if (!spec.allowSecretsInArgs) refuseSecretsInArgs(spec, launch, deps)
  return launch
}

/** What there is to resolve. */
export function requests(spec: LocalSpec | RemoteSpec): ResolveRequest[] {
  if (spec.kind === 'remote') return remoteRequests(spec)
  return [
    { field: 'command', template: spec.command },
    { field: 'cwd', template: spec.cwd },
    ...spec.args.map((template, index) => ({ field: `args.${index}`, template })),
    ...[...spec.env].map(([name, template]) => ({ field: `env.${name}`, template })),
  ]
}

function secretsOf(
  spec: CommonSpec & LocalSpec,
  fields: ReadonlyMap<string, ResolvedField>,
  env: Readonly<Record<string, string>>,
): Secret[] {
  const referenced = [...spec.env.keys()].flatMap((name) => fields.get(`env.${name}`)?.secrets ?? [])
  const named = [...spec.env.keys(), ...spec.inheritEnv].filter(looksSecret).flatMap((name) => {
    const own = env[name]
    return own === undefined || own === '' ? [] : [new Secret(own, `${spec.id}.${name}`)]
  })
  return [...referenced, ...named]
}

/** argv and the working directory of a process can be read by every other user of the machine. */
function refuseSecretsInArgs(spec: CommonSpec & LocalSpec, launch: Launch, deps: LaunchDeps): void {
  refuseSecretIn(spec, 'command', spec.command, launch.command, deps)
  refuseSecretIn(spec, 'cwd', spec.cwd, launch.cwd, deps)
  for (const [index, template] of spec.args.entries()) {
    refuseSecretIn(spec, `args.${index}`, template, launch.args[index] ?? '', deps)
  }
}

/** An address ends in the logs of whatever lies on its way. */
function refuseSecretIn(
  spec: CommonSpec,
  field: string,
  template: Template,
  text: string,
  deps: LaunchDeps,
): void {
  const label = secretVariable(template) ?? deps.secretsIn(text)[0]
  if (label === undefined) return
  throw new SidemuxError(
    field === 'url'
      ? `${spec.where(field)}: the value is a secret (${label}), and an address is written into many logs`
      : `${spec.where(field)}: the value is a secret (${label}), and others can read a command line`,
    {
      hint: `hand it over in ${field === 'url' ? 'headers' : 'env'}, or set allowSecretsInArgs: true for ${spec.id}`,
    },
  )
}

/** `${env:NAME}` with a name that says secret, whatever its value is. */
function secretVariable(template: Template): string | undefined {
  return references(template)
    .map(({ reference }) => (reference.kind === 'env' ? reference.name : ''))
    .find(looksSecret)
}

function commandPath(command: string, dir: string): string {
  return /[/\\]/.test(command) ? resolvePath(dir, command) : command
}

function value(fields: ReadonlyMap<string, ResolvedField>, field: string): string {
  return fields.get(field)?.value ?? ''
}
