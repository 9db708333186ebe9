/**
 * A server may have a login of its own at a store, so that no server's login reads what another server needs. Such a
 * login is a store of its own, `team@github`, beside the store `team` that it was made of: opened, watched, leased
 * from, masked and written down like any other. No alias holds an `@`, so no reference can name it; which store a
 * server's reference to `team` means is decided here and nowhere else.
 */
import { LOGIN_SETTINGS } from './traits.ts'

/** The store that a server's references to `alias` mean: its own login there if it has one. */
export function storeFor(
  stores: { has(name: string): boolean },
  alias: string,
  serverId: string | undefined,
): string {
  const own = `${alias}@${serverId ?? ''}`
  return stores.has(own) ? own : alias
}

export function ownStore(alias: string, serverId: string): string {
  return `${alias}@${serverId}`
}

/** `team` of `team@github`. */
export function aliasOf(store: string): string {
  return store.split('@', 1)[0] ?? store
}

/** Aliases as servers.yaml declares them, without the servers' own logins. */
export function declaredAliases(stores: Iterable<string>): readonly string[] {
  return [...stores].filter((store) => !store.includes('@'))
}

/** Where servers.yaml has a store's setting: `secrets.team.address`, `servers.github.auth.team.roleId`. */
export function settingPlace(store: string, key: string): string {
  const [alias = '', server] = store.split('@')
  const [first = '', ...rest] = key.split('.')
  if (server === undefined || !LOGIN_SETTINGS.has(first)) return `secrets.${alias}.${key}`
  return ['servers', server, 'auth', alias, ...(first === 'auth' ? rest : [key])].join('.')
}

/** Variables of a store's `env:` that would log in as somebody else. */
const LOGIN_VARIABLES: readonly string[] = [
  'BWS_ACCESS_TOKEN',
  'OP_CONNECT_HOST',
  'OP_CONNECT_TOKEN',
  'OP_SERVICE_ACCOUNT_TOKEN',
]

/** A store's settings as written, with another login and nothing left of the first; its own schema judges them. */
export function withLogin(
  settings: Readonly<Record<string, unknown>>,
  setting: string,
  login: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const { account: _desktopAccount, env, ...rest } = settings
  const variables = Object.entries(env ?? {}).filter(([name]) => !LOGIN_VARIABLES.includes(name))
  return {
    ...rest,
    ...(env === undefined ? {} : { env: Object.fromEntries(variables) }),
    ...(setting === 'auth' ? { auth: login } : login),
  }
}
