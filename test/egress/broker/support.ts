/** A broker with real connections: a host with TLS on loopback under a made-up name, and a client in a server's place. */
import {
  createServer as createHttp,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http'
import { createServer as createHttps, request, type RequestOptions } from 'node:https'
import { connect, createServer, type AddressInfo, type Server as NetServer } from 'node:net'
import type { Duplex } from 'node:stream'
import { onTestFinished } from 'vitest'
import { Authority } from '../../../src/egress/broker/authority/authority.ts'
import { Broker } from '../../../src/egress/broker/broker.ts'
import { BrokeredSecrets, type FillPlace } from '../../../src/egress/broker/brokered.ts'
import { readSecretHost } from '../../../src/egress/broker/hosts.ts'
import { placeholderOf } from '../../../src/egress/broker/placeholder.ts'
import { trusting } from '../../../src/net/trust.ts'
import { Secret } from '../../../src/secrets/secret.ts'

export const HOST = 'api.example.test'
export const VALUE = 'ghp_5Jm2Qx8Rk1Tz7Wd4Yb9Lc3Vf6Hn0PsAeGuXi'
export const PLACEHOLDER = placeholderOf(VALUE, 'test', () => false)

export interface Given {
  readonly hosts?: readonly string[]
  readonly places?: readonly FillPlace[]
  readonly value?: string
  /** Where the client's connection is said to lead; the far side whatever is said. */
  readonly to?: { host: string; port: number }
  readonly plain?: boolean
  /** Of another host than the one that answers by the listener. */
  readonly farPort?: number
  readonly upgrade?: (request: IncomingMessage, socket: Duplex) => void
  readonly onDelivery?: (field: string, host: string) => Promise<void>
}

export interface Scene {
  readonly broker: Broker
  readonly secrets: BrokeredSecrets
  readonly authority: Authority
  /** Where a client connects in place of the host. */
  readonly port: number
  readonly deliveries: readonly string[]
  readonly connections: () => number
}

export const farAuthority = new Authority('far', [HOST, 'evil.example.test', '127.0.0.1'])
/** Once: all the system's authorities are read for it. */
const trust = trusting(farAuthority.pem)

/** A host, and before it a broker. */
export async function scene(listener: RequestListener, given: Given = {}): Promise<Scene> {
  const { to = { host: HOST, port: 443 }, value = VALUE } = given
  const far = given.plain === true ? createHttp(listener) : farSide(listener)
  if (given.upgrade !== undefined) far.on('upgrade', given.upgrade)
  const farPort = given.farPort ?? (await listen(far))
  const authority = new Authority('github', [HOST])
  const hosts = (given.hosts ?? [HOST]).map((text) => {
    const read = readSecretHost(text)
    if (!read.ok) throw new Error(read.message)
    return read.host
  })
  const secrets = new BrokeredSecrets([
    {
      field: 'env.TOKEN',
      placeholder: value === VALUE ? PLACEHOLDER : placeholderOf(value, 'test', () => false),
      hosts,
      places: given.places ?? ['header'],
      secret: new Secret(value, 'github.TOKEN'),
    },
  ])
  const deliveries: string[] = []
  const broker = new Broker({
    secrets,
    authority,
    trust,
    onDelivery:
      given.onDelivery ??
      (async (field, host) => {
        deliveries.push(`${field} to ${host}`)
      }),
  })
  let connections = 0
  const near = createServer((client) =>
    broker.take(client, to, async () => {
      connections += 1
      return connect(farPort, '127.0.0.1')
    }),
  )
  const port = await listen(near)
  onTestFinished(() => broker.close())
  return { broker, secrets, authority, port, deliveries, connections: () => connections }
}

export function farSide(listener: RequestListener, host = HOST): Server {
  return createHttps({ SNICallback: (_, done) => done(null, farAuthority.contextFor(host)) }, listener)
}

export async function listen(server: NetServer): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

export interface Got {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  readonly trailers: Readonly<Record<string, string | undefined>>
}

/** As a server would ask, with what it trusts and what it knows. */
export async function ask(
  { port, authority }: Scene,
  path: string,
  options: Omit<RequestOptions, 'headers'> & { body?: string; headers?: Record<string, string> } = {},
): Promise<Got> {
  const { body, ...more } = options
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        path,
        servername: HOST,
        ca: authority.pem,
        agent: false,
        ...more,
        headers: { host: HOST, ...more.headers },
      },
      (reply) => {
        const parts: Buffer[] = []
        reply.on('data', (part: Buffer) => parts.push(part))
        reply.on('error', reject)
        reply.on('end', () =>
          resolve({
            status: reply.statusCode ?? 0,
            headers: reply.headers,
            text: Buffer.concat(parts).toString('utf8'),
            trailers: reply.trailers,
          }),
        )
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}
