/**
 * Says what others than its adapter must know of a type of store. The table has each type, so a new one that is left out doesn't
 * compile; what isn't written in its row it doesn't have.
 */
import type { StoreOptions } from './options.ts'

export type StoreType = StoreOptions['type']

interface StoreTraits {
  /** sidemux asks it over the network, with deadlines; without it, it is a file or a program of this machine. */
  readonly isOverNetwork?: true
  /** The setting that holds its address, which is https or of this machine. */
  readonly address?: string
  /** The setting that says how it is logged in to. Without it no server can have a login of its own there. */
  readonly login?: 'auth' | 'token' | 'profile'
  /** It makes secrets that end. */
  readonly makesLeases?: true
  /** What its smallest policies are written in (access/policy.ts). */
  readonly policy?: 'infisical' | 'vault' | 'aws' | 'azure' | 'gcp'
  /** A reference that is no name but an identifier that the back end made, so that `prefix:` leaves it as it is. */
  readonly identifier?: RegExp
}

const TRAITS: Readonly<Record<StoreType, StoreTraits>> = {
  env: {},
  dotenv: {},
  file: {},
  exec: {},
  local: {},
  keychain: {},
  infisical: {
    isOverNetwork: true,
    address: 'siteUrl',
    login: 'auth',
    makesLeases: true,
    policy: 'infisical',
  },
  vault: { isOverNetwork: true, address: 'address', login: 'auth', makesLeases: true, policy: 'vault' },
  'aws-sm': { isOverNetwork: true, login: 'profile', policy: 'aws', identifier: /^arn:/ },
  'azure-kv': { isOverNetwork: true, address: 'vaultUrl', login: 'auth', policy: 'azure' },
  'gcp-sm': { isOverNetwork: true, login: 'auth', policy: 'gcp' },
  doppler: { isOverNetwork: true, login: 'token' },
  op: { login: 'token' },
  bws: { login: 'token', identifier: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i },
  age: {},
  dotenvx: {},
  pass: {},
  sops: {},
}

/** Settings that say how some type of store is logged in to. */
export const LOGIN_SETTINGS: ReadonlySet<string> = new Set(
  Object.values(TRAITS).flatMap(({ login }) => login ?? []),
)

/** Of a type that nobody knows: nothing. */
export function traitsOf(type: string): StoreTraits {
  return Object.hasOwn(TRAITS, type) ? TRAITS[type as StoreType] : {}
}
