/**
 * The way from a broker to one host, for one connection of the server: kept open between requests, and closed with it. A
 * host's certificate is looked at as sidemux's own client does, and HTTP/1.1 is spoken.
 */
import { Agent, request, type ClientRequest, type RequestOptions } from 'node:http'
import { isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { coded } from '../../net/failure.ts'
import type { Trust } from '../../net/trust.ts'
import type { Destination } from '../interceptor.ts'

export interface HostAgentOptions {
  readonly to: Destination
  readonly isEncrypted: boolean
  /** Opens a connection that may be gone; rejects with an Error that has a `code`. */
  readonly connect: () => Promise<Duplex>
  readonly trust: Trust | undefined
}

type Done = (error: Error | null, socket: Duplex) => void

const HANDSHAKE_MS = 15_000

export class HostAgent extends Agent {
  readonly #options: HostAgentOptions
  readonly #sockets = new Set<Duplex>()

  constructor(options: HostAgentOptions) {
    super({ keepAlive: true, maxSockets: 1 })
    this.#options = options
  }

  send({
    method,
    path,
    headers,
  }: Pick<RequestOptions, 'method' | 'path'> & { headers: string[] }): ClientRequest {
    const { host, port } = this.#options.to
    return request({ agent: this, host, port, method, path, headers, setHost: false })
  }

  override createConnection(_options: unknown, done?: Done): undefined {
    void this.#open(done)
  }

  override destroy(): void {
    for (const socket of this.#sockets) socket.destroy()
    super.destroy()
  }

  async #open(done?: Done): Promise<void> {
    try {
      done?.(null, await this.#opened())
    } catch (error) {
      done?.(error as Error, undefined as never)
    }
  }

  async #opened(): Promise<Duplex> {
    const { isEncrypted, connect } = this.#options
    const plain = await connect()
    this.#sockets.add(plain)
    plain.once('close', () => this.#sockets.delete(plain))
    // Until somebody else listens, and after.
    plain.on('error', () => plain.destroy())
    return isEncrypted ? this.#encrypted(plain) : plain
  }

  async #encrypted(plain: Duplex): Promise<Duplex> {
    const { to, trust } = this.#options
    const socket = connectTls({
      socket: plain,
      host: to.host,
      servername: isIP(to.host) === 0 ? to.host : '',
      ALPNProtocols: ['http/1.1'],
      ...(trust !== undefined && { secureContext: trust.context }),
    })
    plain.once('close', () => socket.destroy())
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => socket.destroy(coded('ETIMEDOUT')), HANDSHAKE_MS)
      const failed = (error?: Error): void => {
        clearTimeout(late)
        plain.destroy()
        reject(error ?? coded('ECONNRESET'))
      }
      const closed = (): void => failed()
      socket.on('error', failed).once('close', closed)
      socket.once('secureConnect', () => {
        clearTimeout(late)
        socket.off('close', closed)
        resolve(socket)
      })
    })
  }
}
