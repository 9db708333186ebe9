import { describe, expect, it } from 'vitest'
import { EventReader, type ServerEvent } from '../../../src/upstream/remote/http/event-stream.ts'

const CASES: [string, string, Partial<ServerEvent>[]][] = [
  ['one event', 'data: {"a":1}\n\n', [{ type: 'message', frame: { kind: 'message', message: { a: 1 } } }]],
  [
    'CRLF',
    'event: message\r\ndata: {"a":1}\r\n\r\n',
    [{ type: 'message', frame: { kind: 'message', message: { a: 1 } } }],
  ],
  ['CR alone', 'data: {"a":1}\r\r', [{ frame: { kind: 'message', message: { a: 1 } } }]],
  ['no space after the colon', 'data:{"a":1}\n\n', [{ frame: { kind: 'message', message: { a: 1 } } }]],
  ['several lines of data', 'data: {"a":\ndata: 1}\n\n', [{ frame: { kind: 'message', message: { a: 1 } } }]],
  ['a byte order mark', '\uFEFFdata: {"a":1}\n\n', [{ frame: { kind: 'message', message: { a: 1 } } }]],
  [
    'comments and unknown fields',
    ': hello\nfoo: bar\ndata: {"a":1}\n\n',
    [{ frame: { kind: 'message', message: { a: 1 } } }],
  ],
  ['an id and a time to retry', 'id: 7\nretry: 500\ndata: {}\n\n', [{ id: '7', retryMs: 500 }]],
  ['an id without data', 'id: 7\ndata:\n\n', [{ id: '7', hasData: true }]],
  ['an id that no header can hold', 'id: a\u0000b\ndata: {}\n\n', [{ hasData: true }]],
  [
    'another kind of event',
    'event: endpoint\ndata: /messages?x=1\n\n',
    [{ type: 'endpoint', start: '/messages?x=1' }],
  ],
  [
    'what is not JSON',
    'data: nope\n\ndata: {"a":1}\n\n',
    [
      { frame: expect.objectContaining({ why: 'not-json' }) as never },
      { frame: { kind: 'message', message: { a: 1 } } },
    ],
  ],
  [
    'a member __proto__',
    'data: {"__proto__":{"x":1},"a":1}\n\n',
    [{ frame: { kind: 'message', message: { a: 1 } } }],
  ],
  ['an end without a blank line', 'data: {"a":1}\n', []],
]

function read(text: string, size: number): ServerEvent[] {
  const reader = new EventReader({ keepsStart: true })
  const bytes = Buffer.from(text, 'utf8')
  const events: ServerEvent[] = []
  for (let from = 0; from < bytes.length; from += size)
    events.push(...reader.push(bytes.subarray(from, from + size)))
  return events
}

describe.each([1, 2, 3, 7, 1000])('server-sent events in pieces of %i bytes', (size) => {
  it.each(CASES)('%s', (_name, text, expected) => {
    const events = read(text, size).filter(({ hasData, id }) => hasData || id !== undefined)
    expect(events).toHaveLength(expected.length)
    for (const [at, event] of expected.entries()) expect(events[at]).toMatchObject(event)
  })
})

it('an event of more than 10 MiB is skipped while it arrives, and names its request', () => {
  const reader = new EventReader()
  const events = [...reader.push(Buffer.from('data: {"jsonrpc":"2.0","id":7,"result":{"x":"'))]
  const chunk = Buffer.alloc(1024 * 1024, 'x')
  for (let at = 0; at < 64; at += 1) events.push(...reader.push(chunk))
  events.push(...reader.push(Buffer.from('"}}\n\ndata: {}\n\n')))
  expect(events.map(({ frame }) => frame)).toMatchObject([
    { kind: 'bad', why: 'too-long', id: 7 },
    { kind: 'message', message: {} },
  ])
})
