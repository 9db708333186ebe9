/**
 * A server whose secret is brokered uses it at its host, and has it nowhere else (promise 2); what the host shows of it
 * is masked (promise 3), and where it went is written down (promise 6).
 */
import { createHash } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { audit } from '../e2e/reload.ts'
import { everythingIn, host1, place, shared, textOf, traces, until } from '../e2e/support.ts'
import { farAuthority, farSide, VALUE } from '../egress/broker/support.ts'
import { needs } from '../servers/needs.mjs'

const COURIER = resolve(import.meta.dirname, '../servers/courier.mjs')
const NEXT = VALUE.replace('5Jm2', 'Zz99')

const got: string[] = []
const far: Server = farSide((request, response) => {
  got.push(String(request.headers.authorization))
  if (request.url === '/away')
    response.writeHead(302, { location: `http://localhost:${strangerPort}/` }).end()
  else response.end(`you sent ${String(request.headers.authorization)}`)
}, 'localhost')
const stranger = createServer((request, response) => {
  got.push(`stranger: ${JSON.stringify(request.headers)}`)
  response.end('thanks')
})
let port = 0
let strangerPort = 0

async function listening(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return (server.address() as AddressInfo).port
}

beforeAll(async () => {
  port = await listening(far)
  strangerPort = await listening(stranger)
})
afterAll(() => {
  far.close()
  stranger.close()
})

const scene = shared(async () => {
  const entry = {
    command: 'node',
    args: [COURIER],
    sandbox: { mode: 'required', network: [`localhost:${strangerPort}`] },
    env: { TOKEN: { value: '${own:TOKEN}', deliver: 'broker', hosts: [`localhost:${port}`] } },
  }
  const where = place(
    `version: 1
secrets: { own: { type: dotenv, path: .env } }
servers:
  one: ${JSON.stringify(entry)}
  two: ${JSON.stringify(entry)}
`,
    { '.env': `TOKEN=${VALUE}\n`, 'authority.pem': farAuthority.pem },
  )
  const env = { ...where.env, NODE_EXTRA_CA_CERTS: join(where.dir, 'authority.pem') }
  const host = await host1({ ...where, env })
  const reply = async (server: string, url: string, headers: Record<string, string> = {}): Promise<string> =>
    textOf(await host.call(`${server}_get_reply`, { url, headers }))
  const facts = async (
    server: string,
  ): Promise<{ pid: number; length: number; beginning: string; hash: string }> =>
    JSON.parse(textOf(await host.call(`${server}_get_facts`, {})))
  return { where, reply, facts }
})

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
describe.runIf(needs('bwrap', 'perl'))('a brokered secret', () => {
  it('reaches its host from a server that has a placeholder of the same shape', async () => {
    const { reply, facts } = await scene()
    got.length = 0
    const said = await reply('one', `https://localhost:${port}/user`)
    expect(got).toEqual([`Bearer ${VALUE}`])
    expect(said).toMatch(/^200 you sent Bearer /)
    for (const trace of traces(VALUE)) expect(said).not.toContain(trace)
    const [one, two] = [await facts('one'), await facts('two')]
    expect(one).toMatchObject({ length: VALUE.length, beginning: 'ghp_' })
    expect(new Set([one.hash, two.hash, sha256(VALUE)]).size).toBe(3)
  })

  it.each([
    ['another service of this machine', () => `http://localhost:${strangerPort}/`, {}],
    [
      'another service, with the name of the host',
      () => `http://localhost:${strangerPort}/`,
      { host: 'localhost' },
    ],
    ['a service that the host leads to', () => `https://localhost:${port}/away`, {}],
  ])('does not reach %s', async (_, url, headers) => {
    const { reply } = await scene()
    got.length = 0
    await reply('one', url(), headers)
    expect(got.filter((one) => one.startsWith('stranger')).join()).not.toContain(VALUE)
    expect(got.join()).toContain('stranger')
  })

  it('is written down by field and host, and never by its value', async () => {
    const { where, reply } = await scene()
    await reply('one', `https://localhost:${port}/user`)
    expect(audit(where)).toContainEqual(
      expect.objectContaining({
        server: 'one',
        field: 'env.TOKEN',
        deliver: 'broker',
        phase: 'delivered',
        host: 'localhost',
      }),
    )
    for (const trace of traces(VALUE)) expect(everythingIn(join(where.state, 'audit'))).not.toContain(trace)
  })

  it('changes under a server that goes on', async () => {
    const { where, reply, facts } = await scene()
    const { pid } = await facts('one')
    writeFileSync(join(where.dir, '.env'), `TOKEN=${NEXT}\n`)
    await until(async () => {
      await reply('one', `https://localhost:${port}/user`)
      return got.includes(`Bearer ${NEXT}`)
    }, 'the new value arrives')
    expect((await facts('one')).pid).toBe(pid)
    expect(audit(where).map(({ phase }) => phase)).toContain('taken-up')
  })
})
