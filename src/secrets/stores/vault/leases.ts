/**
 * Leases of Vault's dynamic engines. `/database/creds/readonly` is the role readonly of the engine mounted at database;
 * reading it makes new credentials, so it is read once and never again.
 *
 * - Which engine takes a ttl from a reader differs; all take it from a renewal, so a lease that came out longer or
 *   shorter than was wished is renewed to it at once, as far as its role allows.
 * - A lease lives no longer than the token it was issued under, whatever its own time says.
 * - One that an administrator revoked, or that ended with its login, is told by a look at it.
 * - Revoking waits for the effect. Vault says the same for a lease that it never knew, so one that is not of this
 *   process is looked up first.
 */
import { Secret } from '../../secret.ts'
import {
  StoreError,
  type Lease,
  type Revocation,
  type StoreContext,
  type StoreReference,
} from '../../store.ts'
import { withDeadline } from '../../abort.ts'
import { neverRetried } from '../shared/http.ts'
import { checkVaultPath, deniedHere, explainVault, parseVault, type Vault, type VaultBody } from './http.ts'
import type { VaultSession, VaultToken } from './session.ts'

const ADJUST_MS = 3000

export class VaultLeases {
  readonly #vault: Vault
  readonly #session: VaultSession
  readonly #issuedUnder = new Map<string, VaultToken>()

  constructor(vault: Vault, session: VaultSession) {
    this.#vault = vault
    this.#session = session
  }

  async lease({ path }: StoreReference, ttlMs: number | undefined, context: StoreContext): Promise<Lease> {
    const role = checkRole(path)
    const asked = Date.now()
    const { reply, token } = await this.#session.ask({ path: role, hasEffect: true }, context.signal)
    const body = parseVault(reply)
    if (body === undefined) throw this.#explainCreation(reply, role)
    const { lease_id: id, lease_duration: seconds, data } = body
    if (!id || !data || typeof seconds !== 'number') {
      throw new StoreError('invalid_reference', `${role} issues no leases`, {
        hint: `read it as a secret instead, with a reference to the store`,
      })
    }
    this.#issuedUnder.set(id, token)
    const label = (field: string): string => `${context.serverId}.${path}#${field}`
    const fields = new Map(
      Object.entries(data).map(([name, value]) => [name, new Secret(textOf(value), label(name))]),
    )
    const lease = { id, fields, ...this.#terms(id, body, asked) }
    return this.#adjusted(lease, seconds * 1000, ttlMs, context.signal)
  }

  async renew(
    lease: Lease,
    ttlMs: number | undefined,
    { signal }: Pick<StoreContext, 'signal'>,
  ): Promise<Lease | 'not-renewable'> {
    const asked = Date.now()
    const increment = ttlMs === undefined ? {} : { increment: Math.ceil(ttlMs / 1000) }
    const body = { lease_id: lease.id, ...increment }
    const { reply } = await this.#session.ask({ method: 'PUT', path: 'sys/leases/renew', body }, signal)
    if (reply.status === 400 || reply.status === 404) return 'not-renewable'
    if (reply.status === 403) throw deniedHere('renew leases', 'update on sys/leases/renew')
    const renewed = parseVault(reply)
    if (typeof renewed?.lease_duration !== 'number') throw explainVault(reply, this.#vault)
    return { ...lease, ...this.#terms(lease.id, renewed, asked) }
  }

  async revoke({ id }: Pick<Lease, 'id'>, { signal }: Pick<StoreContext, 'signal'>): Promise<Revocation> {
    const put = (path: string, body: object) => this.#session.ask({ method: 'PUT', path, body }, signal)
    if (!this.#issuedUnder.has(id)) {
      const { reply } = await put('sys/leases/lookup', { lease_id: id })
      if (reply.told?.includes('unknownLease') === true || reply.status === 404) return 'gone'
    }
    const { reply } = await put('sys/leases/revoke', { lease_id: id, sync: true })
    if (reply.told?.includes('unknownLease') === true) return 'gone'
    if (reply.status === 202) return 'pending'
    // With warnings it is a 200 with an envelope; a page with 200 is nobody's word that the lease is gone.
    if (reply.status !== 204 && parseVault(reply) === undefined) return 'failed'
    this.#issuedUnder.delete(id)
    return 'revoked'
  }

  async lookUp(
    { id }: Pick<Lease, 'id'>,
    { signal }: Pick<StoreContext, 'signal'>,
  ): Promise<'alive' | 'ended'> {
    if (this.hasEnded({ id })) return 'ended'
    const body = { lease_id: id }
    const { reply } = await this.#session.ask({ method: 'PUT', path: 'sys/leases/lookup', body }, signal)
    if (reply.told?.includes('unknownLease') === true || reply.status === 404) return 'ended'
    if (reply.status === 403) throw deniedHere('look leases up', 'update on sys/leases/lookup')
    if (parseVault(reply)?.data) return 'alive'
    throw explainVault(reply, this.#vault)
  }

  /** Vault ends a token's leases with it. */
  hasEnded({ id }: Pick<Lease, 'id'>): boolean {
    const token = this.#issuedUnder.get(id)
    return token !== undefined && this.#session.isRevoked(token)
  }

  #terms(id: string, body: VaultBody, asked: number): Pick<Lease, 'expiresAt' | 'renewable'> {
    const token = this.#issuedUnder.get(id)
    const ends = token === undefined ? Infinity : this.#session.endOf(token)
    return {
      expiresAt: Math.floor(Math.min(asked + (body.lease_duration ?? 0) * 1000, ends)),
      renewable: body.renewable === true,
    }
  }

  /** The lease exists: whatever fails here, it is handed out as it is. */
  async #adjusted(
    lease: Lease,
    hasMs: number,
    ttlMs: number | undefined,
    signal: AbortSignal,
  ): Promise<Lease> {
    if (ttlMs === undefined || !lease.renewable || Math.abs(hasMs - ttlMs) < 1000) return lease
    try {
      const adjusted = await withDeadline(ADJUST_MS, tooLate, [signal], (signal) =>
        this.renew(lease, ttlMs, { signal }),
      )
      return adjusted === 'not-renewable' ? lease : adjusted
    } catch {
      return lease
    }
  }

  #explainCreation(reply: Parameters<typeof explainVault>[0], role: string): StoreError {
    if (reply.status === 403)
      return deniedHere(`take a lease of ${role}`, `read on ${role}`, 'check the mount and the role in path:')
    if (reply.status === 404 || reply.status === 400) {
      return new StoreError('not_found', `Vault at ${this.#vault.backEnd.site} knows no ${role}`, {
        hint: 'check the mount and the role in path: of the lease, and the namespace',
      })
    }
    if (reply.status === 500 && reply.retryAfterMs === undefined) {
      const who = `Vault at ${this.#vault.backEnd.site}`
      const error = new StoreError(
        'unavailable',
        `${who} could not make a credential of ${role} (HTTP 500)`,
        {
          hint: "look into Vault's log: the connection or the creation statement of the engine may be wrong",
        },
      )
      return neverRetried(error, reply)
    }
    return neverRetried(explainVault(reply, this.#vault), reply)
  }
}

function tooLate(): StoreError {
  return new StoreError('timeout', 'not renewed in time')
}

function checkRole(path: string): string {
  const absolute = path.startsWith('/') ? path : `/${path}`
  if (checkVaultPath('store', absolute).length === 0 && /^\/.+\/creds\/[^/]+$/.test(absolute))
    return absolute.slice(1)
  throw new StoreError('invalid_reference', `"${path}" is not the path of a dynamic secret`, {
    hint: 'write the mount, creds and the role: path: /database/creds/readonly',
  })
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
