/**
 * Builds the target of a remote server with every reference resolved: address and headers. local.ts does the same for a
 * local server, and masks and refuses by the same rules.
 */
import { isDeclaredPlain, type Template } from '../../secrets/reference.ts'
import type { Resolution } from '../../secrets/resolve/resolve.ts'
import type { LoginVault } from '../remote/oauth/vault.ts'
import { remoteSecrets, type RemoteSpec } from '../remote/remote-spec.ts'
import type { RemoteTarget, TargetDeps } from '../remote/target.ts'
import { recogniseSecrets, type LabelledText } from './in-plain.ts'
import type { LocalDeps } from './local.ts'
import { refuseSecretsIn } from './plain.ts'
import type { CommonSpec } from './spec.ts'

export interface RemoteDeps extends Pick<LocalDeps, 'environment' | 'onSecrets' | 'secretsIn'> {
  /** Logins at remote servers. */
  readonly vault: LoginVault
  readonly refreshApart?: TargetDeps['refreshApart']
}

export async function remoteLaunch(
  spec: CommonSpec & RemoteSpec,
  fields: Resolution['fields'],
  deps: RemoteDeps,
): Promise<RemoteTarget> {
  const { id } = spec
  const handedOver = remoteSecrets(id, spec, fields)
  deps.onSecrets(id, handedOver)
  const { value = '', secrets: brought = [] } = fields.get('url') ?? {}
  const recognised = await recogniseSecrets(remoteTexts(spec, fields))
  deps.onSecrets(id, [
    ...recognised.flatMap(({ secrets }) => secrets),
    ...(spec.allowSecretsInArgs ? brought : []),
  ])
  const { places = [] } = recognised[0] ?? {}
  const url = { field: 'url', template: spec.url, text: value, places, brought }
  await refuseSecretsIn([url], spec, { secretsIn: (text) => deps.secretsIn(text), handedOver })
  const { remoteTarget } = await import('../remote/target.ts')
  return remoteTarget(spec, fields, {
    serverId: id,
    environment: deps.environment,
    vault: deps.vault,
    refreshApart: deps.refreshApart,
    onSecrets: (secrets) => deps.onSecrets(id, secrets),
    where: (field) => spec.where(field),
  })
}

/** Where it may hold secrets in plain: first its address, then its headers. */
export function remoteTexts(
  { id, url, headers }: CommonSpec & RemoteSpec,
  fields: Resolution['fields'],
): LabelledText[] {
  const text = (field: string, template: Template): string =>
    isDeclaredPlain(template) ? '' : (fields.get(field)?.value ?? '')
  return [
    { label: `${id}.url`, text: text('url', url) },
    ...[...headers].map(([name, template]) => ({
      label: `${id}.${name}`,
      name,
      text: text(`headers.${name}`, template),
    })),
  ]
}
