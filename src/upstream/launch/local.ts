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
import { isDeclaredPlain } from '../../secrets/reference.ts'
import type { ResolvedField, ResolveRequest } from '../../secrets/resolve/resolve.ts'
import { Secret } from '../../secrets/secret.ts'
import { processEnvironment } from '../process/environment.ts'
import { recogniseSecrets } from './in-plain.ts'
import { refuseSecretsIn } from './plain.ts'
import type { CommonSpec, LocalSpec } from './spec.ts'
import type { Launch } from '../process/process-launch.ts'

type Fields = ReadonlyMap<string, ResolvedField>

export interface LocalDeps {
  readonly environment: NodeJS.ProcessEnv
  readonly platform: NodeJS.Platform
  readonly execPath: string
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
  const value = (field: string): string => fields.get(field)?.value ?? ''
  const own = processEnvironment({
    platform: deps.platform,
    execPath: deps.execPath,
    parent: deps.environment,
    declared: Object.fromEntries([...spec.env.keys()].map((name) => [name, value(`env.${name}`)])),
    inherit: spec.inheritEnv,
  })
  const env = deps.above === undefined ? own : withMark(own, deps.above)
  const handedOver = secretsOf(spec, fields, env)
  deps.onSecrets(spec.id, handedOver)
  const command = commandPath(value('command'), spec.dir)
  const cwd = resolvePath(spec.dir, value('cwd'))
  const args = spec.args.map((_, index) => value(`args.${index}`))
  const plain = [
    { field: 'command', template: spec.command, text: command },
    { field: 'cwd', template: spec.cwd, text: cwd },
    ...spec.args.map((template, index) => ({ field: `args.${index}`, template, text: args[index] ?? '' })),
  ]
  const variables = [...spec.env.keys(), ...spec.inheritEnv].map((name) => ({
    label: name,
    name,
    text: isDeclaredPlain(spec.env.get(name)) ? '' : (variable(env, name) ?? ''),
  }))
  const { secrets, places } = await recogniseSecrets(spec.id, [
    ...plain.map(({ field, template, text: whole }, index) => {
      const text = isDeclaredPlain(template) ? '' : whole
      const before = field.startsWith('args.') ? plain[index - 1] : undefined
      return {
        label: field,
        text,
        ...(before?.field.startsWith('args.') === true ? { before: before.text } : {}),
      }
    }),
    ...variables,
  ])
  const brought = plain.map(({ field }) =>
    (fields.get(field)?.secrets ?? []).map((secret) => new Secret(secret.reveal(), `${spec.id}.${field}`)),
  )
  deps.onSecrets(spec.id, [...secrets, ...(spec.allowSecretsInArgs ? brought.flat() : [])])
  const judged = plain.map((one, index) => ({
    ...one,
    places: places[index] ?? [],
    brought: brought[index] ?? [],
  }))
  await refuseSecretsIn(judged, spec, { secretsIn: (text) => deps.secretsIn(text), handedOver })
  return { command, args, cwd, env }
}

/** In place of what the entry calls so, also where names ignore case. */
function withMark(env: Readonly<Record<string, string>>, { name, value }: { name: string; value: string }) {
  const others = Object.entries(env).filter(([other]) => other.toUpperCase() !== name)
  return Object.fromEntries([...others, [name, value]])
}

function secretsOf(
  spec: CommonSpec & LocalSpec,
  fields: ReadonlyMap<string, ResolvedField>,
  env: Readonly<Record<string, string>>,
): Secret[] {
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
