import type { JSONRPCMessage } from '@modelcontextprotocol/client'
import { describe, expect, it } from 'vitest'
import type { Frame, LargeLine } from '../../../src/upstream/framing.ts'
import { Intake, type Sought } from '../../../src/upstream/remote/intake.ts'

const JSON_TYPE = 'application/json'
const EVENTS = 'text/event-stream; charset=utf-8'
const ANSWER: Sought = { kind: 'answer', id: 7 }
const NEWS: Sought = { kind: 'news' }
const NOTHING: Sought = { kind: 'nothing' }
const MESSAGE = '{"jsonrpc":"2.0","id":7,"result":{"n":9007199254740993}}'

function intake(): { intake: Intake; taken: (Frame | LargeLine)[] } {
  const taken: (Frame | LargeLine)[] = []
  return { taken, intake: new Intake({ take: async (message) => void taken.push(message) }) }
}

function response(body: string, type: string, status = 200): Response {
  return new Response(body, { status, headers: { 'content-type': type } })
}

const nothing = (): void => undefined

describe('a message is taken out of a body, and a stub stands in its place', () => {
  const cases: [name: string, body: string, type: string, sought: Sought][] = [
    ['the answer to a request', MESSAGE, JSON_TYPE, ANSWER],
    ['an event of such an answer', `data: ${MESSAGE}\n\n`, EVENTS, ANSWER],
    ['an event of the stream of news', `data: ${MESSAGE}\n\n`, EVENTS, NEWS],
  ]
  it.each(cases)('%s', async (_name, body, type, sought) => {
    const { intake: own, taken } = intake()
    const wrapped = await own.wrap(response(body, type), sought, nothing)
    // Only the first chunk: the next one is read when what is in this one was taken.
    const chunk = await wrapped.body?.getReader().read()
    const text = new TextDecoder().decode(chunk?.value)
    expect(text).not.toContain('9007199254740993')
    const stub = JSON.parse(text.replace(/^data: /, '')) as JSONRPCMessage
    expect(stub).toMatchObject({ jsonrpc: '2.0', id: 7 })
    await own.received(stub)
    await own.received(stub)
    expect(taken).toMatchObject([
      { kind: 'message', message: { id: 7 } },
      // The stub again: a number is good for once, so that is a message with nothing in it.
      { kind: 'message', message: stub },
    ])
  })
})

describe('where nobody looks for messages, there are none', () => {
  const cases: [name: string, type: string, sought: Sought, status?: number][] = [
    ['what answers a notification, as a message', JSON_TYPE, NOTHING],
    ['what answers a notification, as events', EVENTS, NOTHING],
    ['a body where a stream of news was asked for', JSON_TYPE, NEWS],
    ['an acceptance', EVENTS, ANSWER, 202],
    ['an error', JSON_TYPE, ANSWER, 500],
  ]
  it.each(cases)('%s', async (_name, type, sought, status) => {
    const { intake: own } = intake()
    const wrapped = await own.wrap(response(`data: ${MESSAGE}\n\n`, type, status), sought, nothing)
    expect(await wrapped.text()).toBe(`data: ${MESSAGE}\n\n`)
  })

  it('an endless one is read no further than its beginning', async () => {
    const { intake: own } = intake()
    const state = { bytes: 0, isCancelled: false }
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        state.bytes += 16 * 1024
        controller.enqueue(new TextEncoder().encode(`data: "${'x'.repeat(16 * 1024 - 9)}"\n\n`))
      },
      cancel: () => void (state.isCancelled = true),
    })
    const wrapped = await own.wrap(
      new Response(endless, { headers: { 'content-type': EVENTS } }),
      NOTHING,
      nothing,
    )
    expect((await wrapped.text()).length).toBe(64 * 1024)
    expect(state.isCancelled).toBe(true)
    expect(state.bytes).toBeLessThan(256 * 1024)
  })
})
