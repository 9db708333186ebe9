/**
 * A login's short-lived token: fetched when it is first needed, by one request for all who wait, used for as long as
 * its issuer said less a margin, and replaced once when the back end refuses it. It is kept in memory only.
 */
import { SingleFlight } from '../../single-flight.ts'
import { StoreError } from '../../store.ts'

const MAX_MARGIN_MS = 30_000

export interface IssuedToken {
  readonly value: string
  /** As the issuer reports it; 0 serves who waits for it now and nobody after. */
  readonly lifeMs: number
}

export class AccessToken {
  readonly #login: (signal: AbortSignal) => Promise<IssuedToken>
  readonly #logins = new SingleFlight<string>()
  #token: { readonly value: string; readonly staleAt: number } | undefined

  constructor(login: (signal: AbortSignal) => Promise<IssuedToken>) {
    this.#login = login
  }

  /** What `ask` comes to with a good token; a refused one is replaced once. */
  async use<T>(
    signal: AbortSignal,
    ask: (token: string) => Promise<T>,
    refused: (answer: T) => boolean,
  ): Promise<T> {
    const first = await this.#get(signal)
    const answer = await ask(first)
    return refused(answer) ? ask(await this.#get(signal, first)) : answer
  }

  close(): void {
    this.#token = undefined
    this.#logins.close(new StoreError('unavailable', 'sidemux is stopping'))
  }

  async #get(signal: AbortSignal, refused?: string): Promise<string> {
    const token = this.#token
    // performance.now() counts on while the wall clock is set.
    if (token !== undefined && token.value !== refused && performance.now() < token.staleAt)
      return token.value
    return this.#logins.run('login', signal, async (signal) => {
      const asked = performance.now()
      const { value, lifeMs } = await this.#login(signal)
      this.#token = { value, staleAt: asked + lifeMs - Math.min(MAX_MARGIN_MS, lifeMs / 10) }
      return value
    })
  }
}

/** OAuth 2.0's token reply (RFC 6749 5.1); some issuers write the seconds as text. */
export function parseIssued(reply: Readonly<Record<string, unknown>> | undefined): IssuedToken | undefined {
  const value = reply?.['access_token']
  const seconds = Number(reply?.['expires_in'])
  if (typeof value !== 'string' || value === '') return undefined
  return { value, lifeMs: Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 0 }
}
