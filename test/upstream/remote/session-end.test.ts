/** A server that has forgotten our session: a new one is begun, and what was turned away is sent once more (promise 7). */
import type { ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { FORMS, type SessionsSettings } from '../../servers/remote/sessions.mjs'
import { call, NOBODY, textOf } from '../harness.ts'
import { MAY_HAVE, rig } from './session-rig.ts'
import { until } from './support.ts'
import { together } from '../../together.ts'

together()

const forms = Object.entries(FORMS)

// First, as one of them takes long.
describe.concurrent('in a new session', () => {
  it('a call that is turned away again is told not to have run, and not sent a third time', async () => {
    const { server, far } = await rig({ forgetful: true })
    expect(await call(far, 'run')).toEqual({
      kind: 'unavailable',
      reason: '"far" ended the session, and turned the call away in a new one too.',
      hint: expect.stringMatching(/^The call did not run\./) as string,
    })
    expect(server.state.runs).toBe(0)
    expect(server.state.requests.filter((what) => what === 'tools/call')).toHaveLength(2)
  })

  it('a call is sent only if it still means the same, and is asked for no second time', async () => {
    const { server, far } = await rig()
    const asked: boolean[] = []
    const isStillMeant = (): boolean => {
      const same = far.offers?.tools.length === 5
      asked.push(same)
      return same
    }
    server.forget()
    expect(textOf(await call(far, 'run', {}, { isStillMeant }))).toBe('ran 1')
    server.settings.tools = server.settings.tools.slice(1)
    server.forget()
    expect(await call(far, 'run', {}, { isStillMeant })).toEqual({ kind: 'changed' })
    expect(asked).toEqual([true, true, true, false])
    expect(server.state.runs).toBe(1)
  })

  it('the server is told again what it told us of, and how much it is to say', async () => {
    const { server, far } = await rig({}, 'http', { host: { ...NOBODY, logLevel: () => 'warning' } })
    const subscribe = { method: 'resources/subscribe', params: { uri: 'test://a' } }
    const options = { signal: new AbortController().signal, timeoutMs: 5000, caller: { capabilities: {} } }
    expect(await far.request(subscribe, options)).toMatchObject({ kind: 'result' })
    server.forget()
    expect(textOf(await call(far, 'run'))).toBe('ran 1')
    await until(() => server.state.subscribed.length === 2, 'it is subscribed to again')
    expect(server.state).toMatchObject({
      subscribed: ['test://a', 'test://a'],
      levels: ['warning', 'warning'],
    })
  })

  it('a subscription that was turned away is made', async () => {
    const { server, far } = await rig()
    server.forget()
    const subscribe = { method: 'resources/subscribe', params: { uri: 'test://a' } }
    const options = { signal: new AbortController().signal, timeoutMs: 5000, caller: { capabilities: {} } }
    expect(await far.request(subscribe, options)).toMatchObject({ kind: 'result' })
    expect(far.watched).toEqual(['test://a'])
  })

  it('a call tells its progress, and one of the former session goes on to its end there', async () => {
    const { server, far } = await rig()
    const slow = call(far, 'get_slowly', { ms: 1000 })
    await until(() => server.state.runs === 1, 'it runs')
    server.forget()
    const seen: number[] = []
    const onProgress = ({ progress }: { progress: number }): void => void seen.push(progress)
    expect(textOf(await call(far, 'get_slowly', { ms: 1 }, { onProgress }))).toBe('ran 2')
    expect(seen).toEqual([1])
    expect(textOf(await slow)).toMatch(/^ran /)
    expect(server.state).toMatchObject({ runs: 2, initialized: 2 })
  })

  it('a call that is cancelled meanwhile is not made', async () => {
    const { server, far } = await rig()
    const stop = new AbortController()
    server.settings.form = (response, message) => {
      stop.abort()
      FORMS['404 without a body']?.(response, message)
    }
    server.forget()
    expect(await call(far, 'run', {}, { signal: stop.signal })).toEqual({ kind: 'cancelled' })
    server.settings.form = FORMS['404 without a body'] as SessionsSettings['form']
    expect(textOf(await call(far, 'run'))).toBe('ran 1')
  })

  it('a server that ends each one at once is asked for the next with growing pauses', async () => {
    const { server } = await rig()
    const end = Date.now() + 3000
    while (Date.now() < end) {
      server.forget({ endStreams: true })
      await pause(20)
    }
    expect(server.state.initialized).toBeGreaterThan(1)
    // Two at each try, as the era that is remembered is doubted first; without pauses it would be a hundred.
    expect(server.state.initialized).toBeLessThanOrEqual(10)
  })
})

describe.concurrent.each(forms)('a session that is ended by %s', (_name, form) => {
  it('costs no call, and none runs twice', async () => {
    const { server, far, of } = await rig({ form, stream: false })
    server.forget()
    expect(textOf(await call(far, 'run'))).toBe('ran 1')
    expect(textOf(await call(far, 'run'))).toBe('ran 2')
    expect(server.state.initialized).toBe(2)
    expect(of('lost').map(({ why }) => why)).toEqual(['has ended the session'])
  })

  it('is replaced by one new one for several calls at once', async () => {
    const { server, far } = await rig({ form })
    server.forget()
    const replies = await Promise.all(Array.from({ length: 5 }, () => call(far, 'run')))
    expect(new Set(replies.map(textOf))).toEqual(new Set(['ran 1', 'ran 2', 'ran 3', 'ran 4', 'ran 5']))
    expect(server.state.initialized).toBe(2)
  })
})

// Each form is told apart above, by a call; here one that says it all, one that has to be asked about, and an answer.
const noticed = ['404 without a body', '400 without a body', '200 with an error without an id']
describe.concurrent.each(forms.filter(([name]) => noticed.includes(name)))(
  'a session that is ended by %s',
  (name, form) => {
    it('is noticed while nobody calls, by one refusal', async () => {
      const { server, far } = await rig({ form })
      const before = server.state.requests.length
      server.forget({ endStreams: true })
      await until(() => server.state.initialized === 2 && far.state.kind === 'ready', 'a new session')
      const since = server.state.requests.slice(before).filter((what) => what !== 'server/discover')
      // 404 and 410 say it all; otherwise it is asked for once.
      const asked = /^4(?:04|10)/.test(name) ? ['GET'] : ['GET', 'ping']
      expect(since.slice(0, asked.length + 1)).toEqual([...asked, 'initialize'])
      expect(textOf(await call(far, 'run'))).toBe('ran 1')
    })
  },
)

describe.concurrent('the older transport', () => {
  const posts = forms.filter(([name]) => /^4|^5/.test(name))
  it.each(posts)('is connected anew when its address for messages says %s', async (_name, form) => {
    const { server, far } = await rig({ form }, 'sse')
    server.forget()
    const replies = await Promise.all([call(far, 'run'), call(far, 'run')])
    expect(new Set(replies.map(textOf))).toEqual(new Set(['ran 1', 'ran 2']))
    expect(server.state.initialized).toBe(2)
  })

  it('is connected anew at once when its stream has ended', async () => {
    const { server, far } = await rig({}, 'sse')
    await pause(2100)
    server.forget({ endStreams: true })
    await until(() => server.state.initialized === 2, 'a new session')
    expect(textOf(await call(far, 'run'))).toBe('ran 1')
    expect(server.state.initialized).toBe(2)
  })

  it('says that a call may have run that was taken before the stream ended', async () => {
    const { server, far } = await rig({}, 'sse')
    await pause(2100)
    const slow = call(far, 'get_slowly', { ms: 5000 })
    await until(() => server.state.runs === 1, 'it runs')
    server.forget({ endStreams: true })
    expect(await slow).toEqual({
      kind: 'unavailable',
      reason: '"far" closed its stream during the call.',
      hint: MAY_HAVE,
    })
    expect(textOf(await call(far, 'run'))).toBe('ran 2')
  })
})

it.concurrent('a server without ids of sessions that was started again is greeted again', async () => {
  const form = FORMS['400 of one that was started again'] as SessionsSettings['form']
  const { server, far } = await rig({ named: false, stream: false, form })
  expect(textOf(await call(far, 'run'))).toBe('ran 1')
  server.forget()
  expect(textOf(await call(far, 'run'))).toBe('ran 2')
  expect(server.state).toMatchObject({ runs: 2, initialized: 2 })
})

describe.concurrent('401 without a login', () => {
  const form = FORMS['401 without a body'] as SessionsSettings['form']
  const key = { Authorization: 'Bearer a-key-of-ours' }
  const kinds: [string, Record<string, string>, object][] = [
    ['with a key', key, { reason: '"far" does not accept the credentials that it was given (HTTP 401).' }],
    ['with nothing', {}, { reason: '"far" needs a login.' }],
  ]
  it.each(kinds)('for a session that the server does not know costs no call, %s', async (_name, headers) => {
    const { server, far } = await rig({ form, stream: false }, 'http', {}, headers)
    server.forget()
    expect(textOf(await call(far, 'run'))).toBe('ran 1')
    expect(server.state).toMatchObject({ runs: 1, initialized: 2 })
  })

  it.each(kinds)('in each session is told as what it is, %s', async (_name, headers, told) => {
    const { server, far } = await rig({ form, stream: false, forgetful: true }, 'http', {}, headers)
    expect(await call(far, 'run')).toMatchObject({
      ...told,
      hint: expect.stringMatching(/^The call did not run\./) as string,
    })
    expect(server.state).toMatchObject({ runs: 0, initialized: 2 })
  })

  it.each(kinds)(
    'for a call alone is told as what it is, and begins no other session, %s',
    async (_name, headers, told) => {
      const odd: SessionsSettings['odd'] = (response) => response.writeHead(401).end()
      const { server, far } = await rig({ odd, stream: false }, 'http', {}, headers)
      expect(await call(far, 'get_odd')).toMatchObject(told)
      expect(server.state.requests.filter((what) => what === 'tools/call')).toHaveLength(1)
      expect(server.state.initialized).toBe(1)
    },
  )
})

describe.concurrent('a stream that broke off, and that the server does not take up again,', () => {
  it.each([400, 500])('is one of news, and is opened anew in the same session (%i)', async (resumes) => {
    const { server, far } = await rig({ resumes })
    const streams = (): number => server.state.requests.filter((what) => what === 'GET').length
    for (const stream of server.sessions.values()) (stream as ServerResponse).end()
    // Once at its last event, and once at none.
    await until(() => streams() === 3, 'it listens again')
    await pause(1200)
    expect(streams()).toBe(3)
    expect(textOf(await call(far, 'run'))).toBe('ran 1')
    expect(server.state.initialized).toBe(1)
  })

  it('is one of an answer, and costs no other call', async () => {
    const { server, far } = await rig({
      resumes: 400,
      odd: (response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.write('retry: 1000\nid: answer\ndata:\n\n')
        setTimeout(() => response.destroy(), 100)
      },
    })
    const long = call(far, 'get_slowly', { ms: 3000 }, { timeoutMs: 20_000 })
    expect(await call(far, 'get_odd', {}, { timeoutMs: 20_000 })).toEqual({
      kind: 'unavailable',
      reason: '"far" answered with nothing, and the connection is closed.',
      hint: MAY_HAVE,
    })
    expect(textOf(await long)).toMatch(/^ran /)
    expect(server.state).toMatchObject({ runs: 2, initialized: 1 })
  })
})
