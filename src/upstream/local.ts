/**
 * The program that a child is, with every reference resolved: command, arguments, working directory and environment. It
 * is what remote/target.ts is for a remote server.
 *
 * Masked from then on: every value that came through a reference in `env`, and every literal or inherited value whose
 * variable is named like a secret; but for what is declared plain.
 */
import { resolve as resolvePath } from 'node:path'
import { looksSecret } from '../secrets/names.ts'
import { isDeclaredPlain } from '../secrets/reference.ts'
import type { ResolvedField, ResolveRequest } from '../secrets/resolve.ts'
import { Secret } from '../secrets/secret.ts'
import { childEnvironment } from './environment.ts'
import { refuseSecretsIn } from './plain.ts'
import type { CommonSpec, LocalSpec } from './spec.ts'
import type { Launch } from './transport.ts'

type Fields = ReadonlyMap<string, ResolvedField>

export interface LocalDeps {
  readonly environment: NodeJS.ProcessEnv
  readonly platform: NodeJS.Platform
  readonly execPath: string
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
export function localLaunch(spec: CommonSpec & LocalSpec, fields: Fields, deps: LocalDeps): Launch {
  const value = (field: string): string => fields.get(field)?.value ?? ''
  const env = childEnvironment({
    platform: deps.platform,
    execPath: deps.execPath,
    parent: deps.environment,
    declared: Object.fromEntries([...spec.env.keys()].map((name) => [name, value(`env.${name}`)])),
    inherit: spec.inheritEnv,
  })
  deps.onSecrets(spec.id, secretsOf(spec, fields, env))
  const command = commandPath(value('command'), spec.dir)
  const cwd = resolvePath(spec.dir, value('cwd'))
  const args = spec.args.map((template, index) => ({
    field: `args.${index}`,
    template,
    text: value(`args.${index}`),
  }))
  const plain = [
    { field: 'command', template: spec.command, text: command },
    { field: 'cwd', template: spec.cwd, text: cwd },
    ...args,
  ]
  refuseSecretsIn(plain, spec, (text) => deps.secretsIn(text))
  return { command, args: args.map(({ text }) => text), cwd, env }
}

function secretsOf(
  spec: CommonSpec & LocalSpec,
  fields: ReadonlyMap<string, ResolvedField>,
  env: Readonly<Record<string, string>>,
): Secret[] {
  const referenced = [...spec.env.keys()].flatMap((name) => fields.get(`env.${name}`)?.secrets ?? [])
  const named = [...spec.env.keys(), ...spec.inheritEnv].filter(looksSecret).flatMap((name) => {
    const own = isDeclaredPlain(spec.env.get(name)) ? undefined : env[name]
    return own === undefined || own === '' ? [] : [new Secret(own, `${spec.id}.${name}`)]
  })
  return [...referenced, ...named]
}

function commandPath(command: string, dir: string): string {
  return /[/\\]/.test(command) ? resolvePath(dir, command) : command
}
