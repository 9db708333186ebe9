import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { Agent, get } from 'node:https'
import { expect, it } from 'vitest'
import type { RequestListener } from 'node:http'
import { ask, HOST, PLACEHOLDER, scene, VALUE } from './support.ts'

const BASIC = (token: string): string => `Basic ${Buffer.from(`user:${token}`).toString('base64')}`

/** Shows what it was sent, where a test looks. */
const shows =
  (got: (text: string) => void): RequestListener =>
  (request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      got(
        JSON.stringify({ url: request.url, headers: request.headers, body: Buffer.concat(parts).toString() }),
      )
      response.end('ok')
    })
  }

it('puts a value into the header of a request to its host, once told, and masks what the host shows of it', async () => {
  let sent = ''
  const at = await scene((request, response) => {
    sent = String(request.headers.authorization)
    response.setHeader('x-echo', sent)
    response.end(`you are ${sent}`)
  })
  const got = await ask(at, '/user', { headers: { authorization: `Bearer ${PLACEHOLDER}` } })
  expect(sent).toBe(`Bearer ${VALUE}`)
  expect(got).toMatchObject({ status: 200, text: `you are Bearer ${PLACEHOLDER}` })
  expect(got.headers['x-echo']).toBe(`Bearer ${PLACEHOLDER}`)
  expect(at.deliveries).toEqual([`env.TOKEN to ${HOST}`])
})

it.each([
  ['in Basic', { authorization: BASIC(PLACEHOLDER) }, BASIC(VALUE)],
  ['in a cookie', { cookie: `a=b; t=${PLACEHOLDER}` }, `a=b; t=${VALUE}`],
  ['in another header', { 'x-api-key': PLACEHOLDER }, VALUE],
])('fills a placeholder %s', async (_, headers, want) => {
  let sent = ''
  const at = await scene(shows((text) => (sent = text)))
  await ask(at, '/', { headers })
  expect(sent).toContain(want)
})

it.each([
  ['the query', `/a?t=${PLACEHOLDER}`, {}],
  ['the path', `/${PLACEHOLDER}`, {}],
  ['the body', '/', { method: 'POST', body: PLACEHOLDER }],
  ['User-Agent', '/', { headers: { 'user-agent': PLACEHOLDER } }],
])('fills no placeholder in %s, where nobody told it', async (_, path, more) => {
  let sent = ''
  const at = await scene(shows((text) => (sent = text)))
  await ask(at, path, more)
  expect(sent).toContain(PLACEHOLDER)
  expect(sent).not.toContain(VALUE)
  expect(at.deliveries).toEqual([])
})

it.each([
  ['query', `/a?t=${PLACEHOLDER}`, {}],
  ['path', `/bot${PLACEHOLDER}/me`, {}],
  [
    'body',
    '/',
    { method: 'POST', body: `{"t":"${PLACEHOLDER}"}`, headers: { 'content-type': 'application/json' } },
  ],
] as const)('fills a placeholder in the %s, where that is told', async (place, path, more) => {
  let sent = ''
  const at = await scene(
    shows((text) => (sent = text)),
    { places: [place] },
  )
  await ask(at, path, more)
  expect(sent).toContain(VALUE)
  expect(sent).not.toContain(PLACEHOLDER)
})

const PACKED: readonly (readonly [string, (text: string) => Buffer])[] = [
  ['gzip', gzipSync],
  ['deflate', deflateSync],
  ['deflate', deflateRawSync],
  ['br', brotliCompressSync],
]

it.each(PACKED)('masks a body that is packed as %s', async (coding, pack) => {
  const at = await scene((_, response) => {
    response.setHeader('content-encoding', coding)
    response.setHeader('content-type', 'application/json')
    response.end(pack(JSON.stringify({ token: VALUE, rest: 'x'.repeat(1000) })))
  })
  const got = await ask(at, '/', { headers: { 'accept-encoding': 'gzip, br, zstd' } })
  expect(got.headers['content-encoding']).toBeUndefined()
  expect(JSON.parse(got.text)).toEqual({ token: PLACEHOLDER, rest: 'x'.repeat(1000) })
})

it('hands on no answer that is packed in a way that it can not look into', async () => {
  let asked: unknown
  const at = await scene((request, response) => {
    asked = request.headers['accept-encoding']
    response.setHeader('content-encoding', 'zstd')
    response.end(VALUE)
  })
  const got = await ask(at, '/', { headers: { 'accept-encoding': 'zstd' } })
  expect(asked).toBe('identity')
  expect(got).toMatchObject({ status: 502, text: expect.stringContaining('looked into') })
})

it.each([
  ['JSON', (text: string) => JSON.stringify(JSON.stringify(text))],
  ['base64', (text: string) => Buffer.from(`Basic user:${text}!`).toString('base64')],
  ['base64url', (text: string) => Buffer.from(text).toString('base64url')],
  ['hex', (text: string) => Buffer.from(text).toString('hex')],
  [
    'percent signs',
    (text: string) => Array.from(text, (one) => `%${one.charCodeAt(0).toString(16)}`).join(''),
  ],
  ['entities', (text: string) => Array.from(text, (one) => `&#${one.charCodeAt(0)};`).join('')],
  ['the other direction', (text: string) => Array.from(text).toReversed().join('')],
  ['letters with something between', (text: string) => Array.from(text).join(' ')],
])('masks a value that the host shows as %s, and says the right length', async (_, write) => {
  const at = await scene((request, response) => {
    const text = `<p>${write(String(request.headers['x-key']))}</p>`
    response.setHeader('content-length', Buffer.byteLength(text))
    response.setHeader('content-type', 'text/html')
    response.end(text)
  })
  const got = await ask(at, '/', { headers: { 'x-key': PLACEHOLDER } })
  expect(got.text).not.toContain(write(VALUE))
  expect(got.text.length).toBe(write(VALUE).length + 7)
  expect(got.text).toMatch(/^<p>.*<\/p>$/s)
})

it('masks a value that comes in pieces, and in a trailer', async () => {
  const at = await scene((_, response) => {
    response.setHeader('content-type', 'text/event-stream')
    response.setHeader('trailer', 'x-end')
    let sent = 0
    const next = (): void => {
      if (sent === VALUE.length) {
        response.addTrailers({ 'x-end': VALUE })
        return void response.end('\n\n')
      }
      response.write(VALUE.charAt(sent++))
      setImmediate(next)
    }
    response.write('data: ')
    next()
  })
  const got = await ask(at, '/')
  // Where a busy machine pauses, the first seven characters may show (pauses.test.ts).
  expect(got.text.slice('data: '.length + 7)).toBe(`${PLACEHOLDER.slice(7)}\n\n`)
  expect(got.trailers['x-end']).toBe(PLACEHOLDER)
})

it('holds no event of a stream back that is done', async () => {
  let go = (): void => undefined
  const at = await scene((_, response) => {
    response.setHeader('content-type', 'text/event-stream')
    response.write('data: gh\n\n')
    go = () => response.end('data: end\n\n')
  })
  const first = await new Promise<string>((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port: at.port,
      servername: HOST,
      ca: at.authority.pem,
      agent: false as const,
    }
    get({ ...options, headers: { host: HOST } }, (reply) => {
      let text = ''
      reply.on('data', (part: Buffer) => {
        text += part.toString()
        if (text.endsWith('\n\n')) resolve(text)
      })
      reply.on('error', () => undefined)
    }).on('error', reject)
  })
  expect(first).toBe('data: gh\n\n')
  go()
})

it.each([
  ['another Host', { headers: { host: 'evil.example.test' } }, 421],
  ['a Host with another port', { headers: { host: `${HOST}:8443` } }, 421],
  ['the host of another address', { path: `https://evil.example.test/` }, 421],
  ['TRACE', { method: 'TRACE' }, 405],
])('refuses a request with %s', async (_, more, status) => {
  let reached = 0
  const at = await scene((__, response) => {
    reached += 1
    response.end()
  })
  const { path = '/', ...options } = more as { path?: string }
  const headers = { 'x-key': PLACEHOLDER, ...(more as { headers?: object }).headers }
  const got = await ask(at, path, { ...options, headers })
  expect([got.status, reached]).toEqual([status, 0])
})

it('shows the server no certificate of a host that it asks for by another name', async () => {
  const at = await scene((_, response) => response.end())
  await expect(ask(at, '/', { servername: 'evil.example.test' })).rejects.toThrow()
})

it('goes to no host whose certificate it does not trust', async () => {
  const at = await scene((_, response) => response.end(), {
    to: { host: 'other.example.test', port: 443 },
    hosts: ['*.example.test'],
  })
  const got = await ask(at, '/', {
    servername: 'other.example.test',
    headers: { host: 'other.example.test', 'x-key': PLACEHOLDER },
    rejectUnauthorized: false,
  })
  expect(got).toMatchObject({ status: 502, text: expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID') })
})

it('sends no value that can not be written down', async () => {
  let reached = 0
  const at = await scene(
    (_, response) => {
      reached += 1
      response.end()
    },
    { onDelivery: async () => Promise.reject(new Error('disk full')) },
  )
  expect((await ask(at, '/', { headers: { 'x-key': PLACEHOLDER } })).status).toBe(503)
  expect((await ask(at, '/')).status).toBe(200)
  expect(reached).toBe(1)
})

it('asks for the whole where a part is asked for', async () => {
  let range: unknown = 'none'
  const at = await scene((request, response) => {
    range = request.headers.range
    response.end('all')
  })
  await ask(at, '/', { headers: { range: 'bytes=0-9' } })
  expect(range).toBeUndefined()
})

it('takes a value that has changed, with the same placeholder, and masks both', async () => {
  const next = VALUE.replace('5Jm2', 'Zz99')
  let sent = ''
  const at = await scene((request, response) => {
    sent = String(request.headers['x-key'])
    response.end(`${VALUE} ${next}`)
  })
  const { Secret } = await import('../../../src/secrets/secret.ts')
  at.secrets.change([{ placeholder: PLACEHOLDER, secret: new Secret(next, 'github.TOKEN') }])
  const got = await ask(at, '/', { headers: { 'x-key': PLACEHOLDER } })
  expect(sent).toBe(next)
  expect(got.text).toBe(`${PLACEHOLDER} ${PLACEHOLDER}`)
})

it('keeps one connection to the host for one of the server, also where the host answers before it has read all', async () => {
  const at = await scene((request, response) => {
    request.resume()
    response.end('ok')
  })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  for (const body of [undefined, 'x'.repeat(1_000_000), undefined])
    expect(await ask(at, '/', { agent, method: 'POST', ...(body !== undefined && { body }) })).toMatchObject({
      text: 'ok',
    })
  expect(at.connections()).toBe(1)
  agent.destroy()
})
