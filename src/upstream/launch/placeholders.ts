/**
 * Puts placeholders where a server would have had brokered secrets. A value that is put together (`Bearer ${team:/x}`)
 * keeps the text around its secrets. Pure.
 */
import { BrokeredSecrets, type BrokeredSecret } from '../../egress/broker/brokered.ts'
import type { BrokerRule } from '../../egress/broker/options.ts'
import { placeholderOf } from '../../egress/broker/placeholder.ts'
import { SidemuxError } from '../../errors.ts'
import type { ResolvedField } from '../../secrets/resolve/resolve.ts'
import { MIN_MASKABLE_LENGTH, Secret } from '../../secrets/secret.ts'
import type { CommonSpec, LocalSpec } from './spec.ts'
import type { Launch } from '../process/process-launch.ts'

type Fields = ReadonlyMap<string, ResolvedField>
type Spec = Pick<CommonSpec, 'id' | 'where'> & Pick<LocalSpec, 'brokered'>

export interface Brokered {
  /** As the server gets them; what is masked is the same. */
  readonly fields: Fields
  readonly secrets: BrokeredSecrets
}

/**
 * @param seed of this run of sidemux: a server that starts again gets the same placeholders
 * @returns undefined where nothing is brokered
 * @throws SidemuxError for a value that can't be
 */
export function withPlaceholders(spec: Spec, fields: Fields, seed: string): Brokered | undefined {
  if (spec.brokered.size === 0) return undefined
  const values = [...fields.values()].map(({ value }) => value)
  // One that is too short to be masked may stand in a placeholder.
  const isTaken = (text: string): boolean =>
    values.some((one) => one.includes(text) || (one.length >= MIN_MASKABLE_LENGTH && text.includes(one)))
  const replaced = new Map(fields)
  const all = [...spec.brokered].flatMap(([name, rule]): BrokeredSecret[] => {
    const field = `env.${name}`
    const resolved = fields.get(field)
    if (resolved === undefined) return []
    const secrets = secretsOf(resolved, `${spec.id}.${name}`)
    const brokered = secrets.map((secret, at) => {
      const flaw = flawOfValue(secret.reveal(), rule)
      if (flaw !== undefined)
        throw new SidemuxError(`${spec.where(field)}: "deliver: broker" can't be done for ${name}: ${flaw}`, {
          hint: `replace it where it was made, or hand it over: "deliver: env"`,
        })
      const placeholder = placeholderOf(secret.reveal(), JSON.stringify([seed, spec.id, field, at]), isTaken)
      return { field, placeholder, hosts: rule.hosts, places: rule.places, secret }
    })
    let { value } = resolved
    // One may stand in another.
    for (const { placeholder, secret } of brokered.toSorted((a, b) => lengthOf(b) - lengthOf(a)))
      value = value.replaceAll(secret.reveal(), () => placeholder)
    replaced.set(field, { value, secrets })
    return brokered
  })
  return { fields: replaced, secrets: new BrokeredSecrets(all) }
}

/** What is kept from the server, of the fields that are there. */
export function brokeredSecrets({ id, brokered }: Omit<Spec, 'where'>, fields: Fields): readonly Secret[] {
  return [...brokered.keys()].flatMap((name) => {
    const resolved = fields.get(`env.${name}`)
    return resolved === undefined ? [] : secretsOf(resolved, `${id}.${name}`)
  })
}

/** Takes values that have changed, and says which these are; undefined where the server needs another process for it. */
export function takeUp(
  spec: Spec,
  brokered: BrokeredSecrets,
  changed: Fields,
): readonly Secret[] | undefined {
  const taken = [...changed].flatMap(([field, resolved]) => {
    const name = field.slice('env.'.length)
    const rule = field.startsWith('env.') ? spec.brokered.get(name) : undefined
    const before = brokered.all.filter((one) => one.field === field)
    const now = secretsOf(resolved, `${spec.id}.${name}`)
    if (rule === undefined || before.length !== now.length) return [undefined]
    return now.map((secret, at) => {
      const placeholder = before[at]?.placeholder
      const isFit = placeholder !== undefined && flawOfValue(secret.reveal(), rule) === undefined
      return isFit ? { placeholder, secret } : undefined
    })
  })
  const good = taken.filter((one) => one !== undefined)
  if (good.length < taken.length) return undefined
  brokered.change(good)
  return good.map(({ secret }) => secret)
}

function lengthOf({ secret }: Pick<BrokeredSecret, 'secret'>): number {
  return secret.reveal().length
}

/** The parts of a value that are kept from the server: what its references bring, or all of it. */
function secretsOf({ value, secrets }: ResolvedField, label: string): readonly Secret[] {
  const isWhole = secrets.length === 0 || secrets.some(({ maskable }) => !maskable)
  if (isWhole) return [new Secret(value, label)]
  return [...new Map(secrets.map((secret) => [secret.reveal(), secret])).values()]
}

/** Why a value can't be put into requests and masked in answers; ends a sentence. */
function flawOfValue(value: string, { places }: BrokerRule): string | undefined {
  if (value.length < MIN_MASKABLE_LENGTH)
    return `it has fewer than ${MIN_MASKABLE_LENGTH} characters, which can't be masked in answers`
  // eslint-disable-next-line no-control-regex -- what no header can hold
  if (places.includes('header') && /[^\t\u0020-\u007e\u0080-\u00ff]/.test(value))
    return 'it holds a line break or another character that no header can carry'
  return undefined
}

/**
 * Nothing of what is brokered may reach the server by another way.
 *
 * @throws SidemuxError that names the variable or field
 */
export function refuseInClear(
  { id, where }: Pick<CommonSpec, 'id' | 'where'>,
  { env, args, command, cwd }: Pick<Launch, 'env' | 'args' | 'command' | 'cwd'>,
  { all }: BrokeredSecrets,
): void {
  const texts: readonly (readonly [field: string, text: string])[] = [
    ['command', command],
    ['cwd', cwd],
    ...args.map((text, at) => [`args.${at}`, text] as const),
    ...Object.entries(env).map(([name, text]) => [`env.${name}`, text] as const),
  ]
  for (const one of all) {
    const [field] = texts.find(([, text]) => text.includes(one.secret.reveal())) ?? []
    if (field === undefined) continue
    throw new SidemuxError(
      `${where(field)}: "${id}" would get the value of ${one.field} in clear as ${field}, although it is brokered`,
      { hint: `broker it there too, or take it out: write ${field} without that reference` },
    )
  }
}
