/**
 * Connections to one origin through a proxy, with TLS inside of the tunnel: the proxy sees host and port and nothing
 * else. What goes wrong before the tunnel stands is the proxy's (`PROXY_…`), whatever the system calls it; a proxy that
 * doesn't answer is given up.
 */
import { Agent } from 'node:https'
import { isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { systemErrorCode } from '../../errors.ts'
import { bareHost, tunnel } from '../../secrets/stores/shared/proxy.ts'
import { coded } from './leaving.ts'

export interface TunnelOptions {
  readonly proxy: URL
  readonly target: URL
  readonly connectMs: number
}

type Done = (error: Error | null, socket: Socket) => void

export class TunnelAgent extends Agent {
  readonly #options: TunnelOptions
  readonly #opening = new Set<AbortController>()

  constructor(options: TunnelOptions, agent: ConstructorParameters<typeof Agent>[0]) {
    super(agent)
    this.#options = options
  }

  override createConnection(_options: unknown, done?: Done): undefined {
    const { proxy, target, connectMs } = this.#options
    const host = bareHost(target)
    const name = isIP(host) === 0 ? { servername: host } : {}
    const opening = new AbortController()
    this.#opening.add(opening)
    const timer = setTimeout(() => opening.abort(), connectMs)
    const connected = (socket: Socket): void => {
      // Until somebody else listens.
      socket.on('error', () => undefined)
      done?.(null, connectTls({ socket, host, ...name }))
    }
    const failed = (error: unknown): void => {
      const code = opening.signal.aborted ? 'ETIMEDOUT' : (systemErrorCode(error) ?? 'UNKNOWN')
      done?.(coded(code.startsWith('PROXY') ? code : `PROXY_${code}`), undefined as never)
    }
    const settled = (): void => {
      clearTimeout(timer)
      this.#opening.delete(opening)
    }
    tunnel(proxy, target, opening.signal).finally(settled).then(connected, failed)
  }

  /** What is still on its way to the proxy ends too. */
  override destroy(): void {
    for (const opening of this.#opening) opening.abort()
    super.destroy()
  }
}
