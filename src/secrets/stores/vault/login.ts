/**
 * The logins at Vault, each one request whose answer holds a token and its life. Credentials are read at each login,
 * because a service account's token and most JWTs are replaced while sidemux runs. A token that was given is no
 * login of ours: its life is asked for, and it is never revoked.
 */
import { readText, resolvePath, trimFinalNewline } from '../../text/read-text.ts'
import { StoreError } from '../../store.ts'
import type { Settings } from '../settings.ts'
import { askVault, explainVault, parseVault, type Vault } from './http.ts'
import type { VaultOptions } from './options.ts'

const SERVICE_ACCOUNT_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token'

export interface VaultLoginToken {
  readonly value: string
  /** As Vault reports it; Infinity for a token that doesn't expire. */
  readonly lifeMs: number
  readonly renewable: boolean
  /** Whether it came of our login, so that we give it back. */
  readonly ours: boolean
}

/** `refused` is a token that Vault did not accept any more. */
export type VaultLogin = (signal: AbortSignal, refused: string | undefined) => Promise<VaultLoginToken>

export async function vaultLogin(
  auth: VaultOptions['auth'],
  settings: Settings,
  vault: Vault,
): Promise<VaultLogin> {
  if (auth.method === 'token') return givenToken(auth.token, settings, vault)
  const mount = await settings.text('auth.mount', auth.mount ?? auth.method)
  const credentials = async (): Promise<Record<string, string>> => {
    if (auth.method === 'approle') {
      const role_id = await settings.text('auth.roleId', auth.roleId)
      return auth.secretId === undefined
        ? { role_id }
        : { role_id, secret_id: await settings.text('auth.secretId', auth.secretId) }
    }
    const role = await settings.text('auth.role', auth.role)
    return {
      role,
      jwt:
        auth.method === 'jwt'
          ? await settings.text('auth.jwt', auth.jwt)
          : await podToken(auth.tokenPath, settings),
    }
  }
  // What can't be resolved at all is told when the store is opened; a pod's token may come later.
  if (auth.method !== 'kubernetes') await credentials()
  return async (signal) => {
    const request = { method: 'POST', path: `auth/${mount}/login`, body: await credentials() } as const
    const reply = await askVault(vault, request, undefined, signal)
    if (reply.status === 400 || reply.status === 401 || reply.status === 403 || reply.status === 404) {
      throw new StoreError(
        'auth',
        `Vault at ${vault.backEnd.site} refused the ${auth.method} login (HTTP ${reply.status})`,
        {
          hint: `check auth of the store: its credentials, mount and role, and the namespace${auth.method === 'approle' && auth.secretId !== undefined ? '; a secret id must be usable many times, and one with a number of uses (secret_id_num_uses) is soon used up' : ''}`,
        },
      )
    }
    const issued = parseVault(reply)?.auth
    if (!issued) throw explainVault(reply, vault)
    const ours = issued.token_type !== 'batch'
    return {
      value: issued.client_token,
      lifeMs: lifeOf(issued.lease_duration),
      renewable: issued.renewable,
      ours,
    }
  }
}

/** Seconds; 0 is a token that doesn't expire. */
export function lifeOf(seconds: number): number {
  return seconds > 0 ? seconds * 1000 : Infinity
}

async function givenToken(source: string, settings: Settings, vault: Vault): Promise<VaultLogin> {
  await settings.text('auth.token', source)
  return async (signal, refused) => {
    const value = (await settings.text('auth.token', source)).trim()
    const reply = await askVault(vault, { path: 'auth/token/lookup-self' }, value, signal)
    if (value === refused || reply.status === 401) {
      throw new StoreError(
        'auth',
        `Vault at ${vault.backEnd.site} does not accept the token of the store (any more)`,
        {
          hint: 'put a new one where auth.token of the store refers to, e.g. by: vault login',
        },
      )
    }
    const data = parseVault(reply)?.data
    const ttl = data?.['ttl']
    // A token without the default policy may not look itself up; it is used for as long as it works.
    if (typeof ttl !== 'number') return { value, lifeMs: Infinity, renewable: false, ours: false }
    return { value, lifeMs: lifeOf(ttl), renewable: data?.['renewable'] === true, ours: false }
  }
}

async function podToken(path: string | undefined, settings: Settings): Promise<string> {
  const file = await settings.text('auth.tokenPath', path ?? SERVICE_ACCOUNT_TOKEN)
  return trimFinalNewline(await readText(resolvePath(file, settings.context.baseDir)))
}
