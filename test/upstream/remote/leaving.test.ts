/** What can be said of a request whose connection fails: that nothing of it has left, or that nobody knows. */
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { systemErrorCode } from '../../../src/errors.ts'
import { EVERYWHERE } from '../../../src/net/address.ts'
import { replyOf } from '../../../src/upstream/session/reply.ts'
import { replyOfState as stateReplyOf } from '../../../src/upstream/life/state.ts'
import { faultOf, whyUnsent } from '../../../src/upstream/remote/fault.ts'
import { LoginNeeded } from '../../../src/upstream/remote/oauth/errors.ts'
import { fetching } from '../../net/support.ts'
import { call, startFleet } from '../harness.ts'
import { loginAt, oauth, once, remote, remoteSpec, stateDir, until } from './support.ts'
import { onTestFinished, together } from '../../together.ts'

together()

const MAY_HAVE = 'The call may have taken effect; check before trying again.'
const NOT_RUN = 'Nothing was sent, so the call did not run.'

/** A POST over one route after the other: how each failed, or "ok", and whether something of it had left. */
async function posts(url: string, { times = 1, connectMs = 5000 } = {}): Promise<[string, boolean][]> {
  const route = fetching({ reach: EVERYWHERE, env: {}, connectMs })
  const outcomes: [string, boolean][] = []
  for (let at = 0; at < times; at += 1) {
    let left = false
    const outcome = await route
      .fetch(url, { method: 'POST', body: 'x' }, () => (left = true))
      .then(async (response) => response.text())
      .catch((error: unknown) => systemErrorCode(error) ?? 'no code')
    outcomes.push([outcome, left])
  }
  return outcomes
}

/** A port where connections are treated like that. */
async function port(onConnection: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined))
    onConnection(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

describe.concurrent('nothing of a request has left', () => {
  it('when the connection is refused', async () => {
    const gone = await remote('sdk2')
    await gone.close()
    expect(await posts(gone.url)).toEqual([['ECONNREFUSED', false]])
  })

  it('when the name is unknown', async () => {
    const unknown: unknown = expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/)
    expect(await posts('https://nowhere.invalid/')).toEqual([[unknown, false]])
  })

  it.each<[string, (socket: Socket) => void, string]>([
    ['broken off', (socket) => socket.once('data', () => socket.destroy()), 'ECONNRESET'],
    ['answered in another language', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), 'EPROTO'],
    ['never answered', () => undefined, 'ETIMEDOUT'],
  ])('when TLS is %s', async (_name, onConnection, code) => {
    const at = await port(onConnection)
    expect(await posts(`https://127.0.0.1:${at}/`, { connectMs: 300 })).toEqual([[code, false]])
  })
})

describe.concurrent('nobody knows what came of a request', () => {
  it('when its connection breaks after it stood', async () => {
    const at = await port((socket) => socket.once('data', () => socket.destroy()))
    expect(await posts(`http://127.0.0.1:${at}/`)).toEqual([['ECONNRESET', true]])
  })

  it('when it took a connection that stood already', async () => {
    let asked = 0
    const at = await port((socket) =>
      socket.on('data', () => {
        asked += 1
        if (asked === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
        else socket.destroy()
      }),
    )
    const outcomes = await posts(`http://127.0.0.1:${at}/`, { times: 2 })
    expect(outcomes).toEqual([
      ['ok', true],
      ['ECONNRESET', true],
    ])
    expect(asked).toBe(2)
  })
})

describe.concurrent('a call', () => {
  it('to a server that is away by now is told that it did not run', async () => {
    const server = await remote('sdk2', { keepAliveMs: 1 })
    const { fleet, child } = startFleet([remoteSpec('far', server.url)])
    await fleet.settled()
    // But for the stream by which it tells its news no connection is left that a call could take.
    await until(() => server.sockets.size <= 1, 'idle connections are closed')
    const calling = call(child('far'), 'echo', { text: 'x' })
    void server.close()
    const reply = await calling
    expect(reply).toMatchObject({ kind: 'unavailable' })
    expect(server.calls).toEqual([])
    expect(reply).toMatchObject({
      reason: `"far" can't be reached (ECONNREFUSED).`,
      hint: expect.stringContaining(NOT_RUN),
    })
  })

  it('whose answer was lost is told that it may have taken effect', async () => {
    const server = await remote('sdk2')
    const { fleet, child } = startFleet([remoteSpec('far', server.url)])
    await fleet.settled()
    once(server, 'tools/call', ({ response }) => (response.destroy(), true))
    expect(await call(child('far'), 'echo', { text: 'x' })).toMatchObject({ hint: MAY_HAVE })
  })

  it('that was turned away did not run, though its second try met a server that was away', async () => {
    const auth = await oauth()
    const server = await remote('sdk2', auth.protect())
    const dir = stateDir()
    await loginAt(server, dir)
    const { fleet, child } = startFleet([remoteSpec('far', server.url, { stateDir: dir })])
    await fleet.settled()
    once(server, 'tools/call', ({ response }) => {
      response.writeHead(401, { connection: 'close', 'www-authenticate': 'Bearer' }).end()
      void server.close()
      return true
    })
    const reply = await call(child('far'), 'echo', { text: 'x' })
    expect(auth.state.refreshes).toBe(1)
    expect(reply).toMatchObject({
      kind: 'unavailable',
      hint: expect.stringContaining('The call did not run.'),
    })
  })

  it('whose login can not be refreshed before it is sent is told that it did not run', async () => {
    const auth = await oauth({ lifetimeS: 1 })
    const server = await remote('sdk2', auth.protect())
    const dir = stateDir()
    await loginAt(server, dir)
    const { fleet, child } = startFleet([remoteSpec('far', server.url, { stateDir: dir })])
    await fleet.settled()
    expect(child('far').state.kind).toBe('ready')
    auth.switches.tokenError = 'temporarily_unavailable'
    await new Promise((resolve) => setTimeout(resolve, 1100))
    const reply = await call(child('far'), 'echo', { text: 'x' })
    expect(reply).toMatchObject({
      kind: 'unavailable',
      reason: `"far" has a login that can't be refreshed now.`,
      hint: `${NOT_RUN} Check the network and the status page of the service; if it stays like that, run "sidemux login far".`,
    })
    expect(server.calls).toEqual([])
  })

  it.each([
    [false, `${NOT_RUN} Look there.`],
    [true, `${MAY_HAVE} Look there.`],
  ])('that goes on with one that was sent, %s, is told so', (begun, hint) => {
    const failing = { hint: 'Look there.', notRun: 'unsent' } as const
    const answer = { kind: 'bad', why: "can't be reached", failing } as const
    const reply = replyOf(answer, 'tools/call', { modern: false, begun })
    expect(
      stateReplyOf('far', reply, { gone: true, exit: { why: 'closed its stream' }, said: undefined }),
    ).toEqual({
      kind: 'unavailable',
      reason: `"far" can't be reached.`,
      hint,
    })
  })

  it('whose login has ended by then is told to log in', () => {
    const fault = faultOf(new LoginNeeded('far', 'needs a login'))
    expect(whyUnsent(fault, { serverId: 'far' })).toEqual({
      why: 'needs a login',
      hint: 'Run "sidemux login far".',
      notRun: 'unsent',
    })
  })
})
