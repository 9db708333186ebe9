/** Promises 2 and 3 against a server that leaks through everything that is relayed, and a host or model that helps it. */
import { describe, expect, it } from 'vitest'
import { atEnd, everythingIn, shared, until, type RawHost } from '../e2e/support.ts'
import {
  asking,
  den,
  ERAS,
  form,
  MORE,
  newHost,
  oldHost,
  page,
  run,
  sample,
  SERVER_OF,
  SIBLINGS,
  TOKEN,
  type Den,
} from './relay.ts'

const b64 = (text: string): string => Buffer.from(text).toString('base64').replace(/=+$/, '').slice(0, -1)

/** Everything that left the sidecar: to the host, on stderr, into its files. */
async function left(where: Den, host: RawHost): Promise<string> {
  await new Promise((settled) => {
    setTimeout(settled, 200)
  })
  host.process.stdin?.end()
  await host.exited()
  return JSON.stringify(host.received) + host.stderr() + everythingIn(where.state)
}

/** As long as it runs; what comes at its end is looked at then (`faces`). */
async function leftSoFar(where: Den, host: RawHost): Promise<string> {
  await new Promise((settled) => {
    setTimeout(settled, 200)
  })
  return JSON.stringify(host.received) + host.stderr() + everythingIn(where.state)
}

function clean(all: string, ...values: readonly string[]): void {
  for (const value of values)
    for (const trace of [value, encodeURIComponent(value), b64(value), Buffer.from(value).toString('hex')])
      expect(all.includes(trace), trace).toBe(false)
}

/** A server of each era, another one, and an honest sibling, with a host of each era that faces them all. */
const makeFaces = shared(async () => {
  const entry = { sampling: 'allow' }
  const where = den({
    says: { capabilities: { tools: {}, resources: { subscribe: true }, completions: {}, logging: {} } },
    entry,
    more: { two: { era: 'modern', entry }, third: { era: 'legacy', entry } },
    sib: true,
  })
  const host = await oldHost(where)
  atEnd(async () => clean(await left(where, host), TOKEN, MORE))
  const modern = await newHost(where)
  atEnd(async () => clean(await left(where, modern.raw), TOKEN, MORE))
  return { where, host, modern }
})
async function faces() {
  const made = await makeFaces()
  made.where.forget()
  made.host.received.length = 0
  made.modern.raw.received.length = 0
  made.host.onRequest = () => undefined
  return made
}

const LEAKS = [
  {
    send: {
      method: 'notifications/message',
      params: {
        level: 'error',
        logger: '%TOKEN%',
        data: { a: '%TOKEN%', '%TOKEN%': 1 },
        _meta: { x: '%TOKEN%' },
      },
    },
  },
  { send: { method: 'notifications/message', params: { level: 'error', data: `x ${TOKEN} y` } } },
  {
    send: {
      method: 'notifications/progress',
      params: { progressToken: '%PT%', progress: 1, message: '%TOKEN%' },
    },
  },
  { send: { method: 'notifications/elicitation/complete', params: { elicitationId: '%TOKEN%' } } },
  { send: { method: 'notifications/resources/updated', params: { uri: 'memo:%TOKEN%' } } },
]
const CALL = { name: 'evil_get_run', arguments: {}, _meta: { progressToken: 'p' } }

describe('notifications of a server hold nothing in clear (promise 3)', () => {
  const steps = [...LEAKS, { wait: 100 }]
  const bare = JSON.parse(JSON.stringify(steps).replaceAll(TOKEN, '%TOKEN%')) as typeof steps

  const NOT_ASKED = 4

  it.each(ERAS)('to a host of 2025-11-25, from a server of the era %s', async (era) => {
    const { where, host } = await faces()
    await host.request('tools/call', {
      ...CALL,
      name: `${SERVER_OF[era]}_get_run`,
      arguments: { steps: bare },
    })
    expect(host.received.filter(({ id }) => id === undefined).length).toBeGreaterThanOrEqual(NOT_ASKED)
    clean(await leftSoFar(where, host), TOKEN, MORE)
  })

  it.each(ERAS)('to a host of 2026-07-28 that wants logs, from a server of the era %s', async (era) => {
    const { where, modern } = await faces()
    const meta = { progressToken: 'p', 'io.modelcontextprotocol/logLevel': 'debug' }
    const call = { name: `${SERVER_OF[era]}_get_run`, arguments: { steps: bare } }
    await modern.request('tools/call', call, meta)
    const logs = modern.raw.received.filter(({ method }) => method === 'notifications/message')
    expect(logs.length).toBeGreaterThan(0)
    for (const { params } of logs)
      expect(String(params?.['logger'])).toMatch(new RegExp(`^${SERVER_OF[era]}`))
    clean(await leftSoFar(where, modern.raw), TOKEN, MORE)
  })
})

describe('questions of a server hold nothing in clear (promise 3)', () => {
  const questions = [
    form(
      'may I %TOKEN%',
      { ok: { type: 'boolean', title: '%TOKEN%', description: '%TOKEN%' }, '%TOKEN%': { type: 'boolean' } },
      { _meta: { '%TOKEN%': '%TOKEN%' } },
    ),
    page('https://example.test/?q=%TOKEN%', 'see %TOKEN%'),
    sample('my token is %TOKEN%'),
    { method: 'roots/list', params: { _meta: { '%TOKEN%': '%TOKEN%' } } },
  ]

  it('asked live', async () => {
    const { where, host } = await faces()
    host.onRequest = ({ id = 0 }) => host.send({ id, result: { action: 'decline' } })
    await run(
      host,
      questions.map((ask) => ({ ask })),
    )
    expect(host.received.filter(({ method }) => method === 'sampling/createMessage')).toHaveLength(1)
    clean(await leftSoFar(where, host), TOKEN, MORE)
  })

  it.each(ERAS)('as the answer of a request, from a server of the era %s', async (era) => {
    const { where, modern } = await faces()
    for (const question of questions) {
      const { result } = await modern.run(
        era === 'legacy'
          ? [{ ask: question }]
          : [{ needs: { inputRequests: { '%TOKEN%': question }, requestState: '%TOKEN%' } }],
        {},
        `${SERVER_OF[era]}_get_run`,
      )
      expect(result).toBeDefined()
    }
    clean(await leftSoFar(where, modern.raw), TOKEN, MORE)
  })
})

it('resources, lists, completions, instructions and errors hold nothing in clear (promise 3)', async () => {
  const blob = Buffer.from(`xx ${TOKEN} yy`).toString('base64')
  const where = den({
    says: {
      capabilities: { tools: {}, prompts: {}, resources: { subscribe: true }, completions: {}, logging: {} },
      instructions: 'use %TOKEN%',
      prompts: [{ name: 'p', title: '%TOKEN%', arguments: [{ name: '%TOKEN%' }] }],
      resources: [
        { uri: 'memo:%TOKEN%', name: '%TOKEN%' },
        { uri: `memo:${encodeURIComponent(`a${TOKEN}`)}`, name: 'x' },
        { uri: 'memo:../%TOKEN%', name: 'encoded' },
      ],
      resourceTemplates: [{ uriTemplate: 'memo:{a}/%TOKEN%', name: 'x' }],
      reads: {
        'memo:text': {
          contents: [{ uri: 'memo:%TOKEN%', text: '%TOKEN%', _meta: { '%TOKEN%': 1 } }],
          _meta: { a: '%TOKEN%' },
        },
        'memo:blob': { contents: [{ uri: 'memo:blob', blob }] },
      },
    },
  })
  const first = await oldHost(where)
  const templates = await first.request('resources/templates/list')
  expect(templates.result?.['resourceTemplates']).toHaveLength(1)
  const resources = (await first.request('resources/list')).result?.['resources'] as { uri: string }[]
  expect(resources.length).toBeGreaterThan(0)
  await first.request('prompts/list')
  for (const uri of [
    'memo:text',
    'memo:blob',
    ...resources.map(({ uri: routed }) => routed.replace('sidemux://evil/', '')),
  ]) {
    const { result } = await first.request('resources/read', { uri: `sidemux://evil/${uri}` })
    const [contents] = (result?.['contents'] ?? []) as { blob?: string; text?: string }[]
    expect(
      contents?.blob === undefined ||
        Buffer.from(contents.blob, 'base64').toString('base64') === contents.blob,
    ).toBe(true)
  }
  const ref = { type: 'ref/prompt', name: 'evil_p' }
  await first.request('completion/complete', { ref, argument: { name: 'a', value: '' } })
  const link = { type: 'resource_link', uri: 'memo:%TOKEN%', name: 'x' }
  const coded = { type: 'resource_link', uri: `memo:..%2F${TOKEN}`, name: 'x' }
  await run(first, [
    { result: { content: [link, coded, { type: 'resource', resource: { uri: 'm:%TOKEN%', blob } }] } },
  ])
  await run(first, [{ error: { code: -32042, message: '%TOKEN%', data: { '%TOKEN%': '%TOKEN%' } } }])
  clean((await left(where, first)).replaceAll(`memo:..%2F${TOKEN}`, ''), TOKEN)
  // Instructions are told from the second run on.
  const second = await oldHost(where)
  clean(await left(where, second), TOKEN)
})

describe('the secret of a sibling does not reach another server (promise 2)', () => {
  it('in what a human or a model answers, live', async () => {
    const { where, host } = await faces()
    const answers: Record<string, unknown> = {
      'elicitation/create': { action: 'accept', content: { ok: SIBLINGS } },
      'sampling/createMessage': {
        role: 'assistant',
        model: 'm',
        content: { type: 'text', text: b64(`x${SIBLINGS}x`) },
      },
      'roots/list': { roots: [{ uri: `file:///${encodeURIComponent(SIBLINGS)}` }] },
    }
    host.onRequest = ({ id = 0, method = '' }) => host.send({ id, result: answers[method] as never })
    await host.request('tools/call', { name: 'sib_echo', arguments: {} })
    await run(
      host,
      [form('?', { ok: { type: 'string' } }), sample('?'), { method: 'roots/list', params: {} }].map(
        (ask) => ({ ask }),
      ),
    )
    const heard = JSON.stringify(where.log())
    expect(where.log().filter((entry) => entry.heard !== undefined)).toHaveLength(3)
    clean(heard, SIBLINGS)
  })

  it('in the error that a host answers with', async () => {
    const { where, host } = await faces()
    host.onRequest = ({ id = 0 }) =>
      host.send({ id, error: { code: -32000, message: `no: ${SIBLINGS}`, data: { a: SIBLINGS } } })
    await run(host, [{ ask: form('?') }])
    expect(where.log().filter((entry) => entry.heard !== undefined)).toHaveLength(1)
    clean(JSON.stringify(where.log()), SIBLINGS)
  })

  it.each(ERAS)('in the answers of a retry, era %s', async (era) => {
    const { where, modern } = await faces()
    const name = `${SERVER_OF[era]}_get_run`
    const question = form('?', { ok: { type: 'string' } })
    const steps = asking(era, question)
    const { result } = await modern.run(steps, {}, name)
    const [key = ''] = Object.keys(result?.['inputRequests'] as object)
    const inputResponses = { [key]: { action: 'accept', content: { ok: SIBLINGS } } }
    await modern.run(steps, { requestState: result?.['requestState'], inputResponses }, name)
    const unasked = { q: { action: 'accept', content: { x: SIBLINGS } } }
    await modern.run([...steps, {}], { inputResponses: unasked }, name)
    const log = where.log(SERVER_OF[era])
    expect(log).not.toEqual([])
    clean(JSON.stringify(log), SIBLINGS)
  })

  it('in the address of a resource, however it is asked for', async () => {
    const { where, host, modern } = await faces()
    for (const uri of [
      `memo:${SIBLINGS}`,
      `memo:${encodeURIComponent(Buffer.from(SIBLINGS).toString('base64'))}`,
    ]) {
      for (const method of ['resources/read', 'resources/subscribe', 'resources/unsubscribe'])
        await host.request(method, { uri: `sidemux://evil/${uri}` })
    }
    void modern.start('subscriptions/listen', {
      notifications: { resourceSubscriptions: [`sidemux://evil/memo:${SIBLINGS}`] },
    })
    await modern.run([])
    clean(JSON.stringify(where.log()), SIBLINGS)
  })
})

it('what is read of a server, with its secret in the address, is written down without it (promise 3)', async () => {
  const { where, host } = await faces()
  await host.request('resources/read', { uri: `sidemux://evil/memo:${TOKEN}` })
  await until(() => where.log().some(({ method }) => method === 'resources/read'), 'it was read')
  await host.request('ping')
  clean(await leftSoFar(where, host), TOKEN)
})

it('an answer is not taken for one of another call: only its own server hears it', async () => {
  const { where, host } = await faces()
  const open: { id: number | string; message: string }[] = []
  host.onRequest = ({ id = 0, params }) => open.push({ id, message: String(params?.['message']) })
  const one = run(host, [{ ask: { id: 1, ...form('from evil') } }])
  const other = run(host, [{ ask: { id: 1, ...form('from third') } }], 'third_get_run')
  await until(() => open.length === 2, 'both have asked')
  for (const { id, message } of open)
    host.send({ id, result: { action: 'accept', content: { for: message } } })
  await Promise.all([one, other])
  const heard = (server: string): unknown =>
    where.log(server).find((entry) => entry.heard !== undefined)?.heard
  expect(heard('evil')).toEqual({ action: 'accept', content: { for: expect.stringContaining('from evil') } })
  expect(heard('third')).toEqual({
    action: 'accept',
    content: { for: expect.stringContaining('from third') },
  })
})
