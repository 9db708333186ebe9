/**
 * Builds the launch of a local server with every reference resolved: command, arguments, working directory and
 * environment. remote/target.ts does the same for a remote server.
 *
 * Masked from then on: every value that came through a reference in `env`, every literal or inherited value whose
 * variable is named like a secret, and what is recognised in plain anywhere (in-plain.ts); but for
 * what is declared plain.
 */
import { resolve as resolvePath } from 'node:path'
import { variable } from '../../json/named.ts'
import { holdsSecret } from '../../secrets/words/places.ts'
import { isDeclaredPlain, type Template } from '../../secrets/reference.ts'
import type { ResolvedField, ResolveRequest } from '../../secrets/resolve/resolve.ts'
import { Secret } from '../../secrets/secret.ts'
import { processEnvironment } from '../process/environment.ts'
import { recogniseSecrets, type LabelledText } from './in-plain.ts'
import { refuseSecretsIn } from './plain.ts'
import type { CommonSpec, LocalSpec } from './spec.ts'
import type { Launch } from '../process/process-launch.ts'

type Fields = ReadonlyMap<string, ResolvedField>

/** Whose machine it is launched on. */
export interface LaunchMachine {
  /** Sidemux's own. */
  readonly environment: NodeJS.ProcessEnv
  readonly platform: NodeJS.Platform
  readonly execPath: string
}

export interface LocalDeps extends LaunchMachine {
  /** Put into the environment of each child, whatever its entry says: which sidemuxes run above it. */
  readonly above?: { readonly name: string; readonly value: string } | undefined
  /** Told before the child exists, so that nothing it ever says can come before the mask. */
  onSecrets(id: string, secrets: readonly Secret[]): void
  /** Labels of known secrets in a text. */
  secretsIn(text: string): readonly string[]
}

export function localRequests({ command, args, cwd, env }: LocalSpec): ResolveRequest[] {
  return [
    { field: 'command', template: command },
    { field: 'cwd', template: cwd },
    ...args.map((template, index) => ({ field: `args.${index}`, template })),
    ...[...env].map(([name, template]) => ({ field: `env.${name}`, template })),
  ]
}

/** @throws SidemuxError that names the field and its line. */
export async function localLaunch(
  spec: CommonSpec & LocalSpec,
  fields: Fields,
  deps: LocalDeps,
): Promise<Launch> {
  const written = writtenLaunch(spec, fields, deps)
  const handedOver = localSecrets(spec, fields, written)
  deps.onSecrets(spec.id, handedOver)
  const recognised = await recogniseSecrets(localTexts(spec, written))
  const { command, args, cwd, env, plain } = written
  const brought = plain.map(({ field }) => broughtTo(field, spec, fields))
  deps.onSecrets(spec.id, [
    ...recognised.flatMap(({ secrets }) => secrets),
    ...(spec.allowSecretsInArgs ? brought.flat() : []),
  ])
  const judged = plain.map((one, index) => ({
    ...one,
    places: recognised[index]?.places ?? [],
    brought: brought[index] ?? [],
  }))
  await refuseSecretsIn(judged, spec, { secretsIn: (text) => deps.secretsIn(text), handedOver })
  return { command, args, cwd, env: deps.above === undefined ? env : withMark(env, deps.above) }
}

/** A launch with what its references came to; what could not be resolved is empty. */
export interface WrittenLaunch extends Pick<Launch, 'command' | 'args' | 'cwd' | 'env'> {
  /** What others can read: command, directory and arguments, in this order. */
  readonly plain: readonly { readonly field: string; readonly template: Template; readonly text: string }[]
}

export function writtenLaunch(
  spec: CommonSpec & LocalSpec,
  fields: Fields,
  { platform, execPath, environment }: LaunchMachine,
): WrittenLaunch {
  const value = (field: string): string => fields.get(field)?.value ?? ''
  const env = processEnvironment({
    platform,
    execPath,
    parent: environment,
    declared: Object.fromEntries([...spec.env.keys()].map((name) => [name, value(`env.${name}`)])),
    inherit: spec.inheritEnv,
  })
  const command = commandPath(value('command'), spec.dir)
  const cwd = resolvePath(spec.dir, value('cwd'))
  const args = spec.args.map((_, index) => value(`args.${index}`))
  const plain = [
    { field: 'command', template: spec.command, text: command },
    { field: 'cwd', template: spec.cwd, text: cwd },
    ...spec.args.map((template, index) => ({ field: `args.${index}`, template, text: args[index] ?? '' })),
  ]
  return { command, args, cwd, env, plain }
}

/** Where it may hold secrets in plain: first what others can read, then its variables. */
export function localTexts(spec: CommonSpec & LocalSpec, { plain, env }: WrittenLaunch): LabelledText[] {
  const variables = [...spec.env.keys(), ...spec.inheritEnv].map((name) => ({
    label: `${spec.id}.${name}`,
    name,
    text: isDeclaredPlain(spec.env.get(name)) ? '' : (variable(env, name) ?? ''),
  }))
  return [
    ...plain.map(({ field, template, text: whole }, index) => {
      const text = isDeclaredPlain(template) ? '' : whole
      const before = field.startsWith('args.') ? plain[index - 1] : undefined
      return {
        label: `${spec.id}.${field}`,
        text,
        ...(before?.field.startsWith('args.') === true ? { before: before.text } : {}),
      }
    }),
    ...variables,
  ]
}

/** The secrets that references bring into a field that others can read. */
export function broughtTo(field: string, { id }: Pick<CommonSpec, 'id'>, fields: Fields): readonly Secret[] {
  return (fields.get(field)?.secrets ?? []).map((secret) => new Secret(secret.reveal(), `${id}.${field}`))
}

/** In place of what the entry calls so, also where names ignore case. */
function withMark(env: Readonly<Record<string, string>>, { name, value }: { name: string; value: string }) {
  const others = Object.entries(env).filter(([other]) => other.toUpperCase() !== name)
  return Object.fromEntries([...others, [name, value]])
}

/** What is handed over to be kept secret, in variables. */
export function localSecrets(
  spec: CommonSpec & LocalSpec,
  fields: Fields,
  { env }: Pick<WrittenLaunch, 'env'>,
): readonly Secret[] {
  const referenced = [...spec.env.keys()].flatMap((name) => fields.get(`env.${name}`)?.secrets ?? [])
  const named = [...spec.env.keys(), ...spec.inheritEnv].flatMap((name) => {
    const own = isDeclaredPlain(spec.env.get(name)) ? '' : (variable(env, name) ?? '')
    return own === '' || !holdsSecret(name, own) ? [] : [new Secret(own, `${spec.id}.${name}`)]
  })
  return [...referenced, ...named]
}

function commandPath(command: string, dir: string): string {
  return /[/\\]/.test(command) ? resolvePath(dir, command) : command
}
