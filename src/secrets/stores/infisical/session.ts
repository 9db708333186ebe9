/**
 * A token for Infisical, wherever it comes from (login.ts). It is used for two thirds of the life that the server
 * reported, because the token itself doesn't say it, then renewed as long as that is possible, else replaced by
 * another login. A request whose token is refused logs in again, once. `close` revokes what a login of ours brought.
 */
import { withDeadline } from '../../abort.ts'
import { SingleFlight } from '../../single-flight.ts'
import { StoreError } from '../../store.ts'
import { json } from '../shared/http.ts'
import { bearer, isTokenRefused, INFISICAL_WORDS, type Infisical } from './http.ts'
import { infisicalToken, type InfisicalLogin, type InfisicalToken } from './login.ts'
import type { StoreReply } from '../shared/transport.ts'

const REVOKE_MS = 1000

interface Token {
  readonly value: string
  /** These are on the clock of performance.now(), which counts on while the wall clock is set. */
  readonly staleAt: number
  readonly diesAt: number
  /** No renewal brings it beyond. */
  readonly endsAt: number
}

export class InfisicalSession {
  readonly #infisical: Infisical
  readonly #login: InfisicalLogin
  readonly #logins = new SingleFlight<string>()
  #token: Token | undefined

  constructor(infisical: Infisical, login: InfisicalLogin) {
    this.#infisical = infisical
    this.#login = login
  }

  /** What `ask` comes to with a good token; a refused one is replaced once, and the request then sent again. */
  async use<T extends { readonly reply: StoreReply }>(
    signal: AbortSignal,
    ask: (token: string) => Promise<T>,
  ): Promise<T> {
    const first = await this.#get(signal)
    const answer = await ask(first)
    return isTokenRefused(answer.reply) ? ask(await this.#get(signal, first)) : answer
  }

  refusal({ status }: StoreReply): StoreError {
    return new StoreError(
      'auth',
      `Infisical at ${this.#infisical.backEnd.site} refuses its own login's token (HTTP ${status})`,
      {
        hint: this.#login.hint,
      },
    )
  }

  /** Gives the token back, within a second, whether or not the server listens. */
  async close(): Promise<void> {
    this.#logins.close(new StoreError('unavailable', 'sidemux is stopping'))
    const token = this.#token
    this.#token = undefined
    if (token === undefined || !this.#login.ours) return
    const revoke = (signal: AbortSignal): Promise<StoreReply> => this.#post('revoke', token.value, signal)
    await withDeadline(REVOKE_MS, () => new Error('too late'), [], revoke).catch(() => {})
  }

  async #get(signal: AbortSignal, refused?: string): Promise<string> {
    const token = this.#token
    if (token !== undefined && token.value !== refused && performance.now() < token.staleAt)
      return token.value
    return this.#logins.run(refused ?? '', signal, async (signal) => {
      const now = performance.now()
      const canRenew =
        token !== undefined && token.value !== refused && now < token.diesAt && this.#login.ours
      const renewed = canRenew ? await this.#renew(token, signal) : undefined
      if (renewed !== undefined) return this.#keep(renewed)
      const got = await this.#login.obtain(signal)
      if (got.value === refused) throw this.refusal({ status: 401 })
      return this.#keep(living(got, now, now + got.maxLifeMs))
    })
  }

  #keep(token: Token): string {
    this.#token = token
    return token.value
  }

  /** Undefined when another login is due. */
  async #renew(token: Token, signal: AbortSignal): Promise<Token | undefined> {
    const asked = performance.now()
    const reply = await this.#post('renew', token.value, signal)
    if (reply.body === undefined) return undefined
    const renewed = infisicalToken(reply, 'renewed', this.#infisical)
    const enough = token.endsAt - asked >= renewed.lifeMs / 2
    return enough ? living(renewed, asked, token.endsAt) : undefined
  }

  #post(what: 'renew' | 'revoke', accessToken: string, signal: AbortSignal): Promise<StoreReply> {
    const url = `${this.#infisical.backEnd.site}/api/v1/auth/token/${what}`
    return this.#infisical.send(
      url,
      json('POST', { accessToken }, bearer(accessToken)),
      signal,
      INFISICAL_WORDS,
    )
  }
}

function living({ value, lifeMs }: InfisicalToken, asked: number, endsAt: number): Token {
  const life = Math.max(0, Math.min(lifeMs, endsAt - asked))
  return { value, staleAt: asked + (life * 2) / 3, diesAt: asked + life, endsAt }
}
