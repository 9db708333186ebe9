/** The client against peers that fail: what comes of a request, what of it had left, and that nothing is left open. */
import { createServer, type Socket } from 'node:net'
import { Worker } from 'node:worker_threads'
import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { readSome } from '../../src/net/body.ts'
import { fetchOver } from '../../src/net/fetch.ts'
import { ask, listening, MIB, opened, type Asked } from './support.ts'
import { onTestFinished, together } from '../together.ts'
import { until } from '../until.ts'

together()

const ok = (body = 'ok'): string => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`

interface Peer {
  readonly port: number
  readonly url: string
  readonly connections: () => number
  readonly open: () => number
  /** Requests by their first lines. */
  readonly seen: string[]
}

/** What a peer does with a request: `nth` counts those of its connection, from 1. */
type Behaviour = (socket: Socket, nth: number, connection: number) => void

/** Speaks HTTP by hand, one head at a time. */
async function peer(answer: Behaviour): Promise<Peer> {
  const sockets = new Set<Socket>()
  const seen: string[] = []
  let connections = 0
  const server = createServer((socket) => {
    connections += 1
    const connection = connections
    sockets.add(socket)
    let nth = 0
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (chunk) => {
      const text = chunk.toString('latin1')
      const [line = ''] = text.split('\r\n')
      if (!line.endsWith(' HTTP/1.1')) return
      seen.push(line)
      nth += 1
      answer(socket, nth, connection)
    })
  })
  const port = await listening(server)
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return {
    port,
    url: `http://127.0.0.1:${port}/`,
    connections: () => connections,
    open: () => sockets.size,
    seen,
  }
}

describe.concurrent('an answer', () => {
  it.each<[string, Behaviour, Asked, string]>([
    // The head's time runs while it is still connecting, and a busy machine takes a while for the first connection of all.
    ['whose head is slow', () => undefined, { headMs: 1000 }, 'ETIMEDOUT'],
    [
      'whose head never ends',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\n')
        const more = (): void => {
          if (!socket.destroyed) socket.write(`x-${Math.random()}: ${'y'.repeat(4000)}\r\n`, more)
        }
        more()
      },
      {},
      'HPE_HEADER_OVERFLOW',
    ],
    [
      'that is only ever announced',
      (socket) => {
        const more = (): void => void socket.write('HTTP/1.1 103 Early Hints\r\n\r\n')
        const timer = setInterval(more, 5)
        socket.once('close', () => clearInterval(timer))
      },
      { headMs: 1000 },
      'ETIMEDOUT',
    ],
    [
      'whose body never ends',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        const more = (): void => {
          if (!socket.destroyed) socket.write('x'.repeat(65_536), more)
        }
        more()
      },
      {},
      'BODY_TOO_LARGE',
    ],
    [
      'whose body breaks off',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf', () => socket.destroy())
      },
      {},
      'ECONNRESET',
    ],
    [
      'whose body ends before its length',
      (socket) => {
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf')
      },
      {},
      'ECONNRESET',
    ],
    [
      'with two lengths',
      (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok!'),
      {},
      'HPE_UNEXPECTED_CONTENT_LENGTH',
    ],
    ['that is none of HTTP', (socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'), {}, 'HPE_INVALID_CONSTANT'],
    [
      'that changes the protocol',
      (socket) =>
        socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'),
      {},
      'ECONNRESET',
    ],
    ['that never comes, as the connection ends', (socket) => socket.end(), {}, 'ECONNRESET'],
  ])('%s ends the request, and its connection', async (_name, behaviour, asked, code) => {
    const far = await peer(behaviour)
    expect(await ask(opened(), far.url, asked)).toEqual([code, true])
    expect(far.seen.length).toBe(1)
    await until(() => far.open() === 0, 'its connection ends')
  })

  it('whose body is slow ends with the signal', async ({ expect }) => {
    const far = await peer((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'))
    const signal = AbortSignal.timeout(100)
    await ask(opened(), far.url, { signal })
    expect(signal.aborted).toBe(true)
    await expect.poll(far.open).toBe(0)
  })
})

/** At its best brotli takes ten seconds for a bomb. */
const QUICKLY = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }

describe.concurrent('a packed body', () => {
  const text = '{"a":1}'.repeat(1000)
  const packed = async (coding: string, bytes: Buffer): Promise<string> => {
    const far = await peer((socket) => {
      socket.write(
        `HTTP/1.1 200 OK\r\nContent-Encoding: ${coding}\r\nContent-Length: ${bytes.length}\r\n\r\n`,
      )
      socket.write(bytes)
    })
    return far.url
  }

  it.each([
    ['gzip', gzipSync(text)],
    [' X-GZIP ', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['br', brotliCompressSync(text)],
    ['identity', Buffer.from(text)],
  ])('is unpacked: %s', async (coding, bytes) => {
    const url = await packed(coding, bytes)
    expect(await ask(opened(), url)).toEqual([text, true])
    const response = await fetchOver(opened())(url)
    expect([await response.text(), response.headers.get('content-length')]).toEqual([
      text,
      coding === 'identity' ? String(text.length) : null,
    ])
  })

  it.each([
    ['a coding that nobody knows', 'zip', gzipSync(text), 'ENCODING_NOT_UNDERSTOOD'],
    ['two codings', 'gzip, br', gzipSync(text), 'ENCODING_NOT_UNDERSTOOD'],
    ['nothing of its coding', 'gzip', Buffer.from('hello, world'), 'Z_DATA_ERROR'],
    ['half of it', 'gzip', gzipSync(text).subarray(0, 20), 'Z_BUF_ERROR'],
  ])('of %s is an error', async (_name, coding, bytes, code) => {
    expect(await ask(opened(), await packed(coding, bytes))).toEqual([code, true])
  })

  it.each([
    ['gzip', gzipSync(Buffer.alloc(200 * MIB))],
    ['br', brotliCompressSync(Buffer.alloc(200 * MIB), QUICKLY)],
  ])('that is a bomb costs what its reader allows: %s', async (coding, bytes) => {
    expect(bytes.length).toBeLessThan(MIB)
    const url = await packed(coding, bytes)
    const before = process.memoryUsage().rss
    expect(await ask(opened(), url)).toEqual(['BODY_TOO_LARGE', true])
    const { body } = await opened().send({ url: new URL(url), method: 'GET', headers: {} })
    expect((await readSome(body, { bytes: MIB, ms: 5000 })).length).toBe(MIB)
    expect(process.memoryUsage().rss - before).toBeLessThan(60 * MIB)
  })
})

describe.concurrent('a kept connection', () => {
  it('is used again by requests that follow each other, and ends with the client', async ({ expect }) => {
    const far = await peer((socket) => socket.write(ok()))
    const client = opened()
    for (let at = 0; at < 5; at += 1)
      expect(await ask(client, far.url, { method: at % 2 === 0 ? 'GET' : 'POST' })).toEqual(['ok', true])
    expect([far.connections(), far.open()]).toEqual([1, 1])
    client.close()
    await expect.poll(far.open).toBe(0)
  })

  it('is no hazard to a request that is called off just when its answer is complete', async ({ expect }) => {
    const far = await peer((socket) => socket.write(ok()))
    const client = opened()
    const stop = new AbortController()
    const url = new URL(far.url)
    const { body } = await client.send({ url, method: 'GET', headers: {}, signal: stop.signal })
    body.once('data', () => stop.abort())
    await new Promise((resolve) => body.once('close', resolve))
    await expect.poll(far.open).toBe(0)
    expect(await ask(client, far.url)).toEqual(['ok', true])
  })

  it('is not used by what has an effect where that is asked for', async ({ expect }) => {
    const far = await peer((socket) => socket.write(ok()))
    const client = opened({ fresh: 'effects' })
    for (const asked of [{}, { method: 'POST' }, {}, { method: 'GET', hasEffect: true }, {}] as const)
      expect(await ask(client, far.url, asked)).toEqual(['ok', true])
    expect(far.connections()).toBe(3)
    await expect.poll(far.open).toBe(1)
  })

  it.each<[string, Asked, [string, boolean], number]>([
    ['is asked again when it has no effect', {}, ['ok', true], 3],
    ['is not when it has', { method: 'POST' }, ['ECONNRESET', true], 2],
    ['is not when it says so', { hasEffect: true }, ['ECONNRESET', true], 2],
  ])('on which a request is lost: it %s', async (_name, asked, expected, requests) => {
    const far = await peer((socket, nth) => {
      if (nth === 1) socket.write(ok())
      else socket.destroy()
    })
    const client = opened()
    expect(await ask(client, far.url)).toEqual(['ok', true])
    expect(await ask(client, far.url, asked)).toEqual(expected)
    expect(far.seen.length).toBe(requests)
  })

  it('on which an answer has begun is no reason to ask again', async () => {
    const far = await peer((socket, nth) => {
      if (nth === 1) socket.write(ok())
      else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf', () => socket.destroy())
    })
    const client = opened()
    await ask(client, far.url)
    expect(await ask(client, far.url)).toEqual(['ECONNRESET', true])
    expect(far.seen.length).toBe(2)
  })

  it('is tried once more and no longer', async () => {
    const far = await peer((socket, nth, connection) => {
      if (nth === 1 && connection === 1) socket.write(ok())
      else socket.destroy()
    })
    const client = opened()
    await ask(client, far.url)
    expect(await ask(client, far.url)).toEqual(['ECONNRESET', true])
    expect(far.seen.length).toBe(3)
  })

  it('that is idle ends by itself', async ({ expect }) => {
    const far = await peer((socket) => socket.write(ok()))
    await ask(opened(), far.url)
    expect(far.open()).toBe(1)
    await expect.poll(far.open, { timeout: 6000, interval: 250 }).toBe(0)
  })
})

describe.concurrent('a client that is closed', () => {
  it('ends what is under way, and takes nothing new', async ({ expect }) => {
    const far = await peer(() => undefined)
    const client = opened()
    const asked = ask(client, far.url)
    await expect.poll(() => far.seen.length).toBe(1)
    client.close()
    expect(await asked).toEqual(['ECONNRESET', true])
    expect(await ask(client, far.url)).toEqual(['ECANCELED', false])
    await expect.poll(far.open).toBe(0)
  })
})

describe.concurrent('a redirect', () => {
  it.each([
    ['to a private address', 'https://10.0.0.1/'],
    ['to the metadata service of a cloud', 'http://169.254.169.254/latest/'],
    ['to another port of this machine', 'http://127.0.0.1:9/'],
  ])('%s is handed back and not followed', async (_name, location) => {
    const far = await peer((socket) =>
      socket.write(`HTTP/1.1 307 Away\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`),
    )
    const response = await fetchOver(opened())(far.url, {
      method: 'POST',
      body: 'secret',
      redirect: 'follow',
    })
    expect([response.status, response.headers.get('location')]).toEqual([307, location])
    expect(far.seen.length).toBe(1)
  })
})

// It holds up the whole process.
describe('a kept connection', () => {
  it.each(['end', 'resetAndDestroy'])(
    'that its peer has closed takes no request, also when nobody has heard of it yet: %s',
    async (how) => {
      // In a thread of its own, so that it closes while nobody here listens.
      const code = `
        const { createServer } = require('node:net')
        const { parentPort } = require('node:worker_threads')
        const server = createServer((socket) => {
          socket.on('error', () => undefined)
          socket.once('data', () => socket.write(${JSON.stringify(ok())}, () => socket.${how}()))
        })
        server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))`
      const thread = new Worker(code, { eval: true })
      onTestFinished(async () => void (await thread.terminate()))
      const port = await new Promise<number>((resolve) => thread.once('message', resolve))
      const client = opened()
      for (let at = 0; at < 5; at += 1) {
        expect(await ask(client, `http://127.0.0.1:${port}/`, { method: 'POST' })).toEqual(['ok', true])
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30)
      }
    },
  )
})
