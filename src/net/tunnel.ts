/**
 * Connections to one origin through a proxy, with TLS inside of the tunnel: the proxy sees host and port and nothing
 * else. What goes wrong before the tunnel stands is the proxy's (`PROXY_…`), whatever the system calls it; a proxy that
 * doesn't answer is given up.
 */
import { request as requestHttp } from 'node:http'
import { Agent, request as requestHttps } from 'node:https'
import { isIP, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { systemErrorCode } from '../errors.ts'
import { coded, isProxyFailure } from './failure.ts'
import { bareHost } from './host.ts'
import type { Trust } from './trust.ts'

export interface TunnelOptions {
  readonly proxy: URL
  readonly target: URL
  /** For the proxy to have opened the tunnel. */
  readonly connectMs: number
  /** Which certificates the proxy and the target may show; Node's own choice when absent. */
  readonly trust: Trust | undefined
}

type Done = (error: Error | null, socket: Socket) => void

/** A network forgets a silent connection after minutes; so soon the system asks whether the peer is still there. */
export const PROBE_MS = 60_000

export class TunnelAgent extends Agent {
  readonly #options: TunnelOptions
  readonly #opening = new Set<AbortController>()

  constructor(options: TunnelOptions, agent: ConstructorParameters<typeof Agent>[0]) {
    super(agent)
    this.#options = options
  }

  override createConnection(_options: unknown, done?: Done): undefined {
    const { target, connectMs, trust } = this.#options
    const host = bareHost(target)
    const opening = new AbortController()
    this.#opening.add(opening)
    const timer = setTimeout(() => opening.abort(), connectMs)
    const connected = (socket: Socket): void => {
      // Until somebody else listens.
      socket.on('error', () => undefined).setKeepAlive(true, PROBE_MS)
      done?.(null, connectTls({ socket, host, servername: nameFor(host), ...trusted(trust) }))
    }
    const failed = (error: unknown): void => {
      const code = opening.signal.aborted ? 'ETIMEDOUT' : (systemErrorCode(error) ?? 'UNKNOWN')
      done?.(coded(isProxyFailure(code) ? code : `PROXY_${code}`), undefined as never)
    }
    const settled = (): void => {
      clearTimeout(timer)
      this.#opening.delete(opening)
    }
    tunnel(this.#options, opening.signal).finally(settled).then(connected, failed)
  }

  /** What is still on its way to the proxy ends too. */
  override destroy(): void {
    for (const opening of this.#opening) opening.abort()
    super.destroy()
  }
}

/** @throws Error with a `code` of the proxy, or the signal's */
export function tunnel(
  { proxy, target, trust }: Omit<TunnelOptions, 'connectMs'>,
  signal: AbortSignal,
): Promise<Socket> {
  const authority = `${target.hostname}:${target.port || '443'}`
  const host = bareHost(proxy)
  const common = {
    hostname: host,
    method: 'CONNECT',
    path: authority,
    headers: { host: authority, ...credentials(proxy) },
    agent: false,
    signal,
  } as const
  const request =
    proxy.protocol === 'https:'
      ? // Its certificate is for its own name; Node would take the one in the Host header.
        requestHttps({ ...common, port: proxy.port || 443, servername: nameFor(host), ...trusted(trust) })
      : requestHttp({ ...common, port: proxy.port || 80 })
  return new Promise((resolve, reject) => {
    request.once('connect', (response, socket: Socket, head: Buffer) => {
      const { statusCode = 0 } = response
      const isOpen = statusCode >= 200 && statusCode < 300
      if (isOpen && head.length === 0 && !signal.aborted) return resolve(socket)
      socket.destroy()
      reject(coded(`PROXY_ANSWERED_${statusCode}`))
    })
    request.on('error', reject)
    request.end()
  })
}

/** TLS has names of hosts only; an address is compared with the certificate all the same. */
function nameFor(host: string): string {
  return isIP(host) === 0 ? host : ''
}

function trusted(trust: Trust | undefined): Pick<ConnectionOptions, 'secureContext'> {
  return trust === undefined ? {} : { secureContext: trust.context }
}

function credentials({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {}
  const pair = `${decoded(username)}:${decoded(password)}`
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` }
}

/** Also where a `%` stands for itself. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
