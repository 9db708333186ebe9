/**
 * The one HTTP client: secret stores, remote servers, and whatever these name for a login are asked through it.
 *
 * - Where a request may go is reach.ts's; which proxy it takes, proxy.ts's; which certificates count, trust.ts's.
 * - Connections are kept and used again (ways.ts), and all of them end with `close`.
 * - A request is sent once. It is sent again only where nothing can have come of the first time: it has no effect, and
 *   went on a kept connection that broke before any of an answer came. One with an effect doesn't go on a connection
 *   that its peer has closed by then; with `fresh: 'effects'` it never goes on a kept one.
 * - The caller is told when a request leaves (leaving.ts): one that fails before has happened nowhere.
 * - A redirect is handed back as it came. The caller decides, and another request goes through the same checks again.
 * - The head of an answer is bounded by Node (16 KiB); of its body, body.ts reads no more than it is told.
 *
 * It stands on node:http and node:https. undici (7.30, the last line for Node 20) was built in its place and measured:
 * a process that loads it has 11 MB more, and after 3,000 requests 30 MB; loading took 85 to 150 ms in place of 5 to 13
 * on a busy machine, also in the short processes that refresh a login or give back a lease; one request at a time, as
 * calls and secrets go, took a third more CPU, and many at once the same. It saved about 120 lines: address guard, tunnel
 * and trust stay ours, as its ProxyAgent tells a failed tunnel in words only. It doesn't say whether a request went on a
 * kept connection, opens a second one for a request right behind an answer, and waits without end for an answer that is
 * only announced (1xx).
 */
import { request as requestHttp, type Agent, type ClientRequest, type IncomingMessage } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { THIS_MACHINE, type Reach } from './address.ts'
import { decoded } from './decoding.ts'
import { coded, failureCode } from './failure.ts'
import { bareHost } from './host.ts'
import { watchLeaving } from './leaving.ts'
import { checkLiteral, checkUrl } from './reach.ts'
import type { Trust } from './trust.ts'
import { hasIdle, Ways } from './ways.ts'

export interface HttpClientOptions {
  readonly reach: Reach
  /** Where plain http may go: to this machine, and link-local where a cloud's machine asks for its own identity. */
  readonly plain?: Reach
  /** Where the proxy's variables are. */
  readonly env: NodeJS.ProcessEnv
  /** Of `trusting`; Node's own authorities when absent. */
  readonly trust?: Trust | undefined
  /** For a connection to stand, and for a proxy to have opened its tunnel. */
  readonly connectMs?: number
  /** Which requests get a connection of their own; none when absent. */
  readonly fresh?: 'effects'
}

export interface HttpRequest {
  readonly url: URL
  readonly method: string
  /** `user-agent` and `content-length` are added. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array | undefined
  /** Covers all of it, to the end of the body. */
  readonly signal?: AbortSignal | undefined
  /** From the request to the head of the answer. */
  readonly headMs?: number | undefined
  /** Whether sending it twice does more than once; not of GET and HEAD, where nobody says it. */
  readonly hasEffect?: boolean | undefined
  /** Comes before the first byte leaves. */
  readonly onLeaving?: (() => void) | undefined
}

export interface HttpReply {
  readonly message: IncomingMessage
  /** Unpacked; ends with an error when the connection breaks. To be read to its end, or destroyed. */
  readonly body: Readable
}

export interface HttpClient {
  /** @throws NotAllowedError, the signal's reason, or an Error with a `code` (failure.ts). */
  send(request: HttpRequest): Promise<HttpReply>
  /** Ends every connection and what is under way. */
  close(): void
}

const CONNECT_MS = 15_000
/** A kept connection breaks so when its peer has closed it. */
const CLOSED_BY_PEER: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE'])

export function openHttpClient(options: HttpClientOptions): HttpClient {
  const { reach, env, trust, connectMs = CONNECT_MS, fresh } = options
  const asWritten = options.plain ?? THIS_MACHINE
  const plain: Reach = new Set([...asWritten].filter((kind) => reach.has(kind)))
  const ways = new Ways({ reach, plain, env, trust, connectMs })
  const open = new Set<ClientRequest>()

  const sendBy = async (agent: Agent, request: HttpRequest): Promise<HttpReply> => {
    request.signal?.throwIfAborted()
    const sent = start(request, agent)
    open.add(sent)
    sent.once('close', () => open.delete(sent))
    watchLeaving(sent, connectMs, () => request.onLeaving?.())
    try {
      return answerOf(await headOf(sent, request))
    } catch (error) {
      throw sent.reusedSocket && CLOSED_BY_PEER.has(failureCode(error))
        ? new KeptConnectionBroke(error)
        : error
    }
  }

  return {
    async send(request) {
      const { url, method, hasEffect = method !== 'GET' && method !== 'HEAD' } = request
      checkUrl(url, asWritten)
      checkLiteral(url, url.protocol === 'http:' ? plain : reach)
      const agent = await ways.agentFor(url, hasEffect && fresh === 'effects')
      if (hasIdle(agent)) await hearing()
      try {
        return await sendBy(agent, request)
      } catch (error) {
        if (!(error instanceof KeptConnectionBroke)) throw error
        if (hasEffect) throw error.cause
        return await sendBy(await ways.agentFor(url, true), request)
      }
    },
    close() {
      for (const request of open) request.destroy()
      ways.close()
    },
  }
}

/**
 * What a peer has closed by now is heard, and then not used. The turn of the loop that is running may have looked for
 * news before, so it takes the next one.
 */
async function hearing(): Promise<void> {
  await turn()
  await turn()
}

class KeptConnectionBroke extends Error {
  constructor(cause: unknown) {
    super('a kept connection broke', { cause })
  }
}

function start({ url, method, headers, body, signal }: HttpRequest, agent: Agent): ClientRequest {
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
  const request = (url.protocol === 'http:' ? requestHttp : requestHttps)({
    hostname: bareHost(url),
    port: url.port,
    path: url.pathname + url.search,
    method,
    headers: { 'user-agent': 'sidemux', ...headers, ...length },
    agent,
  })
  request.once('socket', heed)
  if (signal !== undefined) callOffBy(signal, request)
  return request
}

/** As Node's own option does, which puts eight listeners on each request for it. */
function callOffBy(signal: AbortSignal, request: ClientRequest): void {
  const onAbort = (): void => {
    const error = new Error('The request was called off.', { cause: signal.reason })
    request.destroy(Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' }))
  }
  signal.addEventListener('abort', onAbort, { once: true })
  request.once('close', () => signal.removeEventListener('abort', onAbort))
}

const heeded = new WeakSet<Socket>()

/**
 * Node takes its listener from a connection that becomes free, and adds another one a moment later. An error between
 * them, as of a request that is called off just then, would end the process.
 */
function heed(socket: Socket): void {
  if (heeded.has(socket)) return
  heeded.add(socket)
  socket.on('error', () => undefined)
}

function answerOf(message: IncomingMessage): HttpReply {
  // What goes wrong later shows as a body that breaks off.
  message.on('error', () => undefined)
  return { message, body: decoded(message) }
}

function headOf(request: ClientRequest, { body, headMs }: HttpRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const late = (): void => void request.destroy(coded('ETIMEDOUT'))
    const timer = headMs === undefined ? undefined : setTimeout(late, headMs)
    let isAnswered = false
    request.once('response', (response) => {
      isAnswered = true
      clearTimeout(timer)
      resolve(response)
    })
    // It stays on, for what goes wrong later.
    request.on('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    // An answer that changes the protocol (101), which nobody asked for, ends the connection without a word.
    request.once('close', () => {
      clearTimeout(timer)
      if (!isAnswered) reject(coded('ECONNRESET'))
    })
    request.end(body)
  })
}
