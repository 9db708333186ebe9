/** Checks of what passes between a host and a server beside requests and answers: questions, progress, logs, and who is who. */
import { expect } from 'vitest'
import { until } from '../support.ts'
import { heardOf, pause, said, textOf, type Check, type Way } from './check.ts'
import type { JsonObject } from './peer.ts'

const SERVER_INFO = 'io.modelcontextprotocol/serverInfo'
const TRACE = {
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01',
  tracestate: 'vendor=1',
  'example.com/own': { kept: true },
}

/** The one question that came, which carries the server's words, and through the sidecar its name. */
function question({ peer, server, through }: Way, method: string, message?: string): JsonObject {
  expect(peer.asked.map((asked) => asked.method)).toEqual([method])
  const params = peer.asked[0]?.params ?? {}
  if (message !== undefined) {
    expect(params['message']).toContain(message)
    if (through) expect(params['message']).toContain(server)
  }
  return params
}

function answered(action: 'accept' | 'decline' | 'cancel'): Check['run'] {
  return async (way) => {
    const answer = action === 'accept' ? { action, content: { name: 'Ada' } } : { action }
    way.peer.answer = () => answer
    expect(await said(way, 'ask-form')).toEqual(answer)
    const params = question(way, 'elicitation/create', 'What is your name?')
    expect(params['requestedSchema']).toMatchObject({ properties: { name: { type: 'string' } } })
  }
}

const logged = (way: Way): JsonObject[] => heardOf(way, 'notifications/message')
const levels = (way: Way): unknown[] => logged(way).map(({ level }) => level)

export const TALK: readonly Check[] = [
  {
    name: 'instructions',
    run: async (way) => {
      const words = 'Ask for the weather before you leave the house.'
      if (!way.through) return expect(way.peer.instructions()).toContain(words)
      // The sidecar answers the first host before its servers have said anything.
      await way.peer.list('tools')
      const peer = await way.again()
      const line = peer
        .instructions()
        ?.split('\n')
        .find((one) => one.startsWith(`- ${way.server}: `))
      expect(line).toContain(words)
    },
  },
  {
    name: 'progress: with total and message, increasing',
    run: async (way) => {
      const seen: JsonObject[] = []
      const label = `told ${Math.random()}`
      const onProgress = (progress: JsonObject): void => void seen.push(progress)
      const call = way.peer.call(way.name('progress'), { label }, { onProgress })
      // The client of SDK 1.32 loses progress that comes in one piece with the result, so that waits.
      await until(() => seen.length >= 3, 'all progress')
      await way.peer.call(way.name('release'), { label })
      await call
      expect(seen).toMatchObject([
        { progress: 1, total: 3, message: 'one' },
        { progress: 2, total: 3, message: 'two' },
        { progress: 3, total: 3, message: 'three' },
      ])
      await pause(30)
      expect(seen).toHaveLength(3)
    },
  },
  {
    name: 'cancellation: reaches the server',
    run: async (way) => {
      const stop = new AbortController()
      const label = `cancelled ${Math.random()}`
      const call = way.peer.call(way.name('wait'), { label }, { signal: stop.signal })
      const ended = expect(call).rejects.toThrow()
      const noted = async (what: string): Promise<boolean> =>
        ((await said(way, 'diary'))[what] as string[]).includes(label)
      // Before that it would be cancelled on its way.
      await until(() => noted('waiting'), 'the call is at the server')
      stop.abort()
      await ended
      await until(() => noted('cancelled'), 'the server heard of it')
    },
  },
  { name: 'elicitation: accept', run: answered('accept') },
  { name: 'elicitation: decline', run: answered('decline') },
  { name: 'elicitation: cancel', run: answered('cancel') },
  {
    name: 'elicitation: URL mode',
    run: async (way) => {
      expect(await said(way, 'ask-url')).toEqual({ action: 'accept' })
      const { mode, url, elicitationId } = question(way, 'elicitation/create', 'Please sign in')
      expect([mode, url]).toEqual(['url', 'https://example.com/sign-in?a=1&b=%2F#here'])
      // 2025-11-25 needs one; 2026-07-28 has none.
      if (way.host === 'old') expect(elicitationId).toEqual(expect.stringMatching(/./))
    },
  },
  {
    name: 'elicitation: URL mode has ended',
    because: ({ host, child }) =>
      host === 'old' && child === 'old' ? undefined : '2026-07-28 has no such notification',
    run: async (way) => {
      expect(await said(way, 'ask-url')).toEqual({ action: 'accept' })
      const { elicitationId } = question(way, 'elicitation/create')
      await way.peer.call(way.name('url-done'))
      const method = 'notifications/elicitation/complete'
      await until(() => heardOf(way, method).length > 0, method)
      expect(heardOf(way, method)).toMatchObject([{ elicitationId }])
    },
  },
  {
    name: 'elicitation: while a prompt is made',
    run: async (way) => {
      const { messages } = await way.peer.prompt(way.name('asks'))
      expect(JSON.stringify(messages)).toContain('Ada')
      question(way, 'elicitation/create', 'What is your name?')
    },
  },
  {
    name: 'elicitation: while a resource is read',
    run: async (way) => {
      expect(textOf(await way.peer.read(way.uri('test://asks')))).toContain('Ada')
      question(way, 'elicitation/create', 'What is your name?')
    },
  },
  {
    name: 'elicitation: two rounds, the state kept',
    run: async (way) => {
      way.peer.answer = ({ params }) => ({
        action: 'accept',
        content: { name: String(params['message']).includes('First') ? 'Ada' : 'blue' },
      })
      expect(textOf(await way.peer.call(way.name('ask-twice')))).toBe('Ada likes blue')
      expect(way.peer.asked).toHaveLength(2)
    },
  },
  {
    name: 'elicitation and roots: asked for at once',
    run: async (way) => {
      expect(await said(way, 'ask-both')).toEqual({
        name: { action: 'accept', content: { name: 'Ada' } },
        where: { roots: [{ uri: 'file:///work/place', name: 'place' }] },
      })
      expect(way.peer.asked.map(({ method }) => method).toSorted()).toEqual([
        'elicitation/create',
        'roots/list',
      ])
    },
  },
  {
    name: 'elicitation: two calls at a time, each its own answer',
    run: async (way) => {
      const names = ['Ada', 'Grace', 'Edith']
      let last = -1
      way.peer.answer = () => {
        last += 1
        return { action: 'accept', content: { name: names[last] ?? '' } }
      }
      const answers = await Promise.all(names.map(() => said(way, 'ask-form')))
      const given = answers.map(({ content }) => (content as { name: string }).name)
      expect(given.toSorted()).toEqual(names.toSorted())
    },
  },
  {
    name: 'sampling',
    run: async (way) => {
      expect(await said(way, 'ask-model')).toEqual({
        role: 'assistant',
        content: { type: 'text', text: 'Paris' },
        model: 'test-model',
      })
      const { messages, maxTokens } = question(way, 'sampling/createMessage')
      expect(messages).toMatchObject([
        { role: 'user', content: { type: 'text', text: 'What is the capital of France?' } },
      ])
      expect(maxTokens).toBe(100)
    },
  },
  {
    name: 'roots',
    run: async (way) => {
      expect(await said(way, 'ask-roots')).toEqual({ roots: [{ uri: 'file:///work/place', name: 'place' }] })
      question(way, 'roots/list')
    },
  },
  {
    name: 'roots: list_changed',
    because: ({ host, child }) =>
      host === 'old' && child === 'old' ? undefined : '2026-07-28 has no such notification',
    run: async (way) => {
      const { rootsChanged } = await said(way, 'diary')
      await way.peer.rootsChanged()
      await until(
        async () => (await said(way, 'diary'))['rootsChanged'] === Number(rootsChanged) + 1,
        'the server heard of it',
      )
    },
  },
  {
    name: 'logging: from the level on, with its logger',
    run: async (way) => {
      await way.peer.level('warning')
      await way.peer.call(way.name('log'))
      await until(() => logged(way).length >= 2, 'notifications/message')
      expect(levels(way)).toEqual(['warning', 'error'])
      expect(logged(way)[0]).toMatchObject({
        logger: expect.stringContaining('fixture') as string,
        data: { at: 'warning' },
      })
      way.peer.heard.length = 0
      await way.peer.level('debug')
      await way.peer.call(way.name('log'))
      await until(() => logged(way).length >= 4, 'notifications/message')
      expect(levels(way)).toEqual(['debug', 'info', 'warning', 'error'])
    },
  },
  {
    name: 'logging: none unless a request wants it',
    because: ({ host, hasSdk }) =>
      host === 'new' && !hasSdk ? undefined : 'before 2026-07-28 the level is of the connection',
    run: async (way) => {
      await way.raw?.request('tools/call', {
        name: way.name('log'),
        arguments: {},
        _meta: { 'io.modelcontextprotocol/logLevel': undefined },
      })
      await pause(30)
      expect(logged(way)).toEqual([])
    },
  },
  {
    name: 'trace context and _meta of others reach the server',
    run: async (way) => {
      const result = await way.peer.call(way.name('told'), {}, { meta: TRACE })
      const { meta } = JSON.parse(textOf(result)) as { meta: JsonObject }
      expect(meta).toMatchObject(TRACE)
    },
  },
  {
    name: 'capabilities: the server is told those of the host',
    run: async (way) => {
      const { capabilities } = await said(way, 'told')
      expect(capabilities).toMatchObject({ elicitation: { form: {}, url: {} }, sampling: {}, roots: {} })
      expect(Object.keys(capabilities as JsonObject).toSorted()).toEqual(['elicitation', 'roots', 'sampling'])
    },
  },
  {
    name: 'identity: whose words they are stays between two',
    because: ({ hasSdk, through }) =>
      !hasSdk && through ? undefined : 'a matter of what the sidecar says, seen by a host without an SDK',
    run: async (way) => {
      const result = await way.peer.call(way.name('extra'))
      const { [SERVER_INFO]: info, ...rest } = result['_meta'] as JsonObject
      expect(rest).toEqual({ 'example.com/own': { kept: true } })
      if (way.host === 'new') expect(info).toMatchObject({ name: 'sidemux' })
      else expect(info).toBeUndefined()
    },
  },
]
