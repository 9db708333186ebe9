/**
 * sidemux's own login at Infisical (Universal Auth). The login is a plain request and not the SDK's, because the
 * SDK drops `expiresIn`, and the token itself doesn't say it either. A token is used for as long as the server
 * said, less a margin; whoever finds it refused asks for another one, once. `close` revokes it.
 */
import { withDeadline } from '../abort.ts'
import { SingleFlight } from '../single-flight.ts'
import { StoreError } from '../store.ts'
import { exchange, explainExchange, notInfisical, type Exchange } from './infisical-http.ts'

const REVOKE_MS = 1000
const MAX_MARGIN_MS = 30_000

export interface Credentials {
  readonly clientId: string
  readonly clientSecret: string
}

interface Token {
  readonly value: string
  /** On the clock of performance.now(), which counts on while the wall clock is set. */
  readonly staleAt: number
}

export class InfisicalSession {
  readonly #site: string
  readonly #credentials: Credentials
  readonly #logins = new SingleFlight<string>()
  #token: Token | undefined

  constructor(site: string, credentials: Credentials) {
    this.#site = site
    this.#credentials = credentials
  }

  /** A token that the server should accept; `refused` is one that it did not. */
  async token(signal: AbortSignal, refused?: string): Promise<string> {
    const token = this.#token
    if (token !== undefined && token.value !== refused && performance.now() < token.staleAt)
      return token.value
    return this.#logins.run('login', signal, (signal) => this.#login(signal))
  }

  /** Gives the token back, within a second, whether or not the server listens. */
  async close(): Promise<void> {
    this.#logins.close(new StoreError('unavailable', 'sidemux is stopping'))
    const token = this.#token
    this.#token = undefined
    if (token === undefined) return
    const revoke = (signal: AbortSignal): Promise<Exchange> =>
      exchange(
        `${this.#site}/api/v1/auth/token/revoke`,
        post({ accessToken: token.value }, token.value),
        signal,
      )
    await withDeadline(REVOKE_MS, () => new Error('too late'), [], revoke).catch(() => {})
  }

  async #login(signal: AbortSignal): Promise<string> {
    const { clientId, clientSecret } = this.#credentials
    const url = `${this.#site}/api/v1/auth/universal-auth/login`
    const asked = performance.now()
    const answer = await exchange(url, post({ clientId, clientSecret }), signal)
    if (answer.status === 401 || answer.status === 403) {
      throw new StoreError(
        'auth',
        `Infisical at ${this.#site} refused the client id or client secret (HTTP ${answer.status})`,
        {
          hint: 'check auth.clientId and auth.clientSecret of the store, and whether the secret expired or is used up',
        },
      )
    }
    if (answer.body === undefined) throw explainExchange(answer, this.#site)
    const { accessToken, expiresIn } = parseLogin(answer.body)
    if (typeof accessToken !== 'string' || accessToken === '')
      throw notInfisical(this.#site, 'answered a login without a token')
    // Without a life the token serves what waits for it now and is not trusted further.
    const lifeMs = typeof expiresIn === 'number' && expiresIn > 0 ? expiresIn * 1000 : 0
    this.#token = { value: accessToken, staleAt: asked + lifeMs - Math.min(MAX_MARGIN_MS, lifeMs / 10) }
    return accessToken
  }
}

function post(body: Record<string, string>, token?: string): RequestInit {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authorization },
    body: JSON.stringify(body),
  }
}

function parseLogin(body: string): { readonly accessToken?: unknown; readonly expiresIn?: unknown } {
  try {
    const parsed: unknown = JSON.parse(body)
    return parsed !== null && typeof parsed === 'object' ? parsed : {}
  } catch {
    return {}
  }
}
