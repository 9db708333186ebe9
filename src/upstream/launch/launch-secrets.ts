/**
 * Tells what launches would have masked, without launching anything: the same values under the same labels as the launch
 * itself (local.ts, remote-launch.ts, placeholders.ts). So what a server would get can be masked before it is started for
 * the first time (promise 3).
 *
 * Of a launch that can't be resolved as a whole, what is there counts.
 */
import type { Resolution } from '../../secrets/resolve/resolve.ts'
import type { Secret } from '../../secrets/secret.ts'
import { remoteSecrets } from '../remote/remote-spec.ts'
import { recogniseSecrets, type LabelledText } from './in-plain.ts'
import {
  broughtTo,
  localSecrets,
  localTexts,
  writtenLaunch,
  type LocalDeps,
  type LaunchMachine,
} from './local.ts'
import { brokeredSecrets } from './placeholders.ts'
import { remoteTexts } from './remote-launch.ts'
import type { LaunchSpec } from './spec.ts'

export interface ResolvedLaunch {
  readonly spec: LaunchSpec
  readonly resolution: Resolution
}

/**
 * Tells the secrets of each. All texts are looked through at once, which costs little more than one.
 *
 * @throws SidemuxError when what stands in plain can't be looked for; all the rest is told by then.
 */
export async function tellLaunchSecrets(
  launches: readonly ResolvedLaunch[],
  machine: LaunchMachine,
  onSecrets: LocalDeps['onSecrets'],
): Promise<void> {
  const read = launches.map((launch) => readLaunch(launch, machine))
  for (const { id, secrets } of read) onSecrets(id, secrets)
  const texts = read.flatMap(({ id, texts }) => texts.map((text) => ({ id, text })))
  const recognised = await recogniseSecrets(texts.map(({ text }) => text))
  for (const [at, { id }] of texts.entries()) onSecrets(id, recognised[at]?.secrets ?? [])
}

interface ReadLaunch {
  readonly id: string
  readonly secrets: readonly Secret[]
  /** Where there may be more in plain. */
  readonly texts: readonly LabelledText[]
}

function readLaunch({ spec, resolution }: ResolvedLaunch, machine: LaunchMachine): ReadLaunch {
  const { fields } = resolution
  const inTheOpen = (names: readonly string[]): readonly Secret[] =>
    spec.allowSecretsInArgs ? names.flatMap((field) => broughtTo(field, spec, fields)) : []
  const good = referred(resolution)
  if (spec.kind === 'remote') {
    const secrets = [...good, ...remoteSecrets(spec.id, spec, fields), ...inTheOpen(['url'])]
    return { id: spec.id, secrets, texts: unlike(secrets, remoteTexts(spec, fields)) }
  }
  const written = writtenLaunch(spec, fields, machine)
  const secrets = [
    ...good,
    ...localSecrets(spec, fields, written),
    ...brokeredSecrets(spec, fields),
    ...inTheOpen(written.plain.map(({ field }) => field)),
  ]
  return { id: spec.id, secrets, texts: unlike(secrets, localTexts(spec, written)) }
}

/** What is handed over to be kept secret: not what stands in the command, its arguments or the address. */
const KEPT_SECRET = /^(?:env|headers|oauth)\./

/** Each by itself, since a field of which another part can't be had is not composed. */
function referred({ values }: Resolution): readonly Secret[] {
  return [...values].flatMap(([{ field, plain }, secret]) =>
    plain === true || !KEPT_SECRET.test(field) ? [] : [secret],
  )
}

/** One word, as tokens are: no token stands within it that is another one. */
const WORD = /^[\w.+~-]+={0,2}$/

/** Without those of which all is known already: the rules for tokens would be loaded for these alone. */
function unlike(secrets: readonly Secret[], texts: readonly LabelledText[]): readonly LabelledText[] {
  const known = new Set(secrets.flatMap((secret) => (secret.maskable ? [secret.reveal()] : [])))
  return texts.filter(({ text }) => text !== '' && !(WORD.test(text) && known.has(text)))
}
