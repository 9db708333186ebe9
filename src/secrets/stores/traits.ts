/**
 * Says what others than its adapter must know of a type of store. The table has each type, so a new one that is left out doesn't
 * compile.
 */
import type { StoreOptions } from './options.ts'

export type StoreType = StoreOptions['type']

interface CommonTraits {
  /** The setting that says how it is logged in to. Without it no server can have a login of its own there. */
  readonly login?: 'auth' | 'token' | 'profile'
  /** It makes secrets that end. */
  readonly makesLeases?: true
  /** What its smallest policies are written in (access/policy.ts). */
  readonly policy?: 'infisical' | 'vault' | 'aws' | 'azure' | 'gcp'
  /** A reference that is no name but an identifier that the back end made, so that `prefix:` leaves it as it is. */
  readonly identifier?: RegExp
}

/** A file or a program of this machine. */
interface LocalTraits extends CommonTraits {
  readonly isOverNetwork: false
  readonly address?: undefined
}

/** sidemux asks it itself, within deadlines. */
interface NetworkTraits extends CommonTraits {
  readonly isOverNetwork: true
  /** The setting that holds its address, which is https or of this machine; undefined where no setting does. */
  readonly address: string | undefined
  readonly login: NonNullable<CommonTraits['login']>
}

type StoreTraits = LocalTraits | NetworkTraits

const LOCAL: LocalTraits = { isOverNetwork: false }

const TRAITS: Readonly<Record<StoreType, StoreTraits>> = {
  env: LOCAL,
  dotenv: LOCAL,
  file: LOCAL,
  exec: LOCAL,
  local: LOCAL,
  keychain: LOCAL,
  infisical: {
    isOverNetwork: true,
    address: 'siteUrl',
    login: 'auth',
    makesLeases: true,
    policy: 'infisical',
  },
  vault: { isOverNetwork: true, address: 'address', login: 'auth', makesLeases: true, policy: 'vault' },
  'aws-sm': {
    isOverNetwork: true,
    address: undefined,
    login: 'profile',
    policy: 'aws',
    identifier: /^arn:/,
  },
  'azure-kv': { isOverNetwork: true, address: 'vaultUrl', login: 'auth', policy: 'azure' },
  'gcp-sm': { isOverNetwork: true, address: undefined, login: 'auth', policy: 'gcp' },
  doppler: { isOverNetwork: true, address: undefined, login: 'token' },
  op: { ...LOCAL, login: 'token' },
  bws: { ...LOCAL, login: 'token', identifier: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i },
  age: LOCAL,
  dotenvx: LOCAL,
  pass: LOCAL,
  sops: LOCAL,
}

/** Settings that say how some type of store is logged in to. */
export const LOGIN_SETTINGS: ReadonlySet<string> = new Set(
  Object.values(TRAITS).flatMap(({ login }) => login ?? []),
)

/** A type that nobody knows has none. */
export function traitsOf(type: string): StoreTraits {
  return Object.hasOwn(TRAITS, type) ? TRAITS[type as StoreType] : LOCAL
}
