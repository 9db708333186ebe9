/** What a host listens to since 2026-07-28 (basic/patterns/subscriptions): asked of the servers, acknowledged, told, ended. */
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Listens } from '../../src/downstream/listens.ts'
import { RpcError } from '../../src/wire/rpc-error.ts'

const ID = 'io.modelcontextprotocol/subscriptionId'
const ACKNOWLEDGED = 'notifications/subscriptions/acknowledged'
const UPDATED = 'notifications/resources/updated'
const TOOLS = 'notifications/tools/list_changed'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Servers answer by the scheme of the URI: `yes:`, `no:`, `throws:`, or never. */
function listening() {
  const heard: [string, object][] = []
  const watched: string[] = []
  const answers = new Map<string, (agreed: boolean) => void>()
  const listens = new Listens({
    notify: (method, params) => void heard.push([method, params]),
    confirm: (method, params) => void heard.push([method, params]),
    watch: async (uri) => {
      watched.push(`+${uri}`)
      if (uri.startsWith('throws:')) throw new Error('x')
      if (uri.startsWith('later:')) return new Promise((resolve) => answers.set(uri, resolve))
      return uri.startsWith('yes:')
    },
    unwatch: (uri) => void watched.push(`-${uri}`),
  })
  const settle = async (ms = 0): Promise<unknown> => vi.advanceTimersByTimeAsync(ms)
  return { listens, heard, watched, answers, settle }
}

const acknowledged = (id: unknown, notifications: object): [string, object] => [
  ACKNOWLEDGED,
  { notifications, _meta: { [ID]: id } },
]
const updated = (id: unknown, uri: string): [string, object] => [UPDATED, { uri, _meta: { [ID]: id } }]

it('lists are acknowledged at once, and only those that were asked for are told', () => {
  const { listens, heard } = listening()
  listens.begin(1, { toolsListChanged: true, promptsListChanged: false, foo: true })
  listens.tell(TOOLS, {})
  listens.tell('notifications/prompts/list_changed', {})
  listens.tell('notifications/resources/list_changed', {})
  listens.tell(UPDATED, { uri: 'yes:a' })
  expect(heard).toEqual([acknowledged(1, { toolsListChanged: true }), [TOOLS, { _meta: { [ID]: 1 } }]])
})

it('resources are acknowledged when their servers have answered, without those that refused', async () => {
  const { listens, heard, watched, settle } = listening()
  listens.begin('x', { resourceSubscriptions: ['yes:a', 'no:b', 'throws:c', 'yes:a'] })
  expect(heard).toEqual([])
  await settle()
  expect(heard).toEqual([acknowledged('x', { resourceSubscriptions: ['yes:a'] })])
  listens.tell(UPDATED, { uri: 'no:b' })
  listens.tell(UPDATED, { uri: 'yes:a' })
  listens.tell(UPDATED, { uri: 5 })
  expect(heard.slice(1)).toEqual([updated('x', 'yes:a')])
  expect(watched.filter((one) => one.startsWith('+'))).toEqual(['+yes:a', '+no:b', '+throws:c'])
})

it('what changes before the acknowledgement is told behind it, each once', async () => {
  const { listens, heard, answers, settle } = listening()
  listens.begin(1, { toolsListChanged: true, resourceSubscriptions: ['later:a', 'no:b'] })
  for (let n = 0; n < 3; n += 1) {
    listens.tell(TOOLS, {})
    listens.tell(UPDATED, { uri: 'later:a' })
    listens.tell(UPDATED, { uri: 'no:b' })
  }
  await settle()
  expect(heard).toEqual([])
  answers.get('later:a')?.(true)
  await settle()
  expect(heard).toEqual([
    acknowledged(1, { toolsListChanged: true, resourceSubscriptions: ['later:a'] }),
    [TOOLS, { _meta: { [ID]: 1 } }],
    updated(1, 'later:a'),
  ])
})

it('a server that is slow to answer keeps nobody from hearing of the others', async () => {
  const { listens, heard, settle } = listening()
  listens.begin(1, { resourceSubscriptions: ['later:a', 'yes:b', 'no:c'] })
  await settle(2999)
  expect(heard).toEqual([])
  await settle(1)
  expect(heard).toEqual([acknowledged(1, { resourceSubscriptions: ['later:a', 'yes:b'] })])
})

it('a resource is watched once, however many listen, and no longer than the last of them', async () => {
  const { listens, heard, watched, settle } = listening()
  listens.begin(1, { resourceSubscriptions: ['yes:a', 'yes:b'] })
  listens.begin(2, { resourceSubscriptions: ['yes:a'] })
  await settle()
  listens.tell(UPDATED, { uri: 'yes:a' })
  expect(heard.slice(2)).toEqual([updated(1, 'yes:a'), updated(2, 'yes:a')])
  expect(listens.end(1)).toBe(true)
  expect(watched).toEqual(['+yes:a', '+yes:b', '-yes:b'])
  expect(listens.end(1)).toBe(false)
  expect(listens.end(2)).toBe(true)
  expect(watched.slice(3)).toEqual(['-yes:a'])
})

it('thousands are asked for in turns, and no more of them once it is cancelled', async () => {
  vi.useRealTimers()
  const { listens, watched } = listening()
  const many = Array.from({ length: 1000 }, (_, n) => `yes:${n}`)
  listens.begin(1, { resourceSubscriptions: many })
  listens.begin(2, { resourceSubscriptions: ['yes:999'] })
  await setImmediate()
  const asked = watched.length
  expect(asked).toBeLessThan(200)
  listens.end(1)
  await setImmediate()
  await setImmediate()
  // The other one has asked for its own.
  expect(watched.filter((one) => one.startsWith('+'))).toHaveLength(asked)
  expect(watched.filter((one) => one.startsWith('-'))).toHaveLength(asked - 1)
  expect(watched).not.toContain('-yes:999')
})

it('a resource that was refused is asked for again by the next who wants it', async () => {
  const { listens, watched, settle } = listening()
  listens.begin(1, { resourceSubscriptions: ['no:a'] })
  await settle()
  listens.begin(2, { resourceSubscriptions: ['no:a'] })
  await settle()
  expect(watched).toEqual(['+no:a', '-no:a', '+no:a', '-no:a'])
})

it('nothing is told under one that was cancelled, not even its acknowledgement', async () => {
  const { listens, heard, watched, answers, settle } = listening()
  listens.begin(1, { toolsListChanged: true, resourceSubscriptions: ['later:a'] })
  listens.tell(TOOLS, {})
  expect(listens.end(1)).toBe(true)
  answers.get('later:a')?.(true)
  await settle()
  expect(heard).toEqual([])
  expect(watched).toEqual(['+later:a', '-later:a'])
})

it('an id used again names the newer one only', async () => {
  const { listens, heard, watched, answers, settle } = listening()
  listens.begin(1, { resourceSubscriptions: ['later:a'] })
  listens.begin(1, { toolsListChanged: true })
  answers.get('later:a')?.(true)
  await settle()
  expect(heard).toEqual([acknowledged(1, { toolsListChanged: true })])
  expect(watched).toEqual(['+later:a', '-later:a'])
})

it('1 and "1" are two', () => {
  const { listens } = listening()
  listens.begin(1, {})
  listens.begin('1', {})
  expect(listens.end('1')).toBe(true)
  expect(listens.endAll()).toEqual([1])
  expect(listens.endAll()).toEqual([])
})

it.each([
  undefined,
  null,
  'x',
  [],
  5,
  { toolsListChanged: 1 },
  { resourceSubscriptions: 'a' },
  { resourceSubscriptions: [1] },
])('%j is no filter', (filter) => {
  const { listens } = listening()
  expect(() => listens.begin(1, filter)).toThrow(
    new RpcError(
      -32_602,
      "Invalid params: 'notifications' is required and must be a valid SubscriptionFilter",
    ),
  )
  expect(listens.endAll()).toEqual([])
})

it('there is an end to how many there may be', () => {
  const { listens } = listening()
  for (let id = 0; id < 1024; id += 1) listens.begin(id, {})
  expect(() => listens.begin('more', {})).toThrow(new RpcError(-32_603, 'Subscription limit reached'))
  listens.end(0)
  listens.begin('more', {})
})
