import type { ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import type { Fault, RemoteKind } from '../../servers/remote/http.mjs'
import { call, startFleet, textOf } from '../harness.ts'
import { KINDS, once, remote, remoteSpec, until } from './support.ts'
import { together } from '../../together.ts'

together()

const transportOf = (kind: RemoteKind): 'http' | 'sse' => (kind === 'sse' ? 'sse' : 'http')

describe.concurrent.each(KINDS)('a remote server (%s)', (kind) => {
  const start = async (
    options: Parameters<typeof remote>[1] = {},
    spec: Parameters<typeof remoteSpec>[2] = {},
  ) => {
    const server = await remote(kind, options)
    const { fleet, child, of, events } = startFleet([
      remoteSpec('far', server.url, { transport: transportOf(kind), ...spec }),
    ])
    await fleet.settled()
    return { server, fleet, child: child('far'), of, events }
  }

  it('is listed and called like a child process', async () => {
    const { child, of } = await start()
    expect(child.state).toMatchObject({ kind: 'ready' })
    expect(child.offers?.tools.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['echo', 'delete_all', 'count']),
    )
    expect(textOf(await call(child, 'echo', { text: 'hello' }))).toBe('hello')
    expect(of('connected')).toEqual([{ kind: 'connected', id: 'far', transport: transportOf(kind) }])
    expect(of('launched')).toEqual([])
  })

  it('gets the headers of its entry with each request', async () => {
    const { server, child } = await start({}, { headers: { 'X-Api-Key': 'k-123' } })
    await call(child, 'echo', { text: 'hello' })
    expect(server.requests.length).toBeGreaterThan(2)
    expect(server.requests.filter(({ headers }) => headers['x-api-key'] !== 'k-123')).toEqual([])
    expect(server.requests.filter(({ headers }) => 'x-sidemux-request' in headers)).toEqual([])
  })

  it('tells its progress in order, all before the result', async () => {
    const { child } = await start()
    const seen: number[] = []
    const reply = await call(child, 'count', { to: 5 }, { onProgress: ({ progress }) => seen.push(progress) })
    expect(textOf(reply)).toBe('counted to 5')
    expect(seen).toEqual([1, 2, 3, 4, 5])
  })

  it('answers many calls at once, each its own', async () => {
    const { child } = await start()
    const texts = Array.from({ length: 40 }, (_, at) => `text ${at}`)
    const replies = await Promise.all(texts.map((text) => call(child, 'echo', { text })))
    expect(replies.map(textOf)).toEqual(texts)
  })

  it('is refused an answer of more than 10 MiB, and works on', async () => {
    const { child } = await start()
    expect(await call(child, 'get_long', { bytes: 11 * 1024 * 1024 })).toMatchObject({
      kind: 'unavailable',
      reason: '"far" answered with more than 10 MiB.',
    })
    expect(String(textOf(await call(child, 'get_long', { bytes: 9 * 1024 * 1024 }))).length).toBe(
      9 * 1024 * 1024,
    )
    expect(textOf(await call(child, 'echo', { text: 'still there' }))).toBe('still there')
  })

  it('stops a call that was cancelled, and answers the next one', async () => {
    const { child } = await start()
    const stop = new AbortController()
    const slow = call(child, 'get_slowly', { ms: 5000 }, { signal: stop.signal })
    setTimeout(() => stop.abort(), 100)
    expect(await slow).toEqual({ kind: 'cancelled' })
    expect(textOf(await call(child, 'echo', { text: 'next' }))).toBe('next')
  })

  it('leaves nothing behind when it is stopped (promise 8)', async () => {
    const { server, fleet, child } = await start()
    void call(child, 'get_slowly', { ms: 60_000 })
    await until(() => server.calls.length > 0, 'the call arrives')
    await fleet.stop()
    await until(() => server.sockets.size === 0, 'all connections are closed')
    if (kind !== 'sdk2') expect(server.deleted.length).toBe(1)
    expect(server.sessions.size).toBe(0)
  })

  it('ends a call at once when the server goes away, and comes back with it', async () => {
    const server = await remote(kind)
    const { fleet, child: find } = startFleet([
      remoteSpec('far', server.url, { transport: transportOf(kind) }),
    ])
    const child = find('far')
    await fleet.settled()
    const slow = call(child, 'get_slowly', { ms: 60_000 }, { timeoutMs: 60_000 })
    await until(() => server.calls.length > 0, 'the call arrives')
    await server.close()
    const reply = await slow
    expect(reply).toMatchObject({
      kind: 'unavailable',
      hint: expect.stringContaining('may have taken effect'),
    })
    const again = await remote(kind, { port: server.port })
    let last = await call(child, 'echo', { text: 'back' })
    for (let tries = 0; last.kind !== 'result' && tries < 60; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 250))
      last = await call(child, 'echo', { text: 'back' })
    }
    expect(textOf(last)).toBe('back')
    expect(again.calls).toEqual([['echo', 'back']])
  })
})

describe.concurrent('Streamable HTTP', () => {
  const faults: [string, Fault, string][] = [
    [
      'an error status',
      ({ response }) => (response.writeHead(500).end('secret words'), true),
      'with HTTP 500',
    ],
    ['a limit', ({ response }) => (response.writeHead(429).end(), true), 'with HTTP 429'],
    [
      'an empty acceptance',
      ({ response }) => (response.writeHead(202).end(), true),
      'with nothing, and the connection is closed',
    ],
    [
      'a web page',
      ({ response }) => (response.writeHead(200, { 'content-type': 'text/html' }).end('<p>hello'), true),
      'with something that is not an answer of MCP',
    ],
    [
      'broken JSON',
      ({ response }) => (
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"jsonrpc":'),
        true
      ),
      'with something that is not JSON',
    ],
    [
      'a batch',
      ({ response }) => (response.writeHead(200, { 'content-type': 'application/json' }).end('[]'), true),
      'with a batch, which MCP no longer has',
    ],
    [
      'another answer',
      ({ response }) => {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end('{"jsonrpc":"2.0","id":"another","result":{}}')
        return true
      },
      'with nothing, and the connection is closed',
    ],
    [
      'a stream that ends without an answer',
      ({ response }) => (
        response.writeHead(200, { 'content-type': 'text/event-stream' }).end(': nothing\n\n'),
        true
      ),
      'with nothing, and the connection is closed',
    ],
    [
      'a stream that breaks off',
      ({ response }) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.write('data: {"jsonrpc"')
        setTimeout(() => response.destroy(), 50)
        return true
      },
      'with nothing, and the connection is closed',
    ],
    [
      'a connection that breaks before the answer',
      ({ response }) => (response.destroy(), true),
      'with nothing, and the connection broke',
    ],
    [
      'an event that never ends',
      ({ request, response }) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.write('data: "')
        const chunk = 'x'.repeat(256 * 1024)
        const more = (): void => {
          if (!request.socket.destroyed) response.write(chunk, () => setImmediate(more))
        }
        more()
        setTimeout(() => response.end('"\n\n'), 1500)
        return true
      },
      'with nothing, and the connection is closed',
    ],
    [
      'a body that never ends',
      ({ request, response }) => {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.write('{"jsonrpc":"2.0","result":"')
        const chunk = 'x'.repeat(256 * 1024)
        const more = (): void => {
          if (!request.socket.destroyed) response.write(chunk, () => setImmediate(more))
        }
        more()
        return true
      },
      'with more than 10 MiB',
    ],
    [
      'an error that is nested deeper than any message may be',
      ({ response, body }) => {
        const { id } = JSON.parse(body) as { id: number }
        const data = `${'['.repeat(20_000)}${']'.repeat(20_000)}`
        response.writeHead(400, { 'content-type': 'application/json' })
        response.end(`{"jsonrpc":"2.0","id":${id},"error":{"code":1,"message":"","data":${data}}}`)
        return true
      },
      'with HTTP 400',
    ],
    [
      'a change of the protocol',
      ({ response }) => (
        response.writeHead(101, { connection: 'Upgrade', upgrade: 'websocket' }).end(),
        true
      ),
      'with nothing, and the connection broke',
    ],
    [
      'a redirect to another origin',
      ({ response }) => (response.writeHead(307, { location: 'http://127.0.0.1:1/mcp' }).end(), true),
      'with HTTP 307',
    ],
  ]
  it.each(faults)('ends a call that is answered by %s, now and in our words', async (_name, fault, why) => {
    const server = await remote('sdk2')
    const { fleet, child } = startFleet([remoteSpec('far', server.url)])
    await fleet.settled()
    once(server, 'tools/call', fault)
    expect(await call(child('far'), 'echo', { text: 'x' })).toEqual({
      kind: 'unavailable',
      reason: `"far" answered ${why}.`,
      hint: 'The call may have taken effect; check before trying again.',
    })
    expect(textOf(await call(child('far'), 'echo', { text: 'goes on' }))).toBe('goes on')
  })

  it('follows a redirect within the origin', async () => {
    const server = await remote('sdk2')
    server.faults.push(({ request, response }) => {
      if (request.url !== '/mcp') return undefined
      response.writeHead(308, { location: '/mcp?moved' }).end()
      return true
    })
    const { fleet, child } = startFleet([remoteSpec('far', server.url)])
    await fleet.settled()
    expect(textOf(await call(child('far'), 'echo', { text: 'moved' }))).toBe('moved')
  })

  it('never carries headers to another origin', async () => {
    const other = await remote('sdk2')
    const server = await remote('sdk2')
    const { fleet, child } = startFleet([
      remoteSpec('far', server.url, { headers: { Authorization: 'Bearer sekrit-token' } }),
    ])
    await fleet.settled()
    server.faults.push(({ response }) => (response.writeHead(307, { location: other.url }).end(), true))
    await call(child('far'), 'echo', { text: 'x' })
    expect(other.requests).toEqual([])
  })

  it('falls back to SSE where the server knows no POST at its address', async () => {
    const server = await remote('sse')
    const { fleet, child, of } = startFleet([remoteSpec('far', server.url)])
    await fleet.settled()
    expect(of('connected')).toEqual([{ kind: 'connected', id: 'far', transport: 'sse' }])
    expect(textOf(await call(child('far'), 'echo', { text: 'old' }))).toBe('old')
  })

  it('speaks 2026-07-28 with a server that does, and remembers it', async () => {
    const server = await remote('sdk2', { legacy: 'reject' })
    const { fleet, child, eras } = startFleet([remoteSpec('far', server.url)])
    await fleet.settled()
    expect(child('far').state).toMatchObject({ protocolVersion: '2026-07-28' })
    expect(eras.get('far')).toBe('2026-07-28')
  })

  it('listens again after the stream of news broke off', async () => {
    const server = await remote('sdk2')
    const listens = (): number =>
      server.requests.filter(({ body }) => body.includes('"subscriptions/listen"')).length
    let stream: ServerResponse | undefined
    server.faults.push(({ response, body }) => {
      if (body.includes('"subscriptions/listen"')) stream = response
      return undefined
    })
    const { fleet, child } = startFleet([remoteSpec('far', server.url)])
    await fleet.settled()
    await until(() => stream?.headersSent === true, 'it listens')
    await new Promise((resolve) => setTimeout(resolve, 100))
    stream?.destroy()
    await until(() => listens() === 2, 'it listens again')
    expect(textOf(await call(child('far'), 'echo', { text: 'on' }))).toBe('on')
  })

  it('sends arguments as headers where a tool wants it', async () => {
    const server = await remote('sdk2')
    const { fleet, child } = startFleet([remoteSpec('far', server.url)])
    await fleet.settled()
    expect(textOf(await call(child('far'), 'get_routed', { region: 'eu-west' }))).toBe('routed to eu-west')
    expect(textOf(await call(child('far'), 'get_routed', { region: 'süd' }))).toBe(
      `routed to =?base64?${Buffer.from('süd').toString('base64')}?=`,
    )
  })

  it('keeps digits that no double has, both ways', async () => {
    const server = await remote('sdk2')
    const { fleet, child } = startFleet([remoteSpec('far', server.url)])
    await fleet.settled()
    once(server, 'tools/call', ({ response, body }) => {
      const id = /"id":(\d+)/.exec(body)?.[1] ?? ''
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(
        `{"jsonrpc":"2.0","id":${id},"result":{"resultType":"complete","content":[],"structuredContent":{"n":9007199254740993}}}`,
      )
      return true
    })
    const reply = await call(child('far'), 'echo', { text: 'x' })
    expect(reply.kind === 'result' && String((reply.result['structuredContent'] as { n: unknown }).n)).toBe(
      '9007199254740993',
    )
  })
})

describe.concurrent('a remote server that can not be used', () => {
  const down: [string, (kind: { url: string }) => string, Parameters<typeof remote>[1], string, string][] = [
    [
      'nobody is there',
      () => 'http://127.0.0.1:1/mcp',
      {},
      `"far" can't be reached (ECONNREFUSED) at 127.0.0.1:1.`,
      'it is tried again',
    ],
    [
      'its name is unknown',
      () => 'https://nowhere.invalid/mcp',
      {},
      `"far" can't be reached (ENOTFOUND) at nowhere.invalid.`,
      'it is tried again',
    ],
    [
      'it speaks no TLS',
      ({ url }) => url.replace('http:', 'https:'),
      {},
      'at 127.0.0.1',
      'check scheme and port',
    ],
    [
      'there is another site',
      ({ url }) => url.replace('/mcp', '/other'),
      {},
      'there is no MCP server (HTTP 404)',
      'check the url',
    ],
    [
      'it denies access',
      ({ url }) => url,
      { guard: () => ({ status: 403, headers: {} }) },
      '"far" denies access (HTTP 403).',
      'may do',
    ],
    [
      'it fails',
      ({ url }) => url,
      { guard: () => ({ status: 503, headers: {} }) },
      '"far" answered with HTTP 503 while connecting.',
      'status page',
    ],
    [
      'it wants a login',
      ({ url }) => url,
      { guard: () => ({ status: 401, headers: {} }) },
      '"far" needs a login.',
      'run "sidemux login far"',
    ],
    [
      'it sends everybody elsewhere',
      ({ url }) => url,
      { guard: () => ({ status: 301, headers: { location: 'https://example.com/' } }) },
      '"far" sends its callers to another address (HTTP 301), which is not followed.',
      'as the url of far',
    ],
  ]
  it.each(down)('says so when %s', async (_name, urlOf, options, reason, hint) => {
    const server = await remote('sdk2', options)
    const { fleet, child } = startFleet([remoteSpec('far', urlOf(server))])
    await fleet.settled()
    const { state } = child('far')
    expect(state).toMatchObject({
      reason: expect.stringContaining(reason),
      hint: expect.stringContaining(hint),
    })
  })

  it('with credentials of servers.yaml asks for other ones, and for no login', async () => {
    const server = await remote('sdk2', { guard: () => ({ status: 401, headers: {} }) })
    const { fleet, child } = startFleet([
      remoteSpec('far', server.url, { headers: { authorization: 'Bearer sekrit-token' } }),
    ])
    await fleet.settled()
    expect(child('far').state).toMatchObject({
      kind: 'failed',
      reason: '"far" does not accept the credentials that it was given (HTTP 401).',
    })
    expect(JSON.stringify(child('far').state)).not.toContain('sekrit')
  })

  it.each(KINDS)('is given up in its start timeout when it never answers (%s)', async (kind) => {
    const server = await remote(kind)
    server.faults.push(() => true)
    const { fleet, child } = startFleet([
      remoteSpec('far', server.url, { startTimeoutMs: 800, transport: transportOf(kind) }),
    ])
    await fleet.settled()
    expect(child('far').state).toMatchObject({
      kind: 'waiting',
      reason: '"far" was not ready within 0.8 s of its start: it has not answered the handshake of MCP.',
    })
    await fleet.stop()
    await until(() => server.sockets.size === 0, 'all connections are closed')
  })

  it('is tried for ever, and connects when it is there', async () => {
    const first = await remote('sdk2')
    await first.close()
    const { fleet, child } = startFleet([remoteSpec('far', first.url)])
    await fleet.settled()
    expect(child('far').state.kind).toBe('waiting')
    await remote('sdk2', { port: first.port })
    await until(() => child('far').state.kind === 'ready', 'it is connected')
  })
})
