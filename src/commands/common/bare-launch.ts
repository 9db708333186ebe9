/**
 * A server's launch as far as it can be had without its secrets: nothing is asked of a store, no lease is taken, and a shell
 * that somebody opens in the sandbox holds none. What a secret would have been is empty, and behind what
 * stands for a brokered one there is nothing.
 */
import { randomBytes } from 'node:crypto'
import type { Config, ServerConfig } from '../../config/config.ts'
import { launchSpec } from '../../config/for-rooms.ts'
import { BrokeredSecrets } from '../../egress/broker/brokered.ts'
import type { Template, TemplatePart } from '../../secrets/reference.ts'
import { Secret } from '../../secrets/secret.ts'
import { looksSecret } from '../../secrets/words/names.ts'
import { localLaunch, localRequests } from '../../upstream/launch/local.ts'
import type { CommonSpec, LocalSpec } from '../../upstream/launch/spec.ts'
import type { Launch } from '../../upstream/process/process-launch.ts'

export interface BareLaunch {
  readonly launch: Launch
  readonly spec: CommonSpec & LocalSpec
  /** Undefined where nothing is brokered. */
  readonly brokered: BrokeredSecrets | undefined
}

/** Undefined for a remote server. @throws SidemuxError where its entry holds a secret where others can read it. */
export async function bareLaunch(
  server: ServerConfig,
  config: Config,
  env: NodeJS.ProcessEnv,
): Promise<BareLaunch | undefined> {
  const spec = launchSpec(server, config)
  if (spec.kind === 'remote') return undefined
  const fields = localRequests(spec).map(({ field, template }): [string, { value: string; secrets: [] }] => [
    field,
    { value: bareText(field, template, env), secrets: [] },
  ])
  const launch = await localLaunch(spec, new Map(fields), {
    environment: env,
    platform: process.platform,
    execPath: process.execPath,
    onSecrets: () => undefined,
    secretsIn: () => [],
  })
  return { launch, spec, brokered: spec.brokered.size === 0 ? undefined : withoutValues(spec) }
}

function withoutValues({ brokered }: LocalSpec): BrokeredSecrets {
  return new BrokeredSecrets(
    [...brokered].map(([name, { hosts, places }]) => {
      const placeholder = randomBytes(16).toString('hex')
      return { field: `env.${name}`, placeholder, hosts, places, secret: new Secret(placeholder, name) }
    }),
  )
}

function bareText(field: string, template: Template, env: NodeJS.ProcessEnv): string {
  const isSecret = looksSecret(field.replace(/^env\./, ''))
  return template.parts
    .map((part) => (part.kind === 'literal' ? part.text : bareValue(part, isSecret, env)))
    .join('')
}

/** Only what is in the environment, and no secret by its name. */
function bareValue(
  part: Exclude<TemplatePart, { kind: 'literal' }>,
  isSecret: boolean,
  env: NodeJS.ProcessEnv,
): string {
  const { reference, plain } = part
  if (reference.kind !== 'env' || (plain !== true && (isSecret || looksSecret(reference.name)))) return ''
  return env[reference.name] ?? reference.fallback ?? ''
}
