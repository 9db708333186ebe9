/** Requests and answers that are none, or nearly: a broker reads both sides strictly, and goes on whatever comes. */
import { request as askPlain } from 'node:http'
import { request } from 'node:https'
import { createServer } from 'node:net'
import { TLSSocket, connect as connectTls } from 'node:tls'
import { expect, it } from 'vitest'
import { ask, farAuthority, HOST, listen, PLACEHOLDER, scene, VALUE, type Scene } from './support.ts'

/** All that is answered to these bytes, until the connection ends or as much as is wanted. */
async function raw(
  { port, authority }: Scene,
  text: string,
  enough?: (said: string) => boolean,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ port, host: '127.0.0.1', servername: HOST, ca: authority.pem })
    let said = ''
    socket.on('data', (part: Buffer) => {
      said += part.toString('latin1')
      if (enough?.(said) === true) socket.destroy()
    })
    socket.on('error', reject).on('close', () => resolve(said))
    socket.write(text, 'latin1')
  })
}

const head = (...lines: string[]): string => [...lines, '', ''].join('\r\n')

it.each([
  [
    'two hosts',
    head('GET / HTTP/1.1', `Host: ${HOST}`, 'Host: evil.example.test', 'Connection: close'),
    /^HTTP\/1.1 4\d\d/,
  ],
  ['no host', head('GET / HTTP/1.1', 'Connection: close'), /^HTTP\/1.1 4\d\d/],
  [
    'the host of another in its address',
    head('GET https://evil.example.test/ HTTP/1.1', `Host: ${HOST}`, 'Connection: close'),
    /^HTTP\/1.1 421/,
  ],
  [
    'two lengths',
    head('POST / HTTP/1.1', `Host: ${HOST}`, 'Content-Length: 4', 'Transfer-Encoding: chunked') +
      '0\r\n\r\nGET /',
    /^HTTP\/1.1 400/,
  ],
  [
    'a packed transfer',
    head('POST / HTTP/1.1', `Host: ${HOST}`, 'Transfer-Encoding: gzip, chunked', 'Connection: close') +
      '0\r\n\r\n',
    /^HTTP\/1.1 (?:4|5)\d\d/,
  ],
  ['a line break in a header', head('GET / HTTP/1.1', `Host: ${HOST}`, 'X-A: b\rX-B: c'), /^HTTP\/1.1 400/],
  [
    'a space in the name of a header',
    head('GET / HTTP/1.1', `Host: ${HOST}`, `X-A : ${PLACEHOLDER}`),
    /^HTTP\/1.1 400/,
  ],
  ['another version', head('GET / HTTP/3.0', `Host: ${HOST}`), /^HTTP\/1.1 (?:4|5)\d\d/],
  ['CONNECT', head('CONNECT evil.example.test:443 HTTP/1.1', `Host: ${HOST}`), /^(?:HTTP\/1.1 [45]\d\d|$)/],
  [
    'an upgrade to anything else',
    head('GET / HTTP/1.1', `Host: ${HOST}`, 'Connection: Upgrade', 'Upgrade: h2c'),
    /^HTTP\/1.1 501/,
  ],
  [
    'an upgrade for another host',
    head('GET / HTTP/1.1', 'Host: evil.example.test', 'Connection: Upgrade', 'Upgrade: websocket'),
    /^HTTP\/1.1 421/,
  ],
])('hands on no request with %s', async (_, text, want) => {
  let reached = 0
  const at = await scene((__, response) => {
    reached += 1
    response.end()
  })
  expect(await raw(at, text)).toMatch(want)
  expect(reached).toBe(0)
})

it('answers requests that come at once in their order', async () => {
  const at = await scene((asked, response) =>
    response.end(`for ${asked.url} ${String(asked.headers['x-key'])}`),
  )
  const one = (path: string): string => head(`GET ${path} HTTP/1.1`, `Host: ${HOST}`, `X-Key: ${PLACEHOLDER}`)
  const said = await raw(at, one('/1') + one('/2') + one('/3'), (text) => text.includes('for /3 '))
  expect(said.match(/for \/\d \S{40}/g)).toEqual(
    ['/1', '/2', '/3'].map((path) => `for ${path} ${PLACEHOLDER}`),
  )
})

it('waits with a body for the word of the host', async () => {
  const at = await scene((asked, response) => {
    let size = 0
    asked.on('data', (part: Buffer) => (size += part.length))
    asked.on('end', () => response.end(`${size} bytes`))
  })
  const got = await ask(at, '/', {
    method: 'POST',
    body: 'x'.repeat(5000),
    headers: { expect: '100-continue' },
  })
  expect(got).toMatchObject({ status: 200, text: '5000 bytes' })
})

it('refuses a longer body than it holds to fill it', async () => {
  const at = await scene((_, response) => response.end(), { places: ['body'] })
  const got = await ask(at, '/', { method: 'POST', body: 'x'.repeat(1024 * 1024 + 1) })
  expect(got.status).toBe(413)
})

it.each([
  ['no HTTP', 'SSH-2.0-x\r\n'],
  ['a status that is none', 'HTTP/1.1 abc\r\n\r\n'],
  ['an odd header', 'HTTP/1.1 200 OK\r\nX\u0000: y\r\n\r\n'],
  ['an odd reason', 'HTTP/1.1 200 O\u0001K\r\nContent-Length: 0\r\n\r\n', 200],
  ['a body that breaks off', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort'],
  ['a body that is no gzip', 'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc'],
  ['nothing', ''],
])('goes on when a host answers with %s', async (_, text, want = 502) => {
  const far = createServer((socket) => {
    const secure = new TLSSocket(socket, { isServer: true, secureContext: farAuthority.contextFor(HOST) })
    secure.on('error', () => socket.destroy()).once('data', () => secure.end(text, 'latin1'))
  })
  const at = await scene(() => undefined, { farPort: await listen(far) })
  const first = await ask(at, '/').then(
    ({ status }) => status,
    () => 'broke off',
  )
  expect([want, 'broke off']).toContain(first)
  expect((await ask(at, '/', { headers: { host: 'evil.example.test' } })).status).toBe(421)
})

it('fills the head of a WebSocket and masks what comes back, without compression', async () => {
  let asked: Record<string, unknown> = {}
  const at = await scene(() => undefined, {
    upgrade: (sent, socket) => {
      asked = sent.headers
      socket.write(
        head(
          'HTTP/1.1 101 Switching Protocols',
          'Upgrade: websocket',
          'Connection: Upgrade',
          `X-Echo: ${String(sent.headers.authorization)}`,
        ),
      )
      socket.write(`frame ${String(sent.headers.authorization)} end`)
      socket.on('data', (part: Buffer) => socket.end(`echo ${part.toString()}`))
    },
  })
  const said = await new Promise<string>((resolve, reject) => {
    const sent = request({
      host: '127.0.0.1',
      port: at.port,
      servername: HOST,
      ca: at.authority.pem,
      agent: false,
      headers: {
        host: HOST,
        connection: 'Upgrade',
        upgrade: 'websocket',
        authorization: `Bearer ${PLACEHOLDER}`,
        'sec-websocket-extensions': 'permessage-deflate',
      },
    })
    sent.on('error', reject)
    sent.on('upgrade', (reply, socket, first) => {
      let text = `${String(reply.headers['x-echo'])} ${first.toString()}`
      socket.on('data', (part: Buffer) => {
        text += part.toString()
        if (text.endsWith(' end')) socket.write('hello')
      })
      socket.on('close', () => resolve(text))
    })
    sent.end()
  })
  expect(asked).toMatchObject({ authorization: `Bearer ${VALUE}` })
  expect(asked).not.toHaveProperty('sec-websocket-extensions')
  expect(said).toBe(`Bearer ${PLACEHOLDER} frame Bearer ${PLACEHOLDER} endecho hello`)
})

it.each([
  ['a host that nobody calls in clear', [HOST], 443, PLACEHOLDER],
  ['a host that is written with http://', [`http://${HOST}`], 80, VALUE],
])('in clear text gives %s its due', async (_, hosts, port, want) => {
  let sent = ''
  const at = await scene(
    (asked, response) => {
      sent = String(asked.headers['x-key'])
      response.end()
    },
    { hosts, to: { host: HOST, port }, plain: true },
  )
  await new Promise((resolve, reject) => {
    const asking = askPlain(
      {
        host: '127.0.0.1',
        port: at.port,
        agent: false,
        path: `http://${HOST}/`,
        headers: { host: HOST, 'x-key': PLACEHOLDER },
      },
      (reply) => {
        reply.resume().on('end', resolve)
      },
    )
    asking.on('error', reject).end()
  })
  expect(sent).toBe(want)
})
