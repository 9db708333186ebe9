/**
 * Holds sidemux's own login at Vault. A token is renewed when two thirds of its life are over, as Vault reports it.
 * When it can't be extended any more, another login replaces it.
 *
 * - Vault answers 403 "permission denied" both for a token that is gone and for what a policy forbids. So Vault is
 *   asked which one it is. A token that can look itself up is alive, so it was the policy. Otherwise there is one new
 *   login.
 * - A lease ends with the token that it was issued under. So a token that was replaced is kept until `close`, which
 *   revokes every token of ours that still lives.
 * - A token counts as revoked, and its leases with it, only when another token was let through where it was refused. A
 *   login that may not look itself up is refused both times, for what it may not do.
 */
import { withDeadline } from '../../abort.ts'
import { SingleFlight } from '../../single-flight.ts'
import { StoreError } from '../../store.ts'
import type { StoreReply } from '../shared/transport.ts'
import { askVault, parseVault, type Vault, type VaultRequest } from './http.ts'
import { lifeOf, type VaultLoginToken, type VaultLogin } from './login.ts'

const REVOKE_MS = 1000

export interface VaultToken extends VaultLoginToken {
  /** On the clock of performance.now(), which counts on while the wall clock is set. */
  readonly renewAt: number
  readonly diesAt: number
  /** What its life was at the login; a renewal to less than half of it means that its end is near. */
  readonly fullLifeMs: number
}

export interface ReplyUnderToken {
  readonly reply: StoreReply
  readonly token: VaultToken
}

export class VaultSession {
  readonly #vault: Vault
  readonly #login: VaultLogin
  readonly #logins = new SingleFlight<VaultToken>()
  /** Our tokens by value, as they stand. */
  readonly #held = new Map<string, VaultToken>()
  readonly #revoked = new Set<string>()
  #token: VaultToken | undefined

  constructor(vault: Vault, login: VaultLogin) {
    this.#vault = vault
    this.#login = login
  }

  async ask(request: VaultRequest, signal: AbortSignal): Promise<ReplyUnderToken> {
    const token = await this.#get(signal)
    const reply = await askVault(this.#vault, request, token.value, signal)
    if (reply.status !== 403 || (await this.#isAlive(token, signal))) return { reply, token }
    const next = await this.#get(signal, token.value)
    const again = await askVault(this.#vault, request, next.value, signal)
    if (again.status !== 403 && !isOutOfOrder(again)) {
      this.#revoked.add(token.value)
      this.#held.delete(token.value)
    }
    return { reply: again, token: next }
  }

  /** Whether it ended before its time, by somebody else's hand. */
  isRevoked({ value }: VaultToken): boolean {
    return this.#revoked.has(value)
  }

  /** When a token ends, on the wall clock; it may have been renewed since it was handed out. */
  endOf({ value, diesAt }: VaultToken): number {
    const current = this.#token?.value === value ? this.#token : this.#held.get(value)
    return Date.now() + (current?.diesAt ?? diesAt) - performance.now()
  }

  /** Gives back what was logged in with, within a second, whether or not Vault listens. */
  async close(): Promise<void> {
    this.#logins.close(new StoreError('unavailable', 'sidemux is stopping'))
    const held = [...this.#held.values()].filter(({ diesAt }) => performance.now() < diesAt)
    this.#held.clear()
    this.#token = undefined
    const request = { method: 'POST', path: 'auth/token/revoke-self' } as const
    await withDeadline(
      REVOKE_MS,
      () => new Error('too late'),
      [],
      (signal) => Promise.all(held.map(({ value }) => askVault(this.#vault, request, value, signal))),
    ).catch(() => {})
  }

  async #get(signal: AbortSignal, refused?: string): Promise<VaultToken> {
    const token = this.#token
    if (token !== undefined && token.value !== refused && performance.now() < token.renewAt) return token
    return this.#logins.run(refused ?? '', signal, async (signal) => {
      // Whoever was refused later than others finds their new token.
      if (this.#token !== token && this.#token !== undefined && this.#token.value !== refused)
        return this.#token
      const kept =
        token === undefined || token.value === refused ? undefined : await this.#extend(token, signal)
      return this.#keep(kept ?? (await this.#logIn(signal, refused)))
    })
  }

  #keep(token: VaultToken): VaultToken {
    this.#token = token
    if (token.ours) this.#held.set(token.value, token)
    return token
  }

  async #logIn(signal: AbortSignal, refused: string | undefined): Promise<VaultToken> {
    const asked = performance.now()
    const issued = await this.#login(signal, refused)
    return { ...issued, ...timesOf(asked, issued.lifeMs), fullLifeMs: issued.lifeMs }
  }

  /** Undefined when another login is due. */
  async #extend(token: VaultToken, signal: AbortSignal): Promise<VaultToken | undefined> {
    if (!token.renewable || performance.now() >= token.diesAt) return undefined
    const asked = performance.now()
    const reply = await askVault(
      this.#vault,
      { method: 'POST', path: 'auth/token/renew-self', body: {} },
      token.value,
      signal,
    )
    const renewed = parseVault(reply)?.auth
    // While Vault is out of order, what we have is still good.
    if (!renewed) return isOutOfOrder(reply) ? token : undefined
    const lifeMs = lifeOf(renewed.lease_duration)
    const extended = { ...token, ...timesOf(asked, lifeMs), lifeMs, renewable: renewed.renewable }
    if (token.ours) this.#held.set(token.value, extended)
    return lifeMs >= token.fullLifeMs / 2 ? extended : undefined
  }

  async #isAlive(token: VaultToken, signal: AbortSignal): Promise<boolean> {
    const reply = await askVault(this.#vault, { path: 'auth/token/lookup-self' }, token.value, signal)
    return reply.status !== 401 && reply.status !== 403
  }
}

function timesOf(asked: number, lifeMs: number): { renewAt: number; diesAt: number } {
  return { renewAt: asked + (lifeMs * 2) / 3, diesAt: asked + lifeMs }
}

function isOutOfOrder({ status }: StoreReply): boolean {
  return status === undefined || status === 429 || status >= 500
}
