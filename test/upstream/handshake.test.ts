/**
 * What a server sees of us in each situation of a handshake, and of a session in either era: situation -> lines written.
 * `lines` are the methods, in order, with what is special to the situation.
 */
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { NoAnswer } from '../../src/upstream/session/no-answer.ts'
import { Connection, type RequestOptions } from '../../src/upstream/session/connection.ts'
import { TOOLS } from '../../src/upstream/session/lists/lists.ts'
import { RpcError } from '../../src/wire/rpc-error.ts'
import { version } from '../../src/version.ts'
import { ScriptedLink } from './scripted-link.ts'

type Message = Readonly<Record<string, unknown>>
type Said = object | 'end' | undefined

const CAPABILITIES = { roots: { listChanged: true }, sampling: {} }
const CLIENT = { name: 'sidemux', version }
const envelope = (capabilities: object = CAPABILITIES): object => ({
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': CLIENT,
  'io.modelcontextprotocol/clientCapabilities': capabilities,
})

const INITIALIZED = {
  protocolVersion: '2025-11-25',
  capabilities: { tools: {} },
  serverInfo: { name: 'x', version: '1' },
}
const DISCOVERED = {
  resultType: 'complete',
  ttlMs: 0,
  cacheScope: 'private',
  supportedVersions: ['2026-07-28'],
  capabilities: { tools: { listChanged: true } },
}
const NOT_FOUND = { error: { code: -32_601, message: 'Method not found' } }
const initialized = (change: object = {}): object => ({ result: { ...INITIALIZED, ...change } })
const discovered = (change: object = {}): object => ({ result: { ...DISCOVERED, ...change } })
const refused = (...supported: readonly string[]): object => ({
  error: { code: -32_022, message: 'x', data: { supported } },
})
const listed = { result: { resultType: 'complete', tools: [] } }

/** A server that answers each method as it is written there, the second time with the second of several. */
function server(
  answers: Readonly<Record<string, Said | readonly Said[]>>,
  pid: number | null = 7,
): ScriptedLink {
  const asked = new Map<string, number>()
  return new ScriptedLink(
    ({ id, method }) => {
      const name = String(method)
      const at = asked.get(name) ?? 0
      asked.set(name, at + 1)
      const all = answers[name]
      const said = Array.isArray(all) ? (all as readonly Said[])[at] : all
      if (said === 'end' || said === undefined) return said
      return [{ id, ...said }]
    },
    { pid },
  )
}

async function open(link: ScriptedLink, era?: string): Promise<Connection> {
  const connection = new Connection(link, {
    era,
    probeTimeoutMs: 30,
    timeoutMs: 2000,
    signal: new AbortController().signal,
    capabilities: CAPABILITIES,
    news: {
      onListChanged: () => undefined,
      onLog: () => undefined,
      onResourceUpdated: () => undefined,
      onElicitationComplete: () => undefined,
    },
  })
  await connection.open()
  return connection
}

const PROBE = {
  jsonrpc: '2.0',
  id: 'server-discover-probe-1',
  method: 'server/discover',
  params: { _meta: envelope() },
}
const AGAIN = { ...PROBE, id: 'server-discover-probe-2' }
const INITIALIZE = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: CAPABILITIES, clientInfo: CLIENT },
}
const DONE = { jsonrpc: '2.0', method: 'notifications/initialized' }
const LIST = { jsonrpc: '2.0', id: 0, method: 'tools/list', params: { _meta: envelope() } }
const DISCOVER = { jsonrpc: '2.0', id: 1, method: 'server/discover', params: { _meta: envelope() } }
const OLDER = [PROBE, INITIALIZE, DONE]

describe('a handshake that succeeds', () => {
  it.each<
    [string, Readonly<Record<string, Said | readonly Said[]>>, string | undefined, readonly object[], string]
  >([
    [
      'of the older era',
      { 'server/discover': NOT_FOUND, initialize: initialized() },
      undefined,
      OLDER,
      '2025-11-25',
    ],
    ['silent on the probe', { initialize: initialized() }, undefined, OLDER, '2025-11-25'],
    ['of 2026-07-28', { 'server/discover': discovered() }, undefined, [PROBE], '2026-07-28'],
    [
      'without a kind of result',
      { 'server/discover': discovered({ resultType: undefined }) },
      undefined,
      [PROBE],
      '2026-07-28',
    ],
    [
      'of newer versions only, by discover',
      { 'server/discover': discovered({ supportedVersions: ['2027-01-01'] }), initialize: initialized() },
      undefined,
      OLDER,
      '2025-11-25',
    ],
    [
      'whose versions are no list',
      { 'server/discover': discovered({ supportedVersions: '2026-07-28' }), initialize: initialized() },
      undefined,
      OLDER,
      '2025-11-25',
    ],
    [
      'that answers the probe with text',
      { 'server/discover': { result: 'x' }, initialize: initialized() },
      undefined,
      OLDER,
      '2025-11-25',
    ],
    [
      'that refuses the probe and names older versions',
      { 'server/discover': refused('2025-11-25'), initialize: initialized() },
      undefined,
      OLDER,
      '2025-11-25',
    ],
    [
      'that refuses the probe once',
      { 'server/discover': [refused('2026-07-28'), discovered()] },
      undefined,
      [PROBE, AGAIN],
      '2026-07-28',
    ],
    [
      'that refuses it, and then knows it no more',
      { 'server/discover': [refused('2026-07-28'), NOT_FOUND], initialize: initialized() },
      undefined,
      [PROBE, AGAIN, INITIALIZE, DONE],
      '2025-11-25',
    ],
    [
      'of an old version',
      { 'server/discover': NOT_FOUND, initialize: initialized({ protocolVersion: '2024-10-07' }) },
      undefined,
      OLDER,
      '2024-10-07',
    ],
    [
      'that declares nothing',
      { 'server/discover': NOT_FOUND, initialize: initialized({ capabilities: undefined }) },
      undefined,
      OLDER,
      '2025-11-25',
    ],
    ['remembered as older', { initialize: initialized() }, 'legacy', [INITIALIZE, DONE], '2025-11-25'],
    [
      'remembered as of 2026-07-28',
      { 'tools/list': listed, 'server/discover': discovered() },
      '2026-07-28',
      [LIST, DISCOVER],
      '2026-07-28',
    ],
    [
      'remembered, and without tools',
      { 'tools/list': NOT_FOUND, 'server/discover': discovered() },
      '2026-07-28',
      [LIST, DISCOVER],
      '2026-07-28',
    ],
  ])('%s', async (_, answers, era, lines, agreed) => {
    const link = server(answers)
    const connection = await open(link, era)
    expect(link.lines).toEqual(lines)
    expect([connection.protocolVersion, connection.modern, connection.era]).toEqual([
      agreed,
      agreed === '2026-07-28',
      agreed === '2026-07-28' ? agreed : 'legacy',
    ])
  })
})

const none = (reason: object): object => new NoAnswer(reason as never)

describe('a handshake that fails', () => {
  it.each<
    [string, Readonly<Record<string, Said | readonly Said[]>>, string | undefined, readonly object[], unknown]
  >([
    [
      'newer versions only',
      { 'server/discover': refused('2027-01-01', '2026-12-01') },
      undefined,
      [PROBE],
      { names: '2027-01-01, 2026-12-01' },
    ],
    [
      'what it names it refuses',
      { 'server/discover': refused('2026-07-28') },
      undefined,
      [PROBE, AGAIN],
      { names: '2026-07-28' },
    ],
    ['gone on the probe', { 'server/discover': 'end' }, undefined, [PROBE], none({ how: 'gone' })],
    [
      'gone on initialize',
      { 'server/discover': NOT_FOUND, initialize: 'end' },
      undefined,
      [PROBE, INITIALIZE],
      none({ how: 'gone' }),
    ],
    [
      'an unknown version',
      { initialize: initialized({ protocolVersion: '1999-01-01' }) },
      'legacy',
      [INITIALIZE],
      { names: '1999-01-01' },
    ],
    [
      'initialize with the newer version',
      { initialize: initialized({ protocolVersion: '2026-07-28' }) },
      'legacy',
      [INITIALIZE],
      { names: '2026-07-28' },
    ],
    ['no version', { initialize: { result: {} } }, 'legacy', [INITIALIZE], none({ how: 'odd' })],
    [
      'a version that is a number',
      { initialize: initialized({ protocolVersion: 5 }) },
      'legacy',
      [INITIALIZE],
      none({ how: 'odd' }),
    ],
    [
      'text',
      { initialize: { result: 'hello' } },
      'legacy',
      [INITIALIZE],
      none({ how: 'bad', why: 'with a result that is not an object', failing: {} }),
    ],
    [
      'an error',
      { initialize: { error: { code: -32_000, message: 'license' } } },
      'legacy',
      [INITIALIZE],
      new RpcError(-32_000, 'license'),
    ],
    [
      'a remembered era that it answers in the older way',
      { 'tools/list': { result: { tools: [] } } },
      '2026-07-28',
      [LIST, DISCOVER],
      none({ how: 'odd' }),
    ],
    [
      'a remembered era in which a list fails',
      { 'tools/list': { error: { code: -1, message: 'x' } } },
      '2026-07-28',
      [LIST, DISCOVER],
      none({ how: 'odd' }),
    ],
    [
      'a remembered era that it names no more',
      { 'tools/list': listed, 'server/discover': discovered({ supportedVersions: ['2027-01-01'] }) },
      '2026-07-28',
      [LIST, DISCOVER],
      none({ how: 'odd' }),
    ],
    [
      'a remembered era without discover',
      { 'tools/list': listed, 'server/discover': NOT_FOUND },
      '2026-07-28',
      [LIST, DISCOVER],
      new RpcError(-32_601, 'Method not found'),
    ],
    ['a remembered era that nobody knows', {}, '2031-01-01', [], none({ how: 'odd' })],
  ])('%s', async (_, answers, era, lines, expected) => {
    const link = server(answers)
    const error: unknown = await open(link, era).catch((one: unknown) => one)
    expect(error).toMatchObject(
      expected instanceof NoAnswer ? { reason: expected.reason } : (expected as object),
    )
    expect(link.lines).toEqual(lines)
    expect(link.gone).toBe(true)
  })

  it('a remote server that is silent on the probe is away, and not of the older era', async () => {
    const link = server({}, null)
    await expect(open(link)).rejects.toMatchObject({ reason: { how: 'late' } })
    expect(link.lines).toEqual([PROBE])
  })
})

describe('a server that is slow to start is known by what it says to initialize', () => {
  it('its answer to the probe comes too late', async () => {
    const link = server({ initialize: initialized() })
    const connection = await open(link)
    void link.says({ id: 'server-discover-probe-1', ...discovered({ capabilities: {} }) })
    expect([connection.provedModern, connection.era, connection.capabilities]).toEqual([
      true,
      undefined,
      { tools: {} },
    ])
  })

  it.each([
    [refused('2026-07-28'), true],
    [refused('2025-11-25'), false],
    [{ error: { code: -32_022, message: 'x', data: { supported: '2026-07-28' } } }, false, NOT_FOUND],
    [{ error: { code: -32_602, message: 'x', data: { supported: ['2026-07-28'] } } }, false, NOT_FOUND],
    [NOT_FOUND, true, discovered()],
    [NOT_FOUND, false],
  ])('%j: %s', async (answer, proved, afterIt?: Said) => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    // What it says of the probe comes when `initialize` was refused already.
    const late = typeof afterIt === 'object' ? [{ id: 'server-discover-probe-1', ...afterIt }] : []
    const link = new ScriptedLink(({ id, method }) => {
      if (method !== 'initialize') return undefined
      setTimeout(() => void link.says(...late), 20)
      return [{ id, ...answer }]
    })
    const connection = new Connection(link, {
      era: undefined,
      probeTimeoutMs: 10,
      timeoutMs: 2000,
      signal: new AbortController().signal,
      capabilities: {},
      news: {} as never,
    })
    const opened = expect(connection.open()).rejects.toThrow()
    // Longer than it is waited for.
    await vi.advanceTimersByTimeAsync(1100)
    await opened
    expect(connection.provedModern).toBe(proved)
  })
})

const CALL = { method: 'tools/call', params: { name: 'x', arguments: { a: 1 } } }
const CALLER = { capabilities: { elicitation: { form: {} } }, logLevel: 'info' }
const options = (more: Partial<RequestOptions> = {}): RequestOptions => ({
  signal: new AbortController().signal,
  timeoutMs: 2000,
  caller: CALLER,
  ...more,
})
const CONTENT = { result: { resultType: 'complete', content: [] } }
const RESUMED = {
  from: { kind: 'state', requestState: 's' },
  inputResponses: { q: { action: 'accept' } },
} as const

describe.each([
  ['of the older era', { 'server/discover': NOT_FOUND, initialize: initialized() }, 1, 3, {}],
  [
    'of 2026-07-28',
    { 'server/discover': discovered() },
    0,
    1,
    { ...envelope(CALLER.capabilities), 'io.modelcontextprotocol/logLevel': 'info' },
  ],
])('a server %s is sent', (_, answers, id, before, along) => {
  const isModern = before === 1
  const ours = isModern ? { _meta: envelope() } : {}
  const session = async (
    more: Readonly<Record<string, Said>>,
    act: (connection: Connection, link: ScriptedLink) => Promise<unknown>,
  ): Promise<readonly Message[]> => {
    const link = server({ ...answers, ...more })
    const connection = await open(link)
    await act(connection, link)
    return link.lines.slice(before)
  }
  const call = (meta: object = {}, more: object = {}): object => ({
    jsonrpc: '2.0',
    id,
    method: 'tools/call',
    params: { ...CALL.params, ...more, _meta: { ...along, ...meta, progressToken: id } },
  })

  it('a call, with its token', async () => {
    expect(await session({ 'tools/call': CONTENT }, async (it) => it.request(CALL, options()))).toEqual([
      call(),
    ])
  })

  it('the metadata of the caller, but what is of our hop', async () => {
    const meta = { a: 1, progressToken: 9, 'io.modelcontextprotocol/x': 1 }
    const lines = await session({ 'tools/call': CONTENT }, async (it) => it.request(CALL, options({ meta })))
    expect(lines).toEqual([call({ a: 1 })])
  })

  it('answers that it has waited for', async () => {
    const lines = await session({ 'tools/call': CONTENT }, async (it) =>
      it.request(CALL, options({ resumed: RESUMED })),
    )
    expect(lines).toEqual([call({}, { inputResponses: RESUMED.inputResponses, requestState: 's' })])
  })

  it.each([
    ['timed out', () => ({ timeoutMs: 20 }), { kind: 'timeout', afterMs: 20 }],
    ['cancelled', () => ({ signal: AbortSignal.timeout(20) }), { kind: 'cancelled' }],
  ])('that a call was %s', async (reason, more, reply) => {
    const lines = await session({}, async (it) =>
      expect(await it.request(CALL, options(more()))).toEqual(reply),
    )
    expect(lines).toEqual([
      call(),
      { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id, reason, ...ours } },
    ])
  })

  it('nothing of a call that was cancelled before', async () => {
    const signal = AbortSignal.abort()
    expect(await session({}, async (it) => it.request(CALL, options({ signal })))).toEqual([])
  })

  it('a list by its cursors, and that it waits no more', async () => {
    const page = { result: { resultType: 'complete', tools: [], nextCursor: 'n' } }
    const list = async (it: Connection): Promise<unknown> =>
      it.list(TOOLS, new AbortController().signal, { firstMs: 2000, laterMs: 2000 })
    const params = (more: object): object =>
      isModern || Object.keys(more).length > 0 ? { params: { ...more, ...ours } } : {}
    expect(await session({ 'tools/list': page }, list)).toEqual([
      { jsonrpc: '2.0', id, method: 'tools/list', ...params({}) },
      { jsonrpc: '2.0', id: id + 1, method: 'tools/list', ...params({ cursor: 'n' }) },
    ])
    const late = await session({}, async (it) =>
      expect(
        it.list(TOOLS, new AbortController().signal, { firstMs: 20, laterMs: 20 }),
      ).rejects.toMatchObject({ reason: { how: 'late' } }),
    )
    expect(late.at(-1)).toEqual({
      jsonrpc: '2.0',
      method: 'notifications/cancelled',
      params: { requestId: id, reason: 'timed out', ...ours },
    })
  })

  it('that the roots have changed, where that is of its era', async () => {
    const line = { jsonrpc: '2.0', method: 'notifications/roots/list_changed' }
    expect(await session({}, async (it) => it.rootsChanged())).toEqual(isModern ? [] : [line])
  })
})

it('a server that was told of no roots is told of no changes', async () => {
  const link = server({ initialize: initialized() })
  const connection = new Connection(link, {
    era: 'legacy',
    probeTimeoutMs: 10,
    timeoutMs: 2000,
    signal: new AbortController().signal,
    capabilities: {},
    news: {} as never,
  })
  await connection.open()
  connection.rootsChanged()
  expect(link.lines).toHaveLength(2)
})

describe('a subscription', () => {
  const id = 'listen:0'
  const meta = { _meta: { 'io.modelcontextprotocol/subscriptionId': id } }
  const ack = { method: 'notifications/subscriptions/acknowledged', params: { ...meta, notifications: {} } }
  const asked = {
    jsonrpc: '2.0',
    id,
    method: 'subscriptions/listen',
    params: { _meta: envelope(), notifications: { toolsListChanged: true } },
  }
  const cancelled = {
    jsonrpc: '2.0',
    method: 'notifications/cancelled',
    params: { requestId: id, _meta: envelope() },
  }
  const listening = (said: readonly object[]): ScriptedLink =>
    new ScriptedLink(({ id: asks, method }) => {
      if (method === 'server/discover') return [{ id: asks, ...discovered() }]
      return method === 'subscriptions/listen' ? said : undefined
    })

  it.each<[string, readonly object[], 'closes' | 'ends' | undefined, string, readonly object[]]>([
    ['that is closed here', [ack], 'closes', 'local', [cancelled]],
    ['that the server ends', [ack, { id, result: {} }], undefined, 'graceful', []],
    [
      'that the server cancels',
      [ack, { method: 'notifications/cancelled', params: { requestId: id } }, { id, result: {} }],
      undefined,
      'remote',
      [],
    ],
    ['that the server answers with an error', [ack, { id, ...NOT_FOUND }], undefined, 'remote', []],
    ['of a server that goes', [ack], 'ends', 'remote', []],
  ])('%s', async (_, said, act, how, lines) => {
    const link = listening(said)
    const connection = await open(link)
    const subscription = await connection.listen({ toolsListChanged: true }, 2000)
    if (act === 'closes') subscription.close()
    if (act === 'ends') await link.close()
    expect(await subscription.closed).toBe(how)
    expect(link.lines.slice(1)).toEqual([asked, ...lines])
    expect(link.bad).toEqual([])
  })

  it.each<[string, readonly object[], object, readonly object[]]>([
    ['is not acknowledged in time', [], { reason: { how: 'late' } }, [cancelled]],
    ['is refused', [{ id, ...NOT_FOUND }], { code: -32_601 }, []],
    ['is answered at once', [{ id, result: {} }], { reason: { how: 'gone' } }, []],
  ])('that %s is none', async (_, said, error, lines) => {
    const link = listening(said)
    const connection = await open(link)
    await expect(connection.listen({ toolsListChanged: true }, 20)).rejects.toMatchObject(error)
    expect(link.lines.slice(1)).toEqual([asked, ...lines])
  })

  it('has an id of its own each time', async () => {
    const link = listening([])
    const connection = await open(link)
    await Promise.allSettled([connection.listen({}, 10), connection.listen({}, 10)])
    expect(link.lines.slice(1).map((line) => line['id'] ?? line['method'])).toEqual([
      'listen:0',
      'listen:1',
      'notifications/cancelled',
      'notifications/cancelled',
    ])
  })
})
