import type { JSONRPCMessage } from '@modelcontextprotocol/client'
import { describe, expect, test } from 'vitest'
import { BadAnswer } from '../../src/upstream/badAnswer.ts'
import { Gate, type Passage } from '../../src/upstream/gate.ts'
import { RAW_RESULT } from '../../src/upstream/stub.ts'

const CALL: JSONRPCMessage = {
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'x', _meta: { progressToken: 1 } },
}
const PING: JSONRPCMessage = { jsonrpc: '2.0', id: 2, method: 'ping' }
const LISTEN: JSONRPCMessage = { jsonrpc: '2.0', id: 'listen:0', method: 'subscriptions/listen', params: {} }
const CANCELLED: JSONRPCMessage = {
  jsonrpc: '2.0',
  id: 3,
  method: 'tools/call',
  params: { _meta: { progressToken: 3 } },
}

function gate(modern = false): Gate {
  const made = new Gate()
  made.modern = modern
  for (const message of [CALL, PING, LISTEN, CANCELLED]) made.sent(message)
  made.sent({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 3 } })
  return made
}

function receive(message: unknown, made = gate()): Passage {
  return made.received({ kind: 'message', message: message as Record<string, unknown> })
}

const subscription = (id: unknown): object => ({
  _meta: { 'io.modelcontextprotocol/subscriptionId': id },
  notifications: {},
})

describe('only what answers or belongs to a request of ours passes', () => {
  const acknowledged = 'notifications/subscriptions/acknowledged'
  const cases: { title: string; message: unknown; expected: string }[] = [
    { title: 'an answer', message: { jsonrpc: '2.0', id: 2, result: {} }, expected: 'deliver' },
    {
      title: 'an error',
      message: { jsonrpc: '2.0', id: 2, error: { code: -1, message: 'x' } },
      expected: 'deliver',
    },
    { title: 'an unknown id', message: { jsonrpc: '2.0', id: 9, result: {} }, expected: 'unknown-id' },
    { title: 'a number as text', message: { jsonrpc: '2.0', id: '2', result: {} }, expected: 'unknown-id' },
    { title: 'a fraction', message: { jsonrpc: '2.0', id: 2.5, result: {} }, expected: 'not-json-rpc' },
    { title: 'null as id', message: { jsonrpc: '2.0', id: null, result: {} }, expected: 'not-json-rpc' },
    { title: 'a list as id', message: { jsonrpc: '2.0', id: [2], result: {} }, expected: 'not-json-rpc' },
    {
      title: 'the answer to a cancelled request',
      message: { jsonrpc: '2.0', id: 3, result: {} },
      expected: 'late',
    },
    {
      title: 'its progress',
      message: {
        jsonrpc: '2.0',
        method: 'notifications/progress',
        params: { progressToken: 3, progress: 1 },
      },
      expected: 'late',
    },
    {
      title: 'progress',
      message: {
        jsonrpc: '2.0',
        method: 'notifications/progress',
        params: { progressToken: 1, progress: 1 },
      },
      expected: 'deliver',
    },
    {
      title: 'progress of nothing',
      message: {
        jsonrpc: '2.0',
        method: 'notifications/progress',
        params: { progressToken: 2, progress: 1 },
      },
      expected: 'unknown-token',
    },
    {
      title: 'progress by text',
      message: {
        jsonrpc: '2.0',
        method: 'notifications/progress',
        params: { progressToken: '1', progress: 1 },
      },
      expected: 'unknown-token',
    },
    {
      title: 'progress without a number',
      message: {
        jsonrpc: '2.0',
        method: 'notifications/progress',
        params: { progressToken: 1, progress: 'half' },
      },
      expected: 'not-json-rpc',
    },
    {
      title: 'a cancellation of a call',
      message: { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } },
      expected: 'cancelled',
    },
    {
      title: 'a cancellation of our subscription',
      message: { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'listen:0' } },
      expected: 'deliver',
    },
    {
      title: 'an acknowledgement',
      message: { jsonrpc: '2.0', method: acknowledged, params: subscription('listen:0') },
      expected: 'deliver',
    },
    {
      title: 'an acknowledgement of nothing',
      message: { jsonrpc: '2.0', method: acknowledged, params: subscription('listen:1') },
      expected: 'unknown-id',
    },
    {
      title: 'an acknowledgement of a call',
      message: { jsonrpc: '2.0', method: acknowledged, params: subscription(1) },
      expected: 'unknown-id',
    },
    {
      title: 'a notification',
      message: { jsonrpc: '2.0', method: 'notifications/tools/list_changed' },
      expected: 'deliver',
    },
    {
      title: 'params that are a list',
      message: { jsonrpc: '2.0', method: 'notifications/message', params: [] },
      expected: 'not-json-rpc',
    },
    {
      title: 'request and response in one',
      message: { jsonrpc: '2.0', id: 2, method: 'ping', result: {} },
      expected: 'not-json-rpc',
    },
    { title: 'no method and no id', message: { jsonrpc: '2.0', result: {} }, expected: 'not-json-rpc' },
    { title: 'a method that is no text', message: { jsonrpc: '2.0', method: 5 }, expected: 'not-json-rpc' },
    { title: 'a request without jsonrpc', message: { id: 5, method: 'ping' }, expected: 'not-json-rpc' },
    { title: 'a request', message: { jsonrpc: '2.0', id: 5, method: 'ping' }, expected: 'deliver' },
    {
      title: 'a request with a null id',
      message: { jsonrpc: '2.0', id: null, method: 'ping' },
      expected: 'not-json-rpc',
    },
  ]
  test.each(cases)('$title: $expected', ({ message, expected }) => {
    const passage = receive(message)
    expect(passage.kind === 'drop' ? passage.bad : passage.kind).toBe(expected)
  })

  test('since 2026-07-28 a server sends no requests', () => {
    expect(receive({ jsonrpc: '2.0', id: 5, method: 'ping' }, gate(true))).toEqual({
      kind: 'drop',
      bad: 'unexpected-request',
    })
  })

  test('a second answer is one too many', () => {
    const made = gate()
    expect(receive({ jsonrpc: '2.0', id: 2, result: {} }, made).kind).toBe('deliver')
    expect(receive({ jsonrpc: '2.0', id: 2, result: {} }, made)).toEqual({ kind: 'drop', bad: 'unknown-id' })
  })
})

describe('a broken answer ends its request at once', () => {
  const cases: { message: unknown; why: RegExp }[] = [
    { message: { jsonrpc: '2.0', id: 2 }, why: /JSON-RPC response/ },
    { message: { id: 2, result: {} }, why: /JSON-RPC response/ },
    { message: { jsonrpc: '2.0', id: 2, result: {}, error: {} }, why: /JSON-RPC response/ },
    { message: { jsonrpc: '2.0', id: 2, result: 'done' }, why: /not an object/ },
    { message: { jsonrpc: '2.0', id: 2, result: null }, why: /not an object/ },
  ]
  test.each(cases)('$message', ({ message, why }) => {
    const passage = receive(message)
    const error = passage.kind === 'deliver' && 'error' in passage.message ? passage.message.error : undefined
    expect(error?.data).toBeInstanceOf(BadAnswer)
    expect(error?.data).toMatchObject({ why: expect.stringMatching(why) as string })
  })

  test.each(['too-long', 'too-deep', 'not-json', 'not-utf8'] as const)('%s', (why) => {
    const made = gate()
    expect(made.received({ kind: 'bad', why, id: 2, bytes: 9 })).toMatchObject({
      kind: 'deliver',
      bad: why,
      message: { id: 2 },
    })
    expect(made.received({ kind: 'bad', why, id: 2, bytes: 9 })).toEqual({ kind: 'drop', bad: why })
    expect(made.received({ kind: 'bad', why, bytes: 9 })).toEqual({ kind: 'drop', bad: why })
  })
})

test('a call result travels beside a stub, whatever it is', () => {
  for (const result of ['text', null, [], { resultType: 'task' }, { content: [{ type: 'video' }] }]) {
    const passage = receive({ jsonrpc: '2.0', id: 1, result })
    const stub = passage.kind === 'deliver' && 'result' in passage.message ? passage.message.result : {}
    expect(stub).toMatchObject({ resultType: 'complete', content: [] })
    expect((stub as { [RAW_RESULT]?: unknown })[RAW_RESULT]).toEqual(result)
  }
})

test('an odd error is given the form of one', () => {
  const passage = receive({ jsonrpc: '2.0', id: 2, error: { code: 'E', message: 7, data: { a: 1 } } })
  expect(passage).toMatchObject({
    message: { error: { code: -32603, message: expect.stringContaining('no words'), data: { a: 1 } } },
  })
})

const refusal = (supported: unknown): object => ({ code: -32022, message: 'x', data: { supported } })

describe('a server that is slow to start is known by what it says to `initialize`', () => {
  const probe: JSONRPCMessage = { jsonrpc: '2.0', id: 'p', method: 'server/discover' }
  const initialize: JSONRPCMessage = { jsonrpc: '2.0', id: 0, method: 'initialize' }
  const cases: { message: object; proved: boolean }[] = [
    { message: { id: 'p', result: { supportedVersions: ['2026-07-28'] } }, proved: true },
    { message: { id: 'p', error: { code: -32601, message: 'x' } }, proved: false },
    { message: { id: 0, error: refusal(['2026-07-28']) }, proved: true },
    { message: { id: 0, error: refusal(['2025-11-25']) }, proved: false },
    { message: { id: 0, error: refusal('2026-07-28') }, proved: false },
    {
      message: { id: 0, error: { code: -32602, message: 'x', data: { supported: ['2026-07-28'] } } },
      proved: false,
    },
    { message: { id: 0, result: {} }, proved: false },
  ]
  test.each(cases)('$message', ({ message, proved }) => {
    const made = new Gate()
    made.sent(probe)
    made.sent(initialize)
    receive({ jsonrpc: '2.0', ...message }, made)
    expect(made.provedModern).toBe(proved)
  })

  test('an answer in time proves nothing that the SDK does not see itself', () => {
    const made = new Gate()
    made.sent(probe)
    receive({ jsonrpc: '2.0', id: 'p', result: { supportedVersions: ['2026-07-28'] } }, made)
    expect(made.provedModern).toBe(false)
  })
})
