/**
 * Sends the HTTP requests of one connection to a remote server: with its login, by our own client (net/), and within the
 * origin of its address.
 *
 * - A token that is refused (401) is exchanged for another, and the request sent once more.
 * - A request for which the login permits too little (403) is sent once more if there is another login by then.
 * - A redirect is followed within the origin, where it keeps the method.
 * - A request that was refused before any work began is marked: it is certain that it did not run.
 */
import type { Readable } from 'node:stream'
import { surveyOf } from '../../../json/survey.ts'
import { EVERYWHERE } from '../../../net/address.ts'
import { readSome } from '../../../net/body.ts'
import { openHttpClient, type HttpClient, type HttpReply } from '../../../net/client.ts'
import { MAX_NESTING } from '../../../wire/framing.ts'
import { wantedScopes } from '../oauth/scopes.ts'
import type { RemoteTarget } from '../target.ts'
import { parsedUrl } from '../../../parsed-url.ts'
import type { HttpHeaders } from './headers.ts'
import type { Post } from './post.ts'
import { HttpRefusal, ScopeMissing } from './refusal.ts'

export interface Errand {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly url: URL
  readonly headers: HttpHeaders
  /** What is sent; its signal ends it. */
  readonly post?: Post
  /** Of one that sends nothing. */
  readonly signal?: AbortSignal
}

/** Of what is no message. */
const SOME = { bytes: 64 * 1024, ms: 10_000 }
const MAX_MOVES = 5
const MOVED: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])
const KEEPS_METHOD: ReadonlySet<number> = new Set([307, 308])

export class Courier {
  readonly #target: RemoteTarget
  readonly #client: HttpClient

  constructor(target: RemoteTarget) {
    this.#target = target
    const { env, trust } = target
    this.#client = openHttpClient({ reach: EVERYWHERE, env, trust })
  }

  /**
   * Resolves with the head of a success, whose body is to be read to its end or discarded.
   *
   * @throws HttpRefusal, ScopeMissing, a SidemuxError of the login, or what the client throws
   */
  async send(errand: Errand): Promise<HttpReply> {
    const { session } = this.#target
    let token = await session?.token()
    let [hadAnother, wasRefused] = [false, false]
    for (;;) {
      const reply = await this.#withinOrigin(errand, token)
      const status = statusOf(reply)
      if (status >= 200 && status < 300) return reply
      const scopes = wantedScopes(reply.message)
      if (scopes !== undefined) {
        discard(reply.body)
        const other = token === undefined || hadAnother ? undefined : await session?.another(token)
        if (other === undefined) {
          if (token !== undefined) await session?.wants(scopes)
          throw new ScopeMissing()
        }
        hadAnother = true
        token = other
      } else if (status === 401 && session !== undefined) {
        discard(reply.body)
        if (wasRefused) throw new HttpRefusal(status, '')
        await session.refused(token)
        wasRefused = true
        token = await session.token()
      } else throw new HttpRefusal(status, await textOf(reply.body))
    }
  }

  /** A request that nobody waits for; its login isn't refreshed for it. */
  async sendLast(errand: Errand): Promise<void> {
    const reply = await this.#withinOrigin(errand, await this.#target.session?.token())
    await textOf(reply.body)
  }

  close(): void {
    this.#client.close()
  }

  async #withinOrigin(errand: Errand, token: string | undefined): Promise<HttpReply> {
    const { method, url, headers, post } = errand
    let at = url
    for (let moves = 0; ; moves += 1) {
      const reply = await this.#client.send({
        url: at,
        method,
        headers: token === undefined ? headers : { ...headers, authorization: `Bearer ${token}` },
        body: post?.body,
        signal: post?.signal ?? errand.signal,
        onLeaving: () => post?.leaves(),
      })
      const status = statusOf(reply)
      if (status === 401 || wantedScopes(reply.message) !== undefined) post?.turnedAway()
      const next = moves < MAX_MOVES ? movedTo(reply, at, method) : undefined
      if (next === undefined) return reply
      discard(reply.body)
      at = next
    }
  }
}

export function statusOf({ message }: HttpReply): number {
  return message.statusCode ?? 0
}

/** Nobody wants the rest of it; a short one is read to its end, so that the connection can be used again. */
export function discard(body: Readable): void {
  void readSome(body, SOME)
}

/** The beginning of an answer that is no message, unless it is nested deeper than any message may be. */
async function textOf(body: Readable): Promise<string> {
  const text = await readSome(body, SOME)
  return surveyOf(text).depth > MAX_NESTING ? '' : text
}

/** Where a redirect leads, if that may be followed. */
function movedTo({ message }: HttpReply, from: URL, method: string): URL | undefined {
  const status = message.statusCode ?? 0
  const { location } = message.headers
  if (!MOVED.has(status) || location === undefined) return undefined
  if (method !== 'GET' && !KEEPS_METHOD.has(status)) return undefined
  const to = parsedUrl(location, from)
  if (to === undefined) return undefined
  const isBare = to.username === '' && to.password === ''
  return isBare && isWithinOrigin(from, to) ? to : undefined
}

/** Or to the same host with TLS. */
function isWithinOrigin(from: URL, to: URL): boolean {
  if (from.protocol === to.protocol && from.host === to.host) return true
  const isMadeSecure = from.protocol === 'http:' && to.protocol === 'https:' && from.hostname === to.hostname
  return isMadeSecure && from.port === '' && to.port === ''
}
