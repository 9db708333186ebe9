/** Hosts that skip steps, repeat ids, send junk or stop reading: each gets its answers, and nobody else loses one (promise 7). */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport as StdioClientTransport1 } from '@modelcontextprotocol/sdk/client/stdio.js'
import { HereHost } from './serve-here.ts'
import {
  APPROVE,
  CLI,
  HOSTS,
  RawHost,
  elapse,
  place,
  shared,
  textOf,
  toolbox,
  until,
  type RawMessage,
} from './support.ts'

const CHANGING = resolve(import.meta.dirname, '../servers/changing.mjs')
const WHO = { name: 'test-host', version: '1' }
const box = (options: Parameters<typeof toolbox>[0] = {}): ReturnType<typeof place> =>
  place(
    `version: 1\ndefaults: { listWait: 50s, rateLimit: 1000000/second }\nservers:\n  box: ${toolbox(options)}\n`,
  )

/** For what no server has a part in. */
const bare = (): ReturnType<typeof place> => place('version: 1\nservers: {}\n')

const line = (message: Record<string, unknown>): string =>
  `${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`
const write = (host: RawHost, bytes: string | Buffer): boolean => host.process.stdin?.write(bytes) ?? false
const echo = (text: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  method: 'tools/call',
  params: { name: 'box_echo', arguments: { text }, ...more },
})

async function answerTo(host: RawHost, id: number | string, nth = 1): Promise<RawMessage> {
  const found = (): RawMessage[] =>
    host.received.filter((message) => message.id === id && message.method === undefined)
  await until(() => found().length >= nth, `answer ${nth} to ${id}`)
  return found()[nth - 1] as RawMessage
}

const textIn = ({ result, error }: RawMessage): string =>
  result === undefined ? `error ${error?.code}: ${error?.message}` : textOf(result)

async function initialized(
  capabilities: Record<string, unknown> = {},
  version?: string,
  Kind = HereHost as typeof RawHost,
  where = box(),
): Promise<RawHost> {
  const host = new Kind(where)
  await host.initialize(capabilities, version)
  return host
}

/** For what leaves a connection as it was: a process on real pipes. */
const calm = shared(() => initialized({}, undefined, RawHost))

describe('a host that skips steps', () => {
  it('calls before it listed, without notifications/initialized', async () => {
    const host = new HereHost(box())
    const clientInfo = { name: 'raw', version: '1' }
    await host.request('initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo })
    const { result } = await host.request('tools/call', { name: 'box_echo', arguments: { text: 'early' } })
    expect(textOf(result ?? {})).toBe(':early')
  })

  it('leaves out clientInfo and capabilities, and still gets a JSON-RPC answer', async () => {
    const host = new HereHost(bare())
    const { error } = await host.request('initialize', { protocolVersion: '2025-06-18' })
    expect(error?.code).toBeLessThanOrEqual(-32600)
    expect((await host.initialize()).result).toMatchObject({ serverInfo: { name: 'sidemux' } })
  })

  it('sends everything in one chunk', async () => {
    const host = new HereHost(box())
    const clientInfo = { name: 'raw', version: '1' }
    const initialize = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo }
    write(
      host,
      line({ id: 1, method: 'initialize', params: initialize }) +
        line({ method: 'notifications/initialized' }) +
        line({ id: 2, method: 'tools/list' }) +
        line({ id: 3, ...echo('a') }) +
        line({ id: 4, ...echo('b') }),
    )
    expect((await answerTo(host, 1)).result).toMatchObject({ protocolVersion: '2025-11-25' })
    expect((await answerTo(host, 2)).result?.['tools']).not.toEqual([])
    expect([textIn(await answerTo(host, 3)), textIn(await answerTo(host, 4))]).toEqual([':a', ':b'])
  })

  it('sends byte by byte, with CRLF and an empty line between', async () => {
    const host = await calm()
    const bytes = Buffer.from(`\r\n${line({ id: 'ü', ...echo('é–漢🙂') }).trimEnd()}\r\n`)
    for (const byte of bytes) {
      write(host, Buffer.of(byte))
      await new Promise((done) => setImmediate(done))
    }
    expect(textIn(await answerTo(host, 'ü'))).toBe(':é–漢🙂')
  })
})

describe('ids', () => {
  it('zero, negative, empty, long and largest ids are answered as sent', async () => {
    const host = await calm()
    for (const id of [0, -1, 'a', '', '0', 'x'.repeat(1000), Number.MAX_SAFE_INTEGER]) {
      host.send({ id, ...echo('here') })
      expect(textIn(await answerTo(host, id))).toBe(':here')
    }
  })

  it('1 and "1" at once are two requests', async () => {
    const host = await calm()
    host.send({ id: 7_100_000, ...echo('number') })
    host.send({ id: '7100000', ...echo('string') })
    expect(textIn(await answerTo(host, 7_100_000))).toBe(':number')
    expect(textIn(await answerTo(host, '7100000'))).toBe(':string')
  })

  it('an id used again after its answer is a new request', async () => {
    const host = await calm()
    for (const [index, text] of ['first', 'second'].entries()) {
      host.send({ id: 'same', ...echo(text) })
      expect(textIn(await answerTo(host, 'same', index + 1))).toBe(`:${text}`)
    }
  })

  it('an id used again while it is under way loses neither answer', async () => {
    const host = await calm()
    await host.request('tools/list')
    host.send({
      id: 'twice',
      method: 'tools/call',
      params: { name: 'box_echo', arguments: { text: 'a', delay: 100 } },
    })
    host.send({ id: 'twice', ...echo('b') })
    await answerTo(host, 'twice', 2)
    expect(textIn(await host.request('tools/call', { name: 'box_echo', arguments: { text: 'on' } }))).toBe(
      ':on',
    )
  })
})

describe('cancelling', () => {
  it('an unknown id, an answered id and no id at all disturb nobody', async () => {
    const host = await calm()
    const done = host.start('tools/list')
    await done.answer
    for (const params of [
      { requestId: 999 },
      { requestId: done.id },
      { requestId: 'nope' },
      {},
      { requestId: null },
    ])
      host.send({ method: 'notifications/cancelled', params })
    expect(textIn(await host.request('tools/call', { name: 'box_echo', arguments: { text: 'on' } }))).toBe(
      ':on',
    )
  })

  it('a cancelled call is not answered later, and the next one is', async () => {
    const host = await calm()
    await host.request('tools/list')
    const slow = host.start('tools/call', { name: 'box_echo', arguments: { text: 'late', delay: 300 } })
    host.send({ method: 'notifications/cancelled', params: { requestId: slow.id } })
    await host.request('tools/call', { name: 'box_echo', arguments: { text: 'next', delay: 400 } })
    expect(host.received.some(({ id }) => id === slow.id)).toBe(false)
  })
})

it('progress comes under the token as sent, also 0 and empty text', async () => {
  const host = await calm()
  await host.request('tools/list')
  for (const progressToken of [0, 7, 'token', '']) {
    const params = { name: 'box_count', arguments: { to: 3 }, _meta: { progressToken } }
    expect(textIn(await host.request('tools/call', params))).toBe('counted to 3')
    const seen = host.received.filter(({ params: told }) => told?.['progressToken'] === progressToken)
    expect(seen.map(({ params: told }) => told?.['progress'])).toEqual([1, 2, 3])
  }
})

describe('what is not there', () => {
  it('each method that is not advertised is -32601', async () => {
    const host = await calm()
    for (const method of ['tasks/list', 'no/such', '', '__proto__', 'constructor'])
      expect((await host.request(method)).error?.code, method).toBe(-32601)
    expect((await host.request('ping')).result).toEqual({})
  })

  it('what no server offers is an empty list, or not found', async () => {
    const host = await calm()
    expect((await host.request('prompts/list')).result).toEqual({ prompts: [] })
    expect((await host.request('resources/list')).result).toEqual({ resources: [] })
    expect((await host.request('resources/templates/list')).result).toEqual({ resourceTemplates: [] })
    const ref = { type: 'ref/prompt', name: 'box_x' }
    const asked = await host.request('completion/complete', { ref, argument: { name: 'a', value: '' } })
    expect(asked.error?.code).toBe(-32602)
    expect((await host.request('resources/read', { uri: 'sidemux://box/x:y' })).error).toBeDefined()
    expect((await host.request('resources/read', { uri: 'file:///etc/passwd' })).error?.code).toBe(-32602)
    expect((await host.request('prompts/get', { name: 'box_x' })).error?.code).toBe(-32602)
    expect((await host.request('logging/setLevel', { level: 'loud' })).error?.code).toBe(-32602)
  })

  it('tools/list with any cursor is -32602, because there is one page', async () => {
    const host = await calm()
    for (const cursor of ['', 'x', 'eyJvZmZzZXQiOjF9'])
      expect((await host.request('tools/list', { cursor })).error?.code, cursor).toBe(-32602)
    expect((await host.request('tools/list')).result?.['nextCursor']).toBeUndefined()
  })

  it('tools/call with params of the wrong shape is a short JSON-RPC error, never silence', async () => {
    const host = await calm()
    const box_echo = { name: 'box_echo' }
    const odd = [undefined, null, [], 'x', { arguments: {} }, { name: 1 }, { ...box_echo, arguments: [1] }]
    for (const [index, params] of [...odd, { ...box_echo, arguments: 'x' }].entries()) {
      host.send({ id: `odd${index}`, method: 'tools/call', params } as RawMessage)
      const { error } = await answerTo(host, `odd${index}`)
      expect(error?.code, `case ${index}`).toBeLessThanOrEqual(-32600)
      expect(error?.message.length).toBeLessThan(300)
    }
    expect(textIn(await host.request('tools/call', { name: 'box_echo', arguments: { text: 'on' } }))).toBe(
      ':on',
    )
  })

  it('an unknown notification is let go', async () => {
    const host = await calm()
    host.send({ method: 'notifications/unheard-of', params: { x: 1 } })
    expect((await host.request('ping')).result).toEqual({})
  })
})

describe('junk on the line', () => {
  const JUNK = ['hello', '{', '{"jsonrpc":"2.0",', '[]', 'null', '42', '""', '{}', '\u0000\u0001', '\u2028']
  it('lines that are no message cost nobody an answer', async () => {
    const host = await calm()
    await host.request('tools/list')
    for (const junk of [...JUNK.map((text) => Buffer.from(text)), Buffer.from([0xff, 0xfe, 0x80])]) {
      const call = host.start('tools/call', { name: 'box_echo', arguments: { text: 'on', delay: 20 } })
      write(host, Buffer.concat([junk, Buffer.from('\n')]))
      expect(textIn(await call.answer), junk.toString()).toBe(':on')
    }
  })

  it('requests that are not of JSON-RPC 2.0 are answered with -32600 instead of silence', async () => {
    const host = await calm()
    for (const [index, odd] of [
      { jsonrpc: '1.0' },
      { jsonrpc: undefined },
      { method: 7 },
      { params: 7 },
    ].entries()) {
      const message = { jsonrpc: '2.0', id: `o${index}`, method: 'ping', ...odd }
      write(host, `${JSON.stringify(message)}\n`)
      expect((await answerTo(host, `o${index}`)).error?.code).toBe(-32600)
    }
  })

  it('null in the place of arguments is none, as servers of the SDKs take it', async () => {
    const host = await calm()
    await host.request('tools/list')
    const { result, error } = await host.request('tools/call', { name: 'box_echo', arguments: null })
    expect(error).toBeUndefined()
    expect(result).toMatchObject({ content: expect.any(Array) })
  })

  it('a batch is refused with an answer to each of its requests, and the connection goes on', async () => {
    const host = await initialized({}, '2025-03-26', HereHost, bare())
    const [first, second] = [501, 'b'].map((id) => line({ id, method: 'ping' }).trim())
    write(host, `[${first},${line({ method: 'notifications/cancelled' }).trim()},${second}]\n`)
    expect((await host.request('ping')).result).toEqual({})
    const answers = [await answerTo(host, 501), await answerTo(host, 'b')]
    expect(answers.map(({ error }) => error?.code)).toEqual([-32600, -32600])
    expect(answers.every(({ error }) => error?.message.includes('batch'))).toBe(true)
  })

  it('a request of 12 MiB is refused with an error for its id; those under way are answered', async () => {
    const host = await calm()
    await host.request('tools/list')
    const other = host.start('tools/call', { name: 'box_echo', arguments: { text: 'on', delay: 200 } })
    const big = echo('x'.repeat(12 * 1024 * 1024))
    write(host, line({ id: 'first', ...big }))
    write(host, `${JSON.stringify({ ...big, jsonrpc: '2.0', id: 'last' })}\n`)
    for (const id of ['first', 'last']) {
      const { error } = await answerTo(host, id)
      expect(error?.code).toBe(-32600)
      expect(error?.message).toMatch(/10 MiB/)
    }
    expect(textIn(await other.answer)).toBe(':on')
  })

  it('a request of 9 MiB crosses', async () => {
    const host = await calm()
    await host.request('tools/list')
    const { result } = await host.request('tools/call', {
      name: 'box_echo',
      arguments: { text: 'x'.repeat(9 * 1024 * 1024) },
    })
    expect(textOf(result ?? {}).length).toBe(9 * 1024 * 1024 + 1)
  })

  it('a request without an end of line is dropped at the end of input, and the exit is clean', async () => {
    const host = await initialized({}, undefined, RawHost, bare())
    host.process.stdin?.end('{"jsonrpc":"2.0","id":9,"method":"pi')
    expect(await host.exited()).toEqual({ code: 0, signal: null })
    expect(host.stderr()).not.toMatch(/\n\s+at /)
  })
})

it('a host that does not read for a while during 1,000 calls gets every answer once', async () => {
  const host = await calm()
  await host.request('tools/list')
  host.process.stdout?.pause()
  const padding = 'y'.repeat(5000)
  const calls = Array.from({ length: 1000 }, (_, index) =>
    host.start('tools/call', { name: 'box_echo', arguments: { text: `${index}${padding}` } }),
  )
  await pause(1000)
  host.process.stdout?.resume()
  const texts = await Promise.all(calls.map(async ({ answer }) => textIn(await answer)))
  expect(texts.map((text) => text.replace(padding, ''))).toEqual(calls.map((_, index) => `:${index}`))
  expect(calls.filter(({ id }) => host.answers.get(id) !== 1)).toEqual([])
})

it('ping is answered while calls run', async () => {
  const host = await calm()
  await host.request('tools/list')
  const slow = host.start('tools/call', { name: 'box_echo', arguments: { text: 'x', delay: 500 } })
  const ping = host.start('ping')
  expect((await ping.answer).result).toEqual({})
  expect(textIn(await slow.answer)).toBe(':x')
  // By their order, for a busy host may read both at once.
  const order = host.received.map(({ id }) => id)
  expect(order.indexOf(ping.id)).toBeLessThan(order.indexOf(slow.id))
})

describe('both eras on one connection', () => {
  it('server/discover first, then initialize: the session is of the older era', async () => {
    const host = new HereHost(box())
    expect((await host.modern('server/discover')).result).toMatchObject({ resultType: 'complete' })
    expect((await host.initialize({}, '2025-11-25')).result).toMatchObject({ protocolVersion: '2025-11-25' })
    expect(textIn(await host.request('tools/call', { name: 'box_echo', arguments: { text: 'x' } }))).toBe(
      ':x',
    )
  })

  it('a version that nobody knows is answered with those that are known', async () => {
    const host = new HereHost(bare())
    expect((await host.initialize({}, '1999-01-01')).result?.['protocolVersion']).toMatch(/^202\d-/)
  })

  it('a request of 2026-07-28 without its envelope is -32602 or legacy, never a hang', async () => {
    const host = new HereHost(bare())
    await host.modern('server/discover')
    await host.modern('tools/list')
    const { error } = await host.request('tools/list')
    expect(error?.code).toBeLessThanOrEqual(-32600)
  })
})

describe('list_changed', () => {
  /** One server comes when it is let, which is after the first list. */
  const late = (): { where: ReturnType<typeof place>; letCome: () => void } => {
    const dir = join(place('').out, 'slow')
    mkdirSync(dir)
    const file = join(dir, 'lists.json')
    writeFileSync(
      file,
      JSON.stringify({ held: true, tools: [{ name: 'view', inputSchema: { type: 'object' } }] }),
    )
    const slow = JSON.stringify({ command: 'node', args: [CHANGING, file] })
    const where = place(`version: 1\ndefaults: { listWait: 100ms }\nservers:\n  slow: ${slow}\n`)
    return { where, letCome: () => writeFileSync(`${file}.go`, '') }
  }
  const servers = ({ result }: RawMessage): string[] => {
    const tools = (result?.['tools'] ?? []) as { name: string }[]
    return [...new Set(tools.map(({ name }) => name.split('_')[0] ?? ''))]
  }

  it('comes in the older eras when a slow server is up at last, and the list has it then', async () => {
    const { where, letCome } = late()
    const host = new HereHost(where)
    await host.initialize()
    expect(servers(await host.request('tools/list'))).not.toContain('slow')
    letCome()
    const changed = (): boolean =>
      host.received.some(({ method }) => method === 'notifications/tools/list_changed')
    await until(
      async () => changed() && servers(await host.request('tools/list')).includes('slow'),
      'list_changed, and the slow server listed',
    )
  })

  it('comes through subscriptions/listen in 2026-07-28, and only there', async () => {
    const { where, letCome } = late()
    const host = new HereHost(where)
    const heard = (method: string): boolean => host.received.some((message) => message.method === method)
    await host.modern('server/discover')
    void host.modern('subscriptions/listen', { notifications: { toolsListChanged: true } })
    await until(() => heard('notifications/subscriptions/acknowledged'), 'it is subscribed')
    letCome()
    await until(() => heard('notifications/tools/list_changed'), 'list_changed on the subscription')
    const told = host.received.find(({ method }) => method === 'notifications/tools/list_changed')
    expect(JSON.stringify(told?.params)).toContain('io.modelcontextprotocol/subscriptionId')
  })

  it('is not sent to a host of 2026-07-28 that did not subscribe', async () => {
    const { where, letCome } = late()
    const host = new HereHost(where)
    await host.modern('server/discover')
    letCome()
    await until(
      async () => servers(await host.modern('tools/list')).includes('slow'),
      'the slow server is listed',
    )
    expect(host.received.filter(({ method }) => method !== undefined)).toEqual([])
  })
})

describe('hosts that can ask their user', () => {
  it.each(['2025-06-18', '2025-11-25'])(
    '%s: a form with the question, and the yes runs it once',
    async (version) => {
      const host = await initialized({ elicitation: {} }, version)
      const asked: RawMessage[] = []
      host.onRequest = async (message) => {
        asked.push(message)
        elapse(host.where)
        host.send({ id: message.id ?? 0, result: { ...APPROVE } })
      }
      expect(
        textIn(await host.request('tools/call', { name: 'box_delete_thing', arguments: { id: '7' } })),
      ).toBe('deleted 7')
      expect(asked.map(({ method }) => method)).toEqual(['elicitation/create'])
      expect(asked[0]?.params?.['message']).toContain('delete_thing')
    },
  )

  it('a host with URL mode only is not sent a form', async () => {
    const host = await initialized({ elicitation: { url: {} } }, '2025-11-25')
    const { result } = await host.request('tools/call', { name: 'box_delete_thing', arguments: { id: '7' } })
    expect(result?.['isError']).toBe(true)
    expect(host.received.filter(({ method }) => method === 'elicitation/create')).toEqual([])
  })

  const ODD_ANSWERS: Record<string, unknown>[] = [
    { error: { code: -32601, message: 'Method not found' } },
    { result: { action: 'maybe' } },
    {},
    { result: { action: 'accept' } },
    { result: { action: 'accept', content: { decision: 'yes' } } },
    { result: 'accept' },
  ]
  const brief = shared(async () => {
    const where = place(`version: 1\napprovals: { wait: 800ms }\nservers:\n  box: ${toolbox()}\n`)
    const host = new HereHost(where)
    await host.initialize({ elicitation: {} })
    return host
  })
  it.each(ODD_ANSWERS)('answers the question with %j: not executed, said so, no hang', async (reply) => {
    const host = await brief()
    let questions = 0
    host.onRequest = ({ id }) => {
      questions += 1
      host.send({ id: id ?? 0, ...reply })
    }
    const args = { id: JSON.stringify(reply) }
    const { result } = await host.request('tools/call', { name: 'box_delete_thing', arguments: args })
    expect(questions).toBe(1)
    expect(result?.['isError']).toBe(true)
    expect(textOf(result ?? {})).toMatch(/^sidemux: not executed: [^]+\nhint: /)
  })

  it('disconnects during a question: not executed, and everything ends', async () => {
    const host = await initialized({ elicitation: {} })
    host.onRequest = () => host.process.stdin?.end()
    void host.request('tools/call', { name: 'box_delete_thing', arguments: { id: '7' } })
    expect(await host.exited()).toEqual({ code: 0, signal: null })
    expect(host.stderr()).not.toMatch(/\n\s+at /)
  })
})

it('names a revision that nobody knows on a settled connection: refused, with those that there are', async () => {
  const host = new HereHost(bare())
  await host.modern('tools/list')
  const { error } = await host.request('tools/list', {
    _meta: {
      'io.modelcontextprotocol/protocolVersion': 'v999.0.0',
      'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': {},
    },
  })
  expect(error).toMatchObject({
    code: -32022,
    data: { supported: ['2026-07-28'], requested: 'v999.0.0' },
  })
  expect((await host.modern('tools/list')).error).toBeUndefined()
})

// Of each SDK, and in each era.
it.each(HOSTS.filter(([name]) => !name.includes('2025-11-25')))(
  '%s: a closed host connection ends the sidecar with code 0 and no words',
  async (_name, connect) => {
    const host = await connect(box())
    await host.tools()
    await host.close()
    expect(host.stderr()).toBe('')
  },
)

describe.skipIf(process.platform === 'win32')(
  'a host on an SDK bears the error without an id that junk gets',
  () => {
    const junk = String.raw`junk\n{"jsonrpc":"2.0","id":null,"method":"ping"}\n[]\n`
    const behindJunk = ({ config, env }: ReturnType<typeof place>): StdioParameters => ({
      command: 'sh',
      args: ['-c', `{ printf '${junk}'; cat; } | '${process.execPath}' '${CLI}' serve --config '${config}'`],
      env,
    })
    interface StdioParameters {
      command: string
      args: string[]
      env: Record<string, string>
    }

    it.each([
      ['1.32', (where: StdioParameters) => [new Client1(WHO), new StdioClientTransport1(where)] as const],
      ['2.4', (where: StdioParameters) => [new Client(WHO), new StdioClientTransport(where)] as const],
    ])('%s', async (_version, make) => {
      const [client, transport] = make(behindJunk(box()))
      await client.connect(transport)
      onTestFinished(() => client.close())
      const result = await client.callTool({ name: 'box_echo', arguments: { text: 'hi' } })
      expect(textOf(result)).toBe(':hi')
    })
  },
)
