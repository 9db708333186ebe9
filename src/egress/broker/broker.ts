/**
 * Stands between one server and the hosts of its brokered secrets (promise 2): the server has placeholders, and the
 * values are put into requests here, on their way to those hosts and to no other.
 *
 * - To the server it is the host, with a certificate of an authority that this server alone trusts (authority.ts). To the
 *   host it is a client that trusts what sidemux trusts.
 * - A request has to be for the host to which its connection was opened, by its name in TLS, its Host and its address.
 *   A host with several names could else be made to show a token elsewhere.
 * - Unencrypted, a value goes to this machine only, or where `hosts:` says http:// itself.
 * - Answers are masked (mask.ts): head, body, trailers.
 * - It speaks HTTP/1.1, which is what it offers, and WebSocket. A connection of the server is one to the host.
 *
 * Node's parser reads both sides, strictly: what isn't clearly one request is none.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { TLSSocket, type SecureContext } from 'node:tls'
import type { Trust } from '../../net/trust.ts'
import type { Destination, Interceptor } from '../interceptor.ts'
import type { Authority } from './authority/authority.ts'
import type { BrokeredSecret, BrokeredSecrets } from './brokered.ts'
import type { ExchangeContext, Interception } from './context.ts'
import { passOn } from './exchange.ts'
import { isSameHost, normalHost } from './hosts.ts'
import { AnswerMask } from './message/mask.ts'
import { Pace } from './pace.ts'
import { refuse } from './refusal.ts'
import { upgrade } from './upgrade.ts'
import { HostAgent } from './host-agent.ts'

export interface BrokerOptions {
  readonly secrets: BrokeredSecrets
  readonly authority: Pick<Authority, 'contextFor'>
  /** Which certificates the hosts may show; Node's own choice when absent. */
  readonly trust?: Trust | undefined
  /** Before the first value of a field goes to a host; what can't be written down doesn't go (promise 6). */
  onDelivery(field: string, host: string): Promise<void>
}

const FIRST_OF_TLS = 0x16
/** As large as what hosts usually take. */
const MAX_HEAD = 64 * 1024
const HEAD_MS = 60_000

export class Broker implements Interceptor {
  readonly #options: BrokerOptions
  readonly #mask = new AnswerMask()
  readonly #pace = new Pace()
  readonly #interceptions = new WeakMap<Duplex, Interception>()
  readonly #open = new Set<Duplex>()
  readonly #delivered = new Map<string, Promise<void>>()
  readonly #server = createServer({ maxHeaderSize: MAX_HEAD, keepAliveTimeout: 0, requestTimeout: 0 })

  constructor(options: BrokerOptions) {
    this.#options = options
    options.secrets.hear((secrets) => this.#mask.learn(secrets))
    const serve = (request: IncomingMessage, response: ServerResponse): void => this.#serve(request, response)
    this.#server
      .on('request', serve)
      .on('checkContinue', serve)
      .on('checkExpectation', serve)
      .on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
        const interception = this.#interceptions.get(socket)
        if (interception === undefined) socket.destroy()
        else upgrade(request, { socket, head }, this.#context(interception))
      })
  }

  wants(host: string, port: number): boolean {
    return this.#options.secrets.isWanted(host, port)
  }

  take(client: Duplex, to: Destination, connect: () => Promise<Duplex>): void {
    this.#keep(client)
    const late = setTimeout(() => client.destroy(), HEAD_MS).unref()
    client.once('close', () => clearTimeout(late))
    client.once('readable', () => {
      clearTimeout(late)
      const first = client.read() as Buffer | null
      if (first === null) return void client.destroy()
      client.unshift(first)
      if (first[0] === FIRST_OF_TLS)
        void this.#pace.of('handshake').then(() => client.destroyed || this.#decrypt(client, to, connect))
      else this.#hand(client, to, false, connect)
    })
  }

  /** Ends all that is under way. */
  close(): void {
    for (const one of this.#open) one.destroy()
  }

  #decrypt(client: Duplex, to: Destination, connect: () => Promise<Duplex>): void {
    const { authority } = this.#options
    const contextOf = (name: string): SecureContext => authority.contextFor(normalHost(name) ?? name)
    // As it is asked for: this machine has several names, and its certificate may have one.
    let { host } = to
    const secure = new TLSSocket(client, {
      isServer: true,
      secureContext: contextOf(to.host),
      ALPNProtocols: ['http/1.1'],
      SNICallback: (name, done) => {
        if (isSameHost(name, to.host)) {
          host = name
          done(null, contextOf(name))
        } else done(new Error('another host is asked for'))
      },
    })
    this.#keep(secure)
    client.once('close', () => secure.destroy())
    secure.once('secure', () => this.#hand(secure, { ...to, host }, true, connect))
  }

  #hand(client: Duplex, to: Destination, isEncrypted: boolean, connect: () => Promise<Duplex>): void {
    const out = new HostAgent({ to, isEncrypted, connect, trust: this.#options.trust })
    client.once('close', () => out.destroy())
    this.#interceptions.set(client, { to, isEncrypted, out })
    this.#server.emit('connection', client)
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const interception = this.#interceptions.get(request.socket)
    if (interception === undefined) return void request.socket.destroy()
    passOn(request, response, this.#context(interception)).catch(() =>
      refuse(response, 502, 'the request could not be handed on'),
    )
  }

  #context(interception: Interception): ExchangeContext {
    const { to, isEncrypted } = interception
    return {
      ...interception,
      pace: this.#pace,
      mask: this.#mask,
      secrets: this.#options.secrets.for(to.host, to.port, isEncrypted),
      deliver: async (used) => this.#deliver(used, to.host),
    }
  }

  async #deliver(used: readonly BrokeredSecret[], host: string): Promise<void> {
    await Promise.all(
      used.map(async ({ field }) => {
        const key = JSON.stringify([field, host])
        const told = this.#delivered.get(key) ?? this.#options.onDelivery(field, host)
        this.#delivered.set(key, told)
        // It may be written down the next time.
        await told.catch((error: unknown) => {
          this.#delivered.delete(key)
          throw error
        })
      }),
    )
  }

  #keep(one: Duplex): void {
    this.#open.add(one)
    one.on('error', () => one.destroy())
    one.once('close', () => this.#open.delete(one))
  }
}
