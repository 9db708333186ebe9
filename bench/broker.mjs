// npm run bench:broker: what a broker costs a request, beside the same connection joined straight through.
//
// A host with TLS in a thread of its own answers 2 KiB of JSON. A client asks it by both ways in turn, on kept
// connections, so that what else the machine does is in both. What counts is the difference of the medians.
import { once } from 'node:events'
import { createServer as createHttps, Agent, request } from 'node:https'
import { connect, createServer } from 'node:net'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { Authority } from '../dist/egress/broker/authority/authority.js'
import { Broker } from '../dist/egress/broker/broker.js'
import { BrokeredSecrets } from '../dist/egress/broker/brokered.js'
import { readSecretHost } from '../dist/egress/broker/hosts.js'
import { placeholderOf } from '../dist/egress/broker/placeholder.js'
import { join } from '../dist/egress/join.js'
import { trusting } from '../dist/net/trust.js'
import { Secret } from '../dist/secrets/secret.js'
import { Budget } from '../dist/wire/budget.js'

const HOST = 'api.example.test'
const VALUE = 'ghp_5Jm2Qx8Rk1Tz7Wd4Yb9Lc3Vf6Hn0PsAeGuXi'
const ROUNDS = Number(process.argv[2] ?? 2000)
const WARM = 200

if (isMainThread) await measure()
else await answer()

async function answer() {
  const authority = new Authority('far', [HOST])
  const body = JSON.stringify(
    Array.from({ length: 40 }, (_, id) => ({ id, name: `entry number ${id}`, open: true })),
  )
  const server = createHttps(
    { SNICallback: (_, done) => done(null, authority.contextFor(HOST)) },
    (asked, reply) => {
      asked.resume()
      reply.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
      reply.end(body)
    },
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has none
  parentPort.postMessage({ port: server.address().port, pem: authority.pem })
}

async function measure() {
  const far = new Worker(new URL(import.meta.url))
  const [{ port, pem }] = await once(far, 'message')
  const authority = new Authority('bench', [HOST])
  const placeholder = placeholderOf(VALUE, 'bench', () => false)
  const broker = new Broker({
    authority,
    trust: trusting(pem),
    onDelivery: async () => {},
    secrets: new BrokeredSecrets([
      {
        field: 'env.TOKEN',
        placeholder,
        hosts: [readSecretHost(HOST).host],
        places: ['header'],
        secret: new Secret(VALUE, 'x'),
      },
    ]),
  })
  const out = () => connect({ port, host: '127.0.0.1', noDelay: true })
  const budget = new Budget()
  const ways = {
    straight: await door((client) => join(client, out(), budget), pem),
    brokered: await door(
      (client) => broker.take(client, { host: HOST, port: 443 }, async () => out()),
      authority.pem,
    ),
  }
  const took = { straight: [], brokered: [] }
  for (let round = 0; round < WARM + ROUNDS; round += 1)
    for (const name of round % 2 === 0 ? ['straight', 'brokered'] : ['brokered', 'straight']) {
      const since = performance.now()
      await ask(ways[name], placeholder)
      if (round >= WARM) took[name].push(performance.now() - since)
    }
  const [straight, brokered] = [median(took.straight), median(took.brokered)]
  console.log(
    `straight ${straight.toFixed(3)} ms, brokered ${brokered.toFixed(3)} ms, +${(brokered - straight).toFixed(3)} ms a request`,
  )
  broker.close()
  for (const { agent, server } of Object.values(ways)) {
    agent.destroy()
    server.close()
  }
  await far.terminate()
}

async function door(take, ca) {
  const server = createServer({ noDelay: true, allowHalfOpen: true }, take)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca, servername: HOST })
  return { server, agent, port: server.address().port }
}

function ask({ agent, port }, token) {
  return new Promise((resolve, reject) => {
    const headers = { host: HOST, authorization: `Bearer ${token}` }
    const sent = request({ agent, host: '127.0.0.1', port, path: '/entries', headers }, (reply) => {
      reply.resume().once('end', resolve)
    })
    sent.once('error', reject).end()
  })
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]
}
