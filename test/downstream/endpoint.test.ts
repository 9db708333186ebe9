/** The connection to a host as a whole: what is answered before the rooms are there, what the rooms are told, how it ends. */
import { setImmediate } from 'node:timers/promises'
import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { keepText } from '../../src/json/text.ts'
import { HostLink } from '../../src/downstream/host-link.ts'
import type { HostFront, HostRooms } from '../../src/downstream/rooms.ts'
import { serveHost } from '../../src/downstream/server.ts'
import { Talk, type Message } from './talk.ts'

const CAPABLE = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
}
const WHO = { name: 'h', version: '1' }
const init = (id: unknown): Message => ({
  id,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: { roots: {} }, clientInfo: WHO },
})
const modern = (id: unknown, method: string, params: object = {}, meta: object = {}): Message => ({
  id,
  method,
  params: { ...params, _meta: { ...CAPABLE, ...meta } },
})
const call = (id: unknown, name: string): Message => ({ id, method: 'tools/call', params: { name } })
const ids = (heard: readonly Message[]): unknown[] => heard.map(({ id }) => id)

/** A house whose rooms open, or never do, when the test says so. */
function opening(known: HostFront['list'] = () => undefined) {
  const talk = new Talk()
  const rooms = talk.rooms
  const [stdin, stdout] = [new PassThrough(), new PassThrough()]
  let open: (rooms: HostRooms) => void = () => {}
  let fail: (error: Error) => void = () => {}
  const promised = new Promise<HostRooms>((resolve, reject) => {
    open = resolve
    fail = reject
  })
  const front = { version: '7', instructions: () => undefined, list: known, onError: () => {} }
  const served = serveHost(new HostLink(stdin, stdout), front, promised)
  const send = async (...messages: readonly Message[]): Promise<Message[]> => {
    for (const message of messages) stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
    for (let turn = 0; turn < 4; turn += 1) await setImmediate()
    const lines = String(stdout.read() ?? '').split('\n')
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Message)
  }
  return { talk, served, send, open: () => open(rooms), fail: () => fail(new Error('secret')) }
}

/** Calls that end when the test says so, in the order in which they came. */
function held() {
  const ends: (() => void)[] = []
  const call: HostRooms['call'] = async ({ args }) =>
    new Promise((resolve) =>
      ends.push(() => resolve({ kind: 'result', result: { content: [], n: args['n'] } })),
    )
  return { call, ends }
}
const numbered = (n: number): Message => ({
  id: 'same',
  method: 'tools/call',
  params: { name: 'x', arguments: { n } },
})
const numbers = (heard: readonly Message[]): unknown[] => heard.map(({ result }) => (result as Message)['n'])

describe('a list that the front knows', () => {
  const list = { entries: [{ name: 'of yesterday' }], cache: { ttlMs: 5, cacheScope: 'public' as const } }
  const knowing: HostFront['list'] = (kind, { name }) =>
    kind === 'tools' && name === 'known host' ? list : undefined
  const introduce = (name: string): Message => ({
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name, version: '1' } },
  })

  it('is told before the rooms are open, in both eras, and the rooms hear of it after the host', async () => {
    const old = opening(knowing)
    const [, told] = await old.send(introduce('known host'), { id: 2, method: 'tools/list' })
    expect(told).toMatchObject({ id: 2, result: { tools: list.entries, ttlMs: 5 } })
    old.open()
    await old.send()
    const host = { name: 'known host', pages: false, capabilities: {} }
    expect(old.talk.told.map(([what]) => what)).toEqual(['connected', 'introduced', 'listed'])
    expect(old.talk.told.at(-1)).toEqual(['listed', 'tools', host, list])
    const young = opening(knowing)
    const info = { 'io.modelcontextprotocol/clientInfo': { name: 'known host', version: '1' } }
    const [answer] = await young.send(modern(1, 'tools/list', {}, info))
    expect(answer).toMatchObject({ id: 1, result: { tools: list.entries, resultType: 'complete' } })
  })

  it('is none of another host, of another kind, or at another page, and none once the rooms are there', async () => {
    const { send, open, talk } = opening(knowing)
    await send(introduce('another host'))
    expect(ids(await send({ id: 2, method: 'tools/list' }))).toEqual([])
    const other = opening(knowing)
    await other.send(introduce('known host'))
    const heard = await other.send(
      { id: 2, method: 'prompts/list' },
      { id: 3, method: 'tools/list', params: { cursor: 'x' } },
    )
    expect(heard).toMatchObject([{ id: 3, error: { code: -32602 } }])
    open()
    expect(ids(await send())).toEqual([2])
    expect(await send({ id: 4, method: 'tools/list' })).toMatchObject([
      { result: { tools: [{ name: 'tools' }] } },
    ])
    expect(talk.told.filter(([what]) => what === 'listed')).toEqual([])
  })
})

it('a host is greeted before the rooms are open; what needs them waits in order', async () => {
  const { talk, served, send, open } = opening()
  const cancel = { method: 'notifications/cancelled', params: { requestId: 4 } }
  const first = await send(
    init(1),
    { method: 'notifications/initialized' },
    { id: 2, method: 'tools/list' },
    call(3, 'echo'),
    call(4, 'echo'),
    cancel,
    { id: 5, method: 'ping' },
  )
  expect(ids(first)).toEqual([1, 5])
  expect(talk.told).toEqual([])
  open()
  expect(new Set(ids(await send()))).toEqual(new Set([2, 3]))
  expect(talk.told.map(([what]) => what)).toEqual(['connected', 'introduced', 'host', 'list'])
  expect(talk.calls).toHaveLength(1)
  await served.close()
})

it('a host of 2026-07-28 is greeted as well, and may still choose the older era', async () => {
  const { talk, served, send, open } = opening()
  expect(ids(await send(modern(1, 'server/discover'), init(2), { id: 3, method: 'tools/list' }))).toEqual([
    1, 2,
  ])
  open()
  expect(ids(await send())).toEqual([3])
  expect(talk.told.at(-1)).toMatchObject(['list', 'tools', { name: 'h', pages: false }])
  await served.close()
})

it.each([
  [0, 1, 2],
  [1, 0, 2],
  [2, 1, 0],
])(
  'requests that share an id and waited for the rooms are answered once each: %j, %j, %j',
  async (...order) => {
    const { talk, served, send, open } = opening()
    const { call, ends } = held()
    Object.assign(talk.rooms, { call })
    await send(init(1), numbered(0), numbered(1), numbered(2))
    open()
    await send()
    for (const n of order) {
      ends[n]?.()
      expect(numbers(await send())).toEqual([n])
    }
    await send(numbered(3), { method: 'notifications/cancelled', params: { requestId: 'same' } })
    ends[3]?.()
    expect(await send({ id: 2, method: 'ping' })).toEqual([{ jsonrpc: '2.0', id: 2, result: {} }])
    await served.close()
  },
)

it('rooms that open when the host has gone start nothing', async () => {
  const { talk, served, send, open } = opening()
  await send(init(1), call(2, 'echo'))
  await served.close()
  open()
  await send()
  expect([talk.told, talk.calls]).toEqual([[], []])
})

it('rooms that never open end the connection, with an answer to whoever waits and no word of why', async () => {
  const { served, send, fail } = opening()
  await send(init(1), call(2, 'echo'), call(2, 'echo'), call(3, 'echo'))
  fail()
  const error = { code: -32_603, message: 'Internal error' }
  expect(await send()).toEqual([2, 2, 3].map((id) => ({ jsonrpc: '2.0', id, error })))
  await served.closed
})

it('the rooms are told what the host is and wants, up to 2025-11-25', async () => {
  const one = new Talk()
  await one.take([
    init(1),
    { method: 'notifications/initialized' },
    { id: 2, method: 'logging/setLevel', params: { level: 'error' } },
    { method: 'notifications/roots/list_changed' },
    call(3, 'echo'),
  ])
  expect(one.told).toEqual([
    ['connected', true, false, true],
    ['introduced', { roots: {} }],
    ['host', 'h'],
    ['level', 'error'],
    ['roots'],
  ])
  expect(one.calls[0]).toMatchObject({
    id: 'c0',
    kind: 'tool',
    name: 'echo',
    args: {},
    asker: { kind: 'none', host: WHO },
    caller: { capabilities: { roots: {} }, logLevel: 'error' },
  })
  expect(Object.keys(one.calls[0] ?? {}).toSorted()).toEqual([
    'args',
    'asker',
    'caller',
    'id',
    'kind',
    'name',
    'signal',
  ])
  await one.served.close()
})

it('the rooms are told once what the host says with each request since 2026-07-28', async () => {
  const one = new Talk()
  const elicitation = { 'io.modelcontextprotocol/clientCapabilities': { elicitation: {} } }
  const named = { 'io.modelcontextprotocol/clientInfo': WHO, 'io.modelcontextprotocol/logLevel': 'info' }
  await one.take([
    modern(1, 'server/discover'),
    modern(2, 'tools/list'),
    modern(3, 'tools/list', {}, elicitation),
    modern(4, 'tools/call', { name: 'echo', requestState: 's' }, { ...elicitation, ...named }),
    modern(5, 'tools/call', { name: 'echo' }, { ...elicitation, ...named }),
  ])
  expect(one.told.filter(([what]) => what !== 'list')).toEqual([
    ['connected', false, true, false],
    ['introduced', {}],
    ['introduced', { elicitation: {} }],
    ['introduced', { elicitation: {} }],
    ['host', 'h'],
    ['host', 'h'],
  ])
  const [again, plain] = one.calls
  expect(again?.asker).toEqual({
    kind: 'retry',
    mode: 'form',
    host: WHO,
    retried: { requestState: 's', inputResponses: {} },
  })
  expect(plain?.asker).toEqual({ kind: 'retry', mode: 'form', host: WHO })
  expect(plain?.caller).toEqual({ capabilities: { elicitation: {} }, logLevel: 'info' })
  await one.served.close()
})

it.each([
  [{}, 'none'],
  [{ elicitation: {} }, 'form'],
  [{ elicitation: { form: {} } }, 'form'],
  [{ elicitation: { form: {}, url: {} } }, 'form'],
  [{ elicitation: { url: {} } }, 'url'],
])('a host that declares %j is asked by: %s', async (capabilities, way) => {
  const one = new Talk()
  const params = { protocolVersion: '2025-11-25', capabilities, clientInfo: WHO }
  await one.take([{ id: 1, method: 'initialize', params }, call(2, 'echo')])
  const asker = one.calls[0]?.asker
  expect(asker?.kind === 'live' ? asker.mode : asker?.kind).toBe(way)
  await one.served.close()
})

it('when the host goes, all that it waits for is cancelled and nothing more is sent', async () => {
  const one = new Talk()
  await one.take([init(1), call(2, 'slow'), call(2, 'slow'), call('2', 'slow'), call(3, 'relay')])
  const asked = one.host?.ask?.({ method: 'roots/list', params: {} }, new AbortController().signal)
  await one.settle()
  one.heard()
  one.stdin.end()
  await one.served.closed
  expect(one.calls.map(({ signal }) => signal.aborted)).toEqual([true, true, true, true])
  await expect(asked).rejects.toThrow('the host gave no answer')
  one.host?.notify('notifications/tools/list_changed')
  await one.settle()
  expect(one.heard()).toEqual([])
  await expect(
    one.host?.ask?.({ method: 'roots/list', params: {} }, new AbortController().signal),
  ).rejects.toThrow('the host gave no answer')
})

it('when we go, each listen is answered and each question is over', async () => {
  const one = new Talk()
  const listen = (id: number): Message =>
    modern(id, 'subscriptions/listen', { notifications: { resourceSubscriptions: ['a'] } })
  await one.take([listen(1), listen(2), { method: 'notifications/cancelled', params: { requestId: 1 } }])
  one.heard()
  await one.served.close()
  expect(ids(one.heard())).toEqual([2])
  expect(one.watched).toEqual(['+a', '-a'])
})

it('a question that may not be asked any more is not sent', async () => {
  const one = new Talk()
  await one.take([init(1)])
  one.heard()
  const controller = new AbortController()
  controller.abort()
  await expect(one.host?.ask?.({ method: 'roots/list', params: {} }, controller.signal)).rejects.toThrow()
  await one.settle()
  expect(one.heard()).toEqual([])
  await one.served.close()
})

it('a question that opens a page has an id up to 2025-11-25', async () => {
  const one = new Talk()
  await one.take([init(1)])
  one.heard()
  const { signal } = new AbortController()
  const ask = (params: object): void =>
    void one.host
      ?.ask?.({ method: 'elicitation/create', params: { ...params } }, signal)
      .catch(() => undefined)
  ask({ mode: 'url', url: 'x' })
  ask({ mode: 'url', url: 'x', elicitationId: 'own' })
  ask({ mode: 'form' })
  await one.settle()
  expect(one.heard().map(({ params }) => (params as { elicitationId?: unknown }).elicitationId)).toEqual([
    expect.stringMatching(/^[0-9a-f-]{36}$/),
    'own',
    undefined,
  ])
  await one.served.close()
})

it.each([
  ['as it came', '{"content":[], "a":"' + 'x'.repeat(2000) + '"}', {}],
  ['with a type', '{"resultType":"complete","a":"' + 'x'.repeat(2000) + '"}', {}],
  ['with a _meta, and so printed', '{"_meta":{"b":1}, "a":"' + 'x'.repeat(2000) + '"}', { _meta: { b: 1 } }],
  ['with nothing in it', `{${' '.repeat(2000)}}`, {}],
])('a result whose text is known is written around it: %s', async (_what, text, more) => {
  const value = JSON.parse(text) as Message
  keepText(value, text)
  const one = new Talk({ call: async () => ({ kind: 'result', result: value }) })
  await one.take([modern(1, 'tools/call', { name: 'x' })])
  const line = String(one.stdout.read())
  const server = { 'io.modelcontextprotocol/serverInfo': { name: 'sidemux', version: '7' } }
  const result = {
    ...value,
    resultType: 'complete',
    _meta: { ...server, ...('_meta' in more ? more._meta : {}) },
  }
  expect(JSON.parse(line)).toEqual({ jsonrpc: '2.0', id: 1, result })
  expect(line.includes(text.slice(0, -1))).toBe(!('_meta' in more) && Object.keys(value).length > 0)
  await one.served.close()
})

it('an answer to a question that was withdrawn is late and nothing else', async () => {
  const one = new Talk()
  await one.take([init(1)])
  const controller = new AbortController()
  const asked = one.host?.ask?.({ method: 'roots/list', params: {} }, controller.signal)
  controller.abort()
  await expect(asked).rejects.toThrow('the host gave no answer')
  await one.take([{ id: 0, result: { roots: [] } }])
  expect(one.told.filter(([what]) => what === 'error')).toEqual([])
  await one.take([{ id: 0, result: { roots: [] } }])
  expect(one.told.filter(([what]) => what === 'error')).toHaveLength(1)
  await one.served.close()
})

it.each([
  [
    [0, 1, 2],
    [0, 1, 2],
  ],
  [
    [1, 0, 2],
    [1, 0, 2],
  ],
  [
    [2, 1, 0],
    [2, 1, 0],
  ],
  [
    [1, 2, 0],
    [1, 2, 0],
  ],
])('of requests that share an id each is answered once, in whatever order: %j', async (order, expected) => {
  const { call: ending, ends } = held()
  const one = new Talk({ call: ending })
  await one.take([numbered(0), numbered(1), numbered(2)])
  for (const n of order) {
    ends[n]?.()
    await one.settle()
  }
  expect(numbers(one.heard())).toEqual(expected)
  one.stdin.write('{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"same"}}\n')
  await one.take([numbered(3)])
  ends[3]?.()
  await one.settle()
  expect(numbers(one.heard())).toEqual([3])
  await one.served.close()
})

it.each([
  [2, [0, 1]],
  [0, [1]],
])('a cancel is for the newest of them that is open, after %j was answered', async (first, rest) => {
  const { call: ending, ends } = held()
  const one = new Talk({ call: ending })
  await one.take([numbered(0), numbered(1), numbered(2)])
  ends[first]?.()
  await one.settle()
  expect(numbers(one.heard())).toEqual([first])
  await one.take([{ method: 'notifications/cancelled', params: { requestId: 'same' } }])
  for (const end of ends) end()
  await one.settle()
  expect(numbers(one.heard())).toEqual(first === 2 ? [0] : rest)
  await one.served.close()
})

it('an acknowledgement reaches a host that is slow to read, and what is told meanwhile does not', async () => {
  let agree: (agreed: boolean) => void = () => {}
  const one = new Talk({ watch: async () => new Promise((resolve) => (agree = resolve)) })
  const notifications = { toolsListChanged: true, resourceSubscriptions: ['a'] }
  // More than a pipe and the backlog hold; nobody reads yet.
  const big = 'x'.repeat(3 * 1024 * 1024)
  await one.take([
    modern(1, 'subscriptions/listen', { notifications }),
    modern(2, 'tools/call', { name: 'echo', arguments: { big } }),
    () => agree(true),
    ({ host }) => host?.notify('notifications/tools/list_changed'),
  ])
  const heard = one.heard()
  await one.settle()
  expect([...heard, ...one.heard()].map(({ id, method }) => id ?? method)).toEqual([
    2,
    'notifications/subscriptions/acknowledged',
  ])
  await one.served.close()
})

it('a host that floods has each answer, and what others wait for goes on meanwhile', async () => {
  const one = new Talk()
  const count = 20_000
  const pings = Array.from({ length: count }, (_, id) => `{"jsonrpc":"2.0","id":${id},"method":"ping"}\n`)
  one.stdin.write(pings.join(''))
  const heard: Message[] = []
  let turns = 0
  while (heard.length < count) {
    await setImmediate()
    turns += 1
    heard.push(...one.heard())
  }
  expect(ids(heard)).toEqual(Array.from({ length: count }, (_, id) => id))
  expect(turns).toBeGreaterThan(count / 100)
  await one.served.close()
})
