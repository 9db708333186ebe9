/** What of a server's messages counts, and for which request of ours. */
import { describe, expect, test } from 'vitest'
import { Gate, type Passage } from '../../src/upstream/link/gate.ts'
import { listener } from './scripted-link.ts'

const NO_WORDS = 'the server gave no words with its error'
const FIVE = { jsonrpc: '2.0', id: 5 }
const CALL = { jsonrpc: '2.0', id: 1, method: 'tools/call' }
const PING = { jsonrpc: '2.0', id: 2, method: 'ping' }
const LISTEN = 'subscriptions/listen'

/** With a call that wants progress, a ping, a subscription and a call that was cancelled. */
function gate(modern = false): Gate {
  const made = new Gate()
  made.modern = modern
  made.waiting.add(CALL.id, listener(CALL.method))
  made.waiting.add(PING.id, { method: PING.method, answered: () => undefined })
  made.waiting.add('listen:0', listener(LISTEN))
  made.waiting.add(3, listener('tools/call'))
  made.waiting.notified()
  made.waiting.cancel(3)
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
    { title: 'an answer', message: { jsonrpc: '2.0', id: 2, result: {} }, expected: 'answer' },
    {
      title: 'an error',
      message: { jsonrpc: '2.0', id: 2, error: { code: -1, message: 'x' } },
      expected: 'answer',
    },
    { title: 'an unknown id', message: { jsonrpc: '2.0', id: 9, result: {} }, expected: 'unknown-id' },
    { title: 'a fraction', message: { jsonrpc: '2.0', id: 2.5, result: {} }, expected: 'not-json-rpc' },
    { title: 'null as id', message: { jsonrpc: '2.0', id: null, result: {} }, expected: 'no-id' },
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
      expected: 'progress',
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
      expected: 'answer',
    },
    {
      title: 'an acknowledgement',
      message: { jsonrpc: '2.0', method: acknowledged, params: subscription('listen:0') },
      expected: 'acknowledged',
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
      expected: 'notice',
    },
    {
      title: 'params that are a list',
      message: { jsonrpc: '2.0', method: 'notifications/message', params: [] },
      expected: 'not-json-rpc',
    },
    {
      title: 'request and response in one',
      message: { jsonrpc: '2.0', id: 9, method: 'ping', result: {} },
      expected: 'not-json-rpc',
    },
    {
      title: 'an answer within what was asked',
      message: { ...PING, result: {} },
      expected: 'answer',
    },
    { title: 'no method and no id', message: { jsonrpc: '2.0', result: {} }, expected: 'no-id' },
    { title: 'a method that is no text', message: { jsonrpc: '2.0', method: 5 }, expected: 'not-json-rpc' },
    { title: 'a request without jsonrpc', message: { id: 5, method: 'ping' }, expected: 'refuse' },
    { title: 'with a list as params', message: { ...FIVE, method: 'ping', params: [] }, expected: 'refuse' },
    { title: 'with null as params', message: { ...FIVE, method: 'ping', params: null }, expected: 'request' },
    {
      title: 'a notification with null for all that it has not',
      message: { jsonrpc: '2.0', id: null, method: 'notifications/tools/list_changed', params: null },
      expected: 'notice',
    },
    { title: 'a request', message: { jsonrpc: '2.0', id: 5, method: 'ping' }, expected: 'request' },
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
    expect(receive({ jsonrpc: '2.0', id: 2, result: {} }, made).kind).toBe('answer')
    expect(receive({ jsonrpc: '2.0', id: 2, result: {} }, made)).toEqual({ kind: 'drop', bad: 'unknown-id' })
  })
})

describe('a broken answer ends its request at once', () => {
  const cases: { message: unknown; why: RegExp }[] = [
    { message: { jsonrpc: '2.0', id: 2 }, why: /neither a result nor an error/ },
    { message: { jsonrpc: '2.0', id: 2, error: null }, why: /neither a result nor an error/ },
    { message: { id: 2, result: {} }, why: /not JSON-RPC 2\.0/ },
    { message: { jsonrpc: 2, id: '2', result: {} }, why: /not JSON-RPC 2\.0/ },
    { message: { jsonrpc: '1.0', id: 2, error: 'x' }, why: /not JSON-RPC 2\.0/ },
    { message: { jsonrpc: '2.0', id: 2, result: {}, error: {} }, why: /both a result and an error/ },
    { message: { jsonrpc: '2.0', id: '2', result: {}, error: 'x' }, why: /both a result and an error/ },
  ]
  test.each(cases)('$message', ({ message, why }) => {
    expect(receive(message)).toMatchObject({
      kind: 'answer',
      id: 2,
      end: { kind: 'bad', why: expect.stringMatching(why) as string, failing: {} },
      bad: 'not-json-rpc',
    })
  })

  test.each(['too-long', 'too-deep', 'not-json', 'not-utf8'] as const)('%s', (why) => {
    const made = gate()
    expect(made.received({ kind: 'bad', why, id: 2, bytes: 9 })).toMatchObject({
      kind: 'answer',
      bad: why,
      id: 2,
      end: { kind: 'bad' },
    })
    expect(made.received({ kind: 'bad', why, id: 2, bytes: 9 })).toEqual({ kind: 'drop', bad: why })
    expect(made.received({ kind: 'bad', why, bytes: 9 })).toEqual({ kind: 'drop', bad: why })
  })
})

test('a result is handed on as the very value that came, whatever it is', () => {
  for (const result of ['text', null, [], { resultType: 'task' }, { content: [{ type: 'video' }] }]) {
    const passage = receive({ jsonrpc: '2.0', id: 1, result })
    const answer = passage.kind === 'answer' ? passage.end : undefined
    expect(answer?.kind === 'result' && answer.result).toBe(result)
  }
})

test.each<[unknown, object]>([
  ['boom', { code: -32603, message: 'boom' }],
  [7, { message: '7' }],
  [['a', 'b'], { message: '["a","b"]' }],
  [true, { message: 'true' }],
  ['', { message: NO_WORDS }],
  [{}, { message: NO_WORDS }],
  [{ code: -32000 }, { code: -32000, message: NO_WORDS }],
  [{ code: -32000, message: ' ' }, { message: NO_WORDS }],
  [{ message: 'boom' }, { code: -32603, message: 'boom' }],
  [
    { code: 'E', message: 7, data: { a: 1 } },
    { code: -32603, message: '7 (E)', data: { a: 1 } },
  ],
  [
    { code: '-32602', message: 'boom' },
    { code: -32602, message: 'boom' },
  ],
  [
    { code: 1.5, message: 'boom' },
    { code: -32603, message: 'boom' },
  ],
  [{ code: null, message: null, reason: 'boom' }, { message: '{"reason":"boom"}' }],
  [
    { code: -1, message: null, data: 'boom' },
    { code: -1, message: 'boom', data: 'boom' },
  ],
  [{ code: -1, message: { text: 'boom' } }, { message: '{"text":"boom"}' }],
])('the odd error %j is given the form of one, with whatever words it has', (error, expected) => {
  expect(receive({ jsonrpc: '2.0', id: 2, error })).toMatchObject({
    kind: 'answer',
    end: { kind: 'error', error: expected },
  })
})

describe('an id that is written in another way means the same request', () => {
  const answered = (id: unknown, made = gate()): unknown => {
    const passage = receive({ jsonrpc: '2.0', id, result: {} }, made)
    return passage.kind === 'answer' ? passage.id : passage.kind
  }
  const forText = (): Gate => {
    const made = gate()
    for (const id of ['2', '7']) made.waiting.add(id, listener('ping'))
    return made
  }

  test.each([['2'], [' 2 '], ['2.0'], ['2.000']])('%j', (id) => {
    expect(answered(id)).toBe(2)
  })

  test.each([['02'], ['+2'], ['2e0'], ['0x2'], ['2,0'], ['２'], [''], ['2.5'], ['two']])(
    'but not %j',
    (id) => {
      expect(answered(id)).toBe('drop')
    },
  )

  test('a number for a text, and where both wait each its own', () => {
    expect(answered(7, forText())).toBe('7')
    expect([answered('2', forText()), answered(2, forText())]).toEqual(['2', 2])
  })

  test('once answered, or cancelled, it is over in either way', () => {
    const made = gate()
    expect([answered('2', made), answered(2, made), answered('3', made)]).toEqual([2, 'drop', 'late'])
  })

  test.each([['1'], ['1.0'], [1]])('progress for the token %j', (progressToken) => {
    const params = { progressToken, progress: 1 }
    expect(receive({ jsonrpc: '2.0', method: 'notifications/progress', params })).toMatchObject({
      kind: 'progress',
      id: 1,
      progress: { progress: 1 },
    })
  })

  test('of a line that is none', () => {
    expect(gate().received({ kind: 'bad', why: 'too-long', id: '2', bytes: 9 })).toMatchObject({
      id: 2,
    })
  })

  test.each([
    [7, '7'],
    ['7', 7],
    [7, 7],
  ])('a server takes back its own question %j as %j', (id, requestId) => {
    const made = gate()
    receive({ jsonrpc: '2.0', id, method: 'roots/list' }, made)
    const taken = receive({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId } }, made)
    expect(taken).toEqual({ kind: 'taken back', key: typeof id === 'string' ? `"${id}` : String(id) })
  })
})

describe('an answer that names no request', () => {
  const open = (...ids: number[]): Gate => {
    const made = new Gate()
    made.waiting.notified()
    made.waiting.add(0, listener('tools/list'))
    receive({ jsonrpc: '2.0', id: 0, result: {} }, made)
    made.waiting.add('listen:0', listener(LISTEN))
    for (const id of ids) made.waiting.add(id, listener('tools/call'))
    return made
  }

  const NAMELESS = [{ id: null }, {}, { id: [4] }, { id: { id: 4 } }, { id: true }, { id: 4.5 }]
  test.each(NAMELESS)('ends the only one that is open, with the words of its error: %j', (id) => {
    const error = { code: -32700, message: 'boom' }
    expect(receive({ jsonrpc: '2.0', ...id, error }, open(4))).toMatchObject({
      id: 4,
      end: { kind: 'error', error },
    })
  })

  test('is never taken for its result', () => {
    expect(receive({ jsonrpc: '2.0', id: null, result: { content: [] } }, open(4))).toMatchObject({
      id: 4,
      end: { kind: 'bad', why: 'with a result that names no request' },
    })
  })

  test('ends none of two, and none while a notification may be what it answers', () => {
    const nameless = { jsonrpc: '2.0', id: null, error: { code: -32601, message: 'boom' } }
    expect(receive(nameless, open(4, 5))).toEqual({ kind: 'drop', bad: 'no-id' })
    const made = open(4)
    made.waiting.notified()
    expect(receive(nameless, made)).toEqual({ kind: 'drop', bad: 'no-id' })
    expect(receive(nameless, open())).toEqual({ kind: 'drop', bad: 'no-id' })
  })
})

test.each([
  [{ result: { content: [] }, error: null }, 'result'],
  [{ result: null, error: { code: 1, message: 'x' } }, 'error'],
])('a member that is null is none: %j', (body, kind) => {
  expect(receive({ jsonrpc: '2.0', id: 1, ...body })).toMatchObject({ kind: 'answer', end: { kind } })
})
