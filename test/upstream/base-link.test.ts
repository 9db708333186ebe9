/** What links to servers have in common: what is handed on of what a server sends, to whom, and in which order. */
import { expect, onTestFinished, test, vi } from 'vitest'
import type { LargeLine } from '../../src/wire/framing.ts'
import { listener, ScriptedLink } from './scripted-link.ts'

const progress = (value: number): object => ({
  method: 'notifications/progress',
  params: { progressToken: 1, progress: value },
})
const large = (message: object): LargeLine => ({
  kind: 'large',
  line: [Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message, params: { data: 'x'.repeat(300_000) } }))],
})
const result = (value: object): object => ({ kind: 'result', result: value })
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('a message whose handling fails is left out, and those behind it are read (promise 1)', () => {
  const link = new ScriptedLink()
  const heard: string[] = []
  link.onNotice = (method) => {
    if (method === 'notifications/odd') throw new Error('odd')
    heard.push(method)
  }
  void link.says({ method: 'notifications/odd' }, { method: 'notifications/message' })
  void link.says({ method: 'notifications/odd' }, { method: 'notifications/tools/list_changed' })
  expect(heard).toEqual(['notifications/message', 'notifications/tools/list_changed'])
})

test('all messages of a chunk are handed on before anything else happens', () => {
  const link = new ScriptedLink()
  const calls = Array.from({ length: 100 }, (_, id) => ({ id, waiter: listener('tools/call') }))
  for (const { id, waiter } of calls) link.request(id, 'tools/call', {}, waiter)
  expect(link.says(...calls.map(({ id }) => ({ id, result: { id } })))).toBeUndefined()
  expect(calls.map(({ waiter }) => waiter.heard)).toEqual(calls.map(({ id }) => [result({ id })]))
})

test('of much progress some at once, the newest before the answer, and nothing after it', async () => {
  // No time goes by, however slow the machine is.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const link = new ScriptedLink()
  const waiter = listener('tools/call')
  link.request(1, 'tools/call', {}, waiter)
  const all = Array.from({ length: 1000 }, (_, n) => progress(n + 1))
  await link.says(...all, { id: 1, result: {} }, progress(2000))
  expect(waiter.heard).toEqual([
    ...Array.from({ length: 20 }, (_, n) => ({ progress: n + 1 })),
    { progress: 1000 },
    result({}),
  ])
  expect(link.bad).toEqual(['unknown-token'])
})

test('whoever cancels hears nothing more: no progress that waits, no answer, no end', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const link = new ScriptedLink()
  const waiter = listener('tools/call')
  link.request(1, 'tools/call', {}, waiter)
  void link.says(...Array.from({ length: 25 }, (_, n) => progress(n)))
  link.cancel(1, { requestId: 1, reason: 'cancelled' })
  const before = waiter.heard.length
  await vi.advanceTimersByTimeAsync(1000)
  void link.says(progress(99), { id: 1, result: {} })
  await link.close()
  expect([waiter.heard.length, link.bad]).toEqual([before, []])
  expect(link.lines.at(-1)).toMatchObject({ method: 'notifications/cancelled', params: { requestId: 1 } })
})

test('when it ends everybody who waits is told, once, and whoever comes later too', async () => {
  const link = new ScriptedLink()
  const [first, second, late] = [listener('tools/call'), listener('tools/list'), listener('ping')]
  link.request(1, first.method, {}, first)
  link.request(2, second.method, {}, second)
  void link.says({ id: 2, result: {} })
  await link.close()
  link.request(3, late.method, {}, late)
  void link.says({ id: 1, result: {} })
  expect([first.heard, second.heard, late.heard]).toEqual([
    [{ kind: 'gone' }],
    [result({})],
    [{ kind: 'gone' }],
  ])
  expect(link.wasIdle).toBe(false)
})

test('what was asked again meanwhile waits behind a long line that is read elsewhere', async () => {
  let read: () => void = () => undefined
  const link = new ScriptedLink(undefined, {
    readLarge: (line) =>
      new Promise((resolve) => {
        read = () =>
          resolve({
            kind: 'message',
            message: JSON.parse(Buffer.concat(line).toString()) as Record<string, unknown>,
          })
      }),
  })
  const heard: number[] = []
  for (const id of [1, 2, 3])
    link.request(id, 'tools/call', {}, { method: 'tools/call', answered: () => heard.push(id) })
  void link.hears({ ...large({ id: 2, result: {} }), id: 2 })
  void link.says({ id: 1, result: {} })
  const all = link.says({ id: 3, result: {} })
  await turn()
  expect(heard).toEqual([])
  read()
  await all
  expect(heard).toEqual([2, 1, 3])
})

test('a notification too long to be of use is left out, a question of that length is asked', async () => {
  const link = new ScriptedLink()
  await link.hears(large({ method: 'notifications/message' }), large({ id: 7, method: 'roots/list' }))
  await turn()
  expect([link.bad, link.lines]).toEqual([['too-long'], [{ jsonrpc: '2.0', id: 7, result: { roots: [] } }]])
})

test('a batch ends at once each call that it has an answer to', () => {
  const link = new ScriptedLink()
  const waiters = [1, 2, 3].map((id) => {
    const waiter = listener('tools/call')
    link.request(id, 'tools/call', {}, waiter)
    return waiter
  })
  const batch = [
    { id: '1', result: {} },
    { id: 2, error: {} },
    { id: 3, method: 'ping' },
    { id: 9, result: {} },
    7,
  ]
  void link.hears({ kind: 'bad', why: 'batch', bytes: 9, batch })
  const bad = { kind: 'bad', why: 'with a batch, which MCP no longer has', failing: {} }
  expect(waiters.map(({ heard }) => heard)).toEqual([[bad], [bad], []])
  expect(link.bad).toEqual(['batch', 'batch', 'batch'])
})

test('what a server says unasked is heard in its order; one that does not read gets no answers', () => {
  const link = new ScriptedLink()
  const heard: string[] = []
  link.onNotice = (method) => heard.push(method)
  link.queued = 2 ** 21
  void link.says(
    { id: 7, method: 'ping' },
    { method: 'notifications/a' },
    { id: 8, method: 'x', params: [] },
    { method: 'b' },
  )
  expect([link.bad, heard, link.lines]).toEqual([
    ['unexpected-request', 'not-json-rpc', 'unexpected-request'],
    ['notifications/a', 'b'],
    [],
  ])
})

test('a question that its server takes back is answered no more', async () => {
  const asked: AbortSignal[] = []
  const link = new ScriptedLink(undefined, {
    onQuestion: (_, signal) =>
      new Promise((_resolve, reject) => {
        asked.push(signal)
        signal.addEventListener('abort', () => reject(new Error('taken back')))
      }),
  })
  void link.says(
    { id: 'q', method: 'elicitation/create', params: {} },
    { method: 'notifications/cancelled', params: { requestId: 'q' } },
  )
  await turn()
  expect([asked.map(({ aborted }) => aborted), link.lines, link.bad]).toEqual([[true], [], []])
})
