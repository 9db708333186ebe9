/**
 * How requests to a remote server, and to those that it names for its login, get on their way. Node's fetch doesn't let
 * anybody say which addresses it may connect to, so this is a `fetch` on node:http and node:https.
 *
 * - https only; plain http for this machine, and then only to a loopback address, whatever a name says.
 * - An address is judged after a name was resolved, and what was judged is what is connected to: there is no second
 *   look-up between the two that could answer otherwise (DNS rebinding).
 * - Through a proxy of the environment (HTTPS_PROXY, NO_PROXY) it is the proxy that resolves and connects. It is asked
 *   for no address, and for no name that resolves here to one, that may not be gone to; of a name that doesn't resolve
 *   here, only for one that could be public (address.ts). Beyond that the proxy decides: names of which only it knows
 *   that they are private, and names that answer it otherwise than us, are for its own rules.
 * - A redirect is handed back as it came; whoever asked decides (the SDK follows within one origin).
 * - Whoever asks is told when a request leaves (leaving.ts): one that fails before has happened nowhere.
 * - Connections are kept and used again, and all of them end with `close`.
 */
import { lookup as resolveName, type LookupAddress } from 'node:dns'
import {
  Agent as HttpAgent,
  request as requestHttp,
  type ClientRequest,
  type IncomingMessage,
} from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { Readable } from 'node:stream'
import type { FetchLike } from '@modelcontextprotocol/client'
import { bareHost, isLoopback, proxyFor } from '../../secrets/stores/shared/proxy.ts'
import { kindOf, kindOfName, THIS_MACHINE, type AddressKind, type Reach } from './address.ts'
import { TunnelAgent } from './tunnelAgent.ts'
import { coded, watchLeaving } from './leaving.ts'

/** The request was not made: the place is not one to go to. */
export class NotAllowedError extends Error {
  readonly code = 'ADDRESS_NOT_ALLOWED'
  readonly host: string
  readonly why: 'plain-http' | 'credentials' | AddressKind

  constructor(host: string, why: NotAllowedError['why']) {
    super(`not allowed (${why})`)
    this.host = host
    this.why = why
  }
}

export interface Route {
  readonly fetch: (...request: [...Parameters<FetchLike>, onLeaving?: () => void]) => Promise<Response>
  close(): void
}

export interface RouteOptions {
  readonly reach: Reach
  /** Where the proxy's variables are. */
  readonly env: NodeJS.ProcessEnv
  /** From the request to the head of the answer; for those that aren't awaited by somebody with a clock. */
  readonly headMs?: number
  /** For a connection to stand, and for a proxy to have opened its tunnel. */
  readonly connectMs?: number
}

const CONNECT_MS = 15_000
const MAX_SOCKETS = 256
/** Shorter than servers usually keep them, so that a request seldom meets a connection that is just being closed. */
const IDLE_MS = 4000

/** @throws NotAllowedError for an address that nobody should have written. */
export function checkUrl(url: URL): void {
  if (url.username !== '' || url.password !== '') throw new NotAllowedError(url.host, 'credentials')
  if (url.protocol === 'https:') return
  if (url.protocol !== 'http:' || !isLoopback(url.hostname)) throw new NotAllowedError(url.host, 'plain-http')
}

/** What a host resolves to now; empty when it doesn't. */
export async function kindsOf(url: URL): Promise<ReadonlySet<AddressKind>> {
  const host = bareHost(url)
  if (isIP(host) !== 0) return new Set([kindOf(host)])
  const found = await resolveAll(host).catch(() => [])
  return new Set(found.map(({ address }) => kindOf(address)))
}

/** As far as it can be told of what a proxy would resolve. */
async function kindsThrough(url: URL): Promise<ReadonlySet<AddressKind>> {
  const kinds = await kindsOf(url)
  return kinds.size > 0 ? kinds : new Set([kindOfName(bareHost(url))])
}

export function openRoute(options: RouteOptions): Route {
  const { reach, env, headMs, connectMs = CONNECT_MS } = options
  const common = { keepAlive: true, maxSockets: MAX_SOCKETS, timeout: IDLE_MS }
  const plain = new HttpAgent({ ...common, lookup: lookupWithin(THIS_MACHINE) })
  const direct = new HttpsAgent({ ...common, lookup: lookupWithin(reach) })
  const proxied = new Map<string, HttpsAgent>()
  const open = new Set<ClientRequest>()

  const agentFor = async (url: URL): Promise<HttpAgent> => {
    if (url.protocol === 'http:') return plain
    const proxy = proxyFor(url, env)
    if (proxy === undefined) return direct
    for (const kind of await kindsThrough(url))
      if (!reach.has(kind)) throw new NotAllowedError(url.host, kind)
    const known = proxied.get(url.origin)
    if (known !== undefined) return known
    const agent = new TunnelAgent({ proxy, target: url, connectMs }, common)
    proxied.set(url.origin, agent)
    return agent
  }

  return {
    async fetch(input, init = {}, onLeaving = () => undefined) {
      const request = new Request(input, init)
      const url = new URL(request.url)
      checkUrl(url)
      const host = bareHost(url)
      const literal = isIP(host) === 0 ? undefined : kindOf(host)
      if (literal !== undefined && !reach.has(literal)) throw new NotAllowedError(url.host, literal)
      const body = request.body === null ? undefined : Buffer.from(await request.arrayBuffer())
      const agent = await agentFor(url)
      // The caller's own signal: one that a Request derives may be collected before it fires (Node 20).
      const signal = init.signal ?? undefined
      signal?.throwIfAborted()
      const length = body === undefined ? {} : { 'content-length': String(body.length) }
      const sent = (url.protocol === 'http:' ? requestHttp : requestHttps)({
        hostname: host,
        port: url.port,
        path: url.pathname + url.search,
        method: request.method,
        headers: { 'user-agent': 'sidemux', ...Object.fromEntries(request.headers), ...length },
        agent,
        ...(signal === undefined ? {} : { signal }),
      })
      open.add(sent)
      sent.once('close', () => open.delete(sent))
      watchLeaving(sent, connectMs, onLeaving)
      return responseOf(await headOf(sent, body, headMs), request.method)
    },
    close() {
      for (const request of open) request.destroy()
      for (const agent of [plain, direct, ...proxied.values()]) agent.destroy()
    },
  }
}

function headOf(
  request: ClientRequest,
  body: Buffer | undefined,
  ms: number | undefined,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const late = (): void => void request.destroy(coded('ETIMEDOUT'))
    const timer = ms === undefined ? undefined : setTimeout(late, ms)
    request.once('response', (response) => {
      clearTimeout(timer)
      resolve(response)
    })
    // It stays on: what goes wrong later shows as a body that breaks off.
    request.on('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    // An answer that changes the protocol (101), which nobody asked for, ends the connection without a word.
    request.once('close', () => {
      clearTimeout(timer)
      reject(coded('ECONNRESET'))
    })
    request.end(body)
  })
}

/** Statuses that `Response` takes no body for. */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304])

function responseOf(message: IncomingMessage, method: string): Response {
  const status = message.statusCode ?? 0
  const headers = new Headers()
  for (let at = 0; at + 1 < message.rawHeaders.length; at += 2) {
    headers.append(message.rawHeaders[at] ?? '', message.rawHeaders[at + 1] ?? '')
  }
  message.on('error', () => undefined)
  if (BODILESS.has(status) || method === 'HEAD') {
    message.resume()
    return new Response(null, { status, headers })
  }
  return new Response(Readable.toWeb(message) as ReadableStream<Uint8Array>, {
    status: status >= 200 && status <= 599 ? status : 502,
    headers,
  })
}

/** Resolves a name and answers only with addresses that may be gone to; what it answers is what is connected to. */
function lookupWithin(reach: Reach): LookupFunction {
  return (host, options, done) => {
    resolveName(host, { ...options, all: true }, (error, found) => {
      if (error !== null) return done(error, [])
      const allowed = found.filter(({ address }) => reach.has(kindOf(address)))
      const [first] = allowed
      if (first === undefined) {
        return done(new NotAllowedError(host, kindOf(found[0]?.address ?? '')), [])
      }
      if (options.all === true) done(null, allowed)
      else done(null, first.address, first.family)
    })
  }
}

function resolveAll(host: string): Promise<LookupAddress[]> {
  return new Promise((resolve, reject) => {
    resolveName(host, { all: true }, (error, found) => (error === null ? resolve(found) : reject(error)))
  })
}
