/** A call that has run is not sent again, whatever its answer sounds like and whether its session is over (promise 7). */
import type { ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { FORMS, type SessionsSettings } from '../../servers/remote/sessions.mjs'
import { call, textOf } from '../harness.ts'
import { MAY_HAVE, rig } from './session-rig.ts'
import { until } from './support.ts'
import { onTestFinished, together } from '../../together.ts'

together()

describe.concurrent('what is no end of a session', () => {
  it('is a request that is refused for its arguments, which is told as the server says it', async () => {
    const { server, far } = await rig()
    expect(await call(far, 'get_bad')).toEqual({
      kind: 'error',
      code: -32_602,
      message: 'arguments must have a size',
    })
    expect(server.state.requests).not.toContain('ping')
    expect(server.state.initialized).toBe(1)
  })

  it('is an error of a tool that has sessions of its own, which ran once', async () => {
    const { server, far } = await rig()
    const told = { kind: 'error', code: -32_603, message: 'browser session not found' }
    expect(await call(far, 'get_page')).toEqual(told)
    expect(server.state).toMatchObject({ runs: 1, initialized: 1 })
  })

  it('is an answer of a tool in a session that ends at the same moment', async () => {
    const { server, far } = await rig({ form: FORMS['200 with an error'] as SessionsSettings['form'] })
    const page = call(far, 'get_page')
    await until(() => server.state.runs === 1, 'it runs')
    server.forget()
    expect(await page).toMatchObject({ kind: 'error', message: 'browser session not found' })
    expect(server.state.runs).toBe(1)
  })

  it('is a server that has never had a stream of news', async () => {
    const { server } = await rig({ stream: false })
    await pause(300)
    expect(server.state.initialized).toBe(1)
  })
})

/** Calls that have run, and are told what may sound like a refusal, while the session is over or not. */
describe.concurrent('a call that has run', () => {
  const json = (response: ServerResponse, status: number, value: unknown): void =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
  const error = (id: unknown, code: number, message: string): object => ({
    jsonrpc: '2.0',
    id,
    error: { code, message },
  })
  const stream = (response: ServerResponse): void =>
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
  const said = (message: unknown): string => `event: message\ndata: ${JSON.stringify(message)}\n\n`
  const own = { kind: 'error', code: -32_001, message: 'Session not found' }
  const mayHave = (status: number): object => ({
    kind: 'unavailable',
    reason: `"far" answered with HTTP ${status}.`,
    hint: MAY_HAVE,
  })
  type Case = [what: string, form: string, odd: SessionsSettings['odd'], told: object]
  const ended: Case[] = [
    [
      'has told its progress, and then the very words of a refusal',
      '200 with an error',
      (response, { id, params }) => {
        const { progressToken } = params._meta ?? {}
        stream(response)
        response.write(
          said({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken, progress: 1 } }),
        )
        response.end(said(error(id, -32_001, 'Session not found')))
      },
      own,
    ],
    [
      'has logged something, and then the very words of a refusal',
      '200 with an error',
      (response, { id }) => {
        stream(response)
        response.write(
          said({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 'x' } }),
        )
        response.end(said(error(id, -32_001, 'Session not found')))
      },
      own,
    ],
    [
      'has logged something long, and then the very words of a refusal',
      '200 with an error',
      (response, { id }) => {
        stream(response)
        const data = 'x'.repeat(600_000)
        response.write(
          said({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data } }),
        )
        response.end(said(error(id, -32_001, 'Session not found')))
      },
      own,
    ],
    [
      'has taken its time for the very words of a refusal',
      '200 with an error',
      (response, { id }) =>
        setTimeout(() => json(response, 200, error(id, -32_001, 'Session not found')), 1300),
      own,
    ],
    [
      'has taken its time for the refusal that says it all',
      '404 without a body',
      (response) => setTimeout(() => response.writeHead(404).end(), 1300),
      mayHave(404),
    ],
    [
      'has taken its time for a refusal that a ping is told too',
      '400 with a text',
      (response) => setTimeout(() => response.writeHead(400).end('Invalid or missing session ID'), 1300),
      mayHave(400),
    ],
    [
      'ends in a failure with words about a session of its own',
      '404 without a body',
      (response) => response.writeHead(500).end('the browser session has crashed'),
      mayHave(500),
    ],
    [
      'ends in a bad request about a session of its own',
      '400 with an error',
      (response) => response.writeHead(400).end('the browser session has crashed'),
      mayHave(400),
    ],
    [
      'ends in a gateway that tells of a session',
      '404 without a body',
      (response) => response.writeHead(502).end('upstream session terminated'),
      mayHave(502),
    ],
    [
      'ends in the failure without words that everything ends in',
      'HTTP 500',
      (response) => response.writeHead(500).end(),
      mayHave(500),
    ],
  ]
  it.each(ended)(
    'and %s, is not sent again, but the next one is in a new session',
    async (_what, name, odd, told) => {
      const form = FORMS[name] ?? ((response: ServerResponse) => void response.writeHead(500).end())
      const { server, far } = await rig({
        form,
        stream: false,
        odd: (...asked) => {
          server.forget()
          odd(...asked)
        },
      })
      expect(await call(far, 'get_odd', {}, { onProgress: () => undefined })).toEqual(told)
      expect(server.state.runs).toBe(1)
      expect(textOf(await call(far, 'run'))).toBe('ran 2')
      expect(server.state).toMatchObject({ runs: 2, initialized: 2 })
    },
  )

  const alive: [string, number, string | object, object][] = [
    [
      '404 of its own',
      404,
      error(1, -32_602, 'no such page'),
      { kind: 'error', code: -32_602, message: 'no such page' },
    ],
    ['a conflict', 409, '', mayHave(409)],
    ['a failure', 500, '', mayHave(500)],
    [
      '200 with the code of a session',
      200,
      error(1, -32_000, 'disk full'),
      { kind: 'error', code: -32_000, message: 'disk full' },
    ],
  ]
  it.each(alive)(
    'in a session that is alive is told %s, and begins no other',
    async (_what, status, body, told) => {
      const { server, far } = await rig({
        stream: false,
        odd: (response, { id }) =>
          typeof body === 'string'
            ? response.writeHead(status).end(body)
            : json(response, status, { ...body, id }),
      })
      for (const runs of [1, 2, 3]) {
        expect(await call(far, 'get_odd')).toEqual(told)
        expect(server.state).toMatchObject({ runs, initialized: 1 })
      }
    },
  )
})

it('a server that had to wake up before it turned a call away has not run it', async () => {
  const { server, far } = await rig({ stream: false })
  vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 120_000)
  onTestFinished(() => void vi.restoreAllMocks())
  server.settings.form = (response, message) =>
    setTimeout(() => FORMS['404 without a body']?.(response, message), 1500)
  server.forget()
  expect(textOf(await call(far, 'run'))).toBe('ran 1')
  expect(server.state).toMatchObject({ runs: 1, initialized: 2 })
})
