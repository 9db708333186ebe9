/**
 * Whatever a host sends, and however it is cut into chunks: each request is answered once, a cancelled one at most once,
 * nothing else is answered by an id, a human's yes comes only by the id of an open question (promise 4), and the connection
 * lives on.
 */
import * as fc from '../random.ts'
import { expect, test } from 'vitest'
import { Talk, type Message } from './talk.ts'

const MCP = 'io.modelcontextprotocol/'
const odd = fc.constantFrom<unknown>(null, 0, 1.5, '', 'x', true, [], {}, [{}], { a: [1] }, -1, 1e300)
const method = fc.constantFrom(
  'initialize',
  'server/discover',
  'ping',
  'tools/list',
  'resources/list',
  'tools/call',
  'prompts/get',
  'resources/read',
  'completion/complete',
  'logging/setLevel',
  'subscriptions/listen',
  'resources/unsubscribe',
  'notifications/cancelled',
  'no/such',
  '__proto__',
)
const sometimes = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined, freq: 3 })
const envelope = fc.record(
  {
    [`${MCP}protocolVersion`]: fc.oneof(
      { weight: 5, arbitrary: fc.constant('2026-07-28') },
      { weight: 1, arbitrary: fc.oneof(fc.constant('2099-01-01'), odd) },
    ),
    [`${MCP}clientCapabilities`]: fc.oneof(fc.constant({}), fc.constant({ elicitation: {} }), odd),
    [`${MCP}clientInfo`]: fc.oneof(fc.constant({ name: 'h', version: '1' }), odd),
    [`${MCP}logLevel`]: fc.oneof(fc.constant('info'), odd),
    progressToken: fc.oneof(fc.constant('t'), odd),
  },
  { requiredKeys: [] },
)
const params = fc.record(
  {
    name: fc.oneof(
      fc.constantFrom('echo', 'slow', 'throws', 'progress', 'log', 'confirm', 'relay', 'input', 'typed'),
      odd,
    ),
    uri: fc.oneof(fc.constant('echo'), odd),
    arguments: fc.oneof(fc.constant({ code: -32_002 }), odd),
    level: fc.oneof(fc.constant('error'), odd),
    ref: fc.oneof(fc.constant({ type: 'ref/prompt', name: 'echo' }), odd),
    argument: odd,
    notifications: fc.oneof(
      fc.constant({ toolsListChanged: true, resourceSubscriptions: ['a', 'refused:b', 'never:c'] }),
      odd,
    ),
    protocolVersion: fc.oneof(fc.constant('2025-11-25'), odd),
    capabilities: fc.oneof(fc.constant({ elicitation: {} }), odd),
    clientInfo: fc.oneof(fc.constant({ name: 'h', version: '1' }), odd),
    requestState: odd,
    inputResponses: odd,
    requestId: fc.oneof(fc.nat(30), odd),
    _meta: fc.oneof({ weight: 4, arbitrary: envelope }, { weight: 1, arbitrary: odd }),
  },
  { requiredKeys: [] },
)
const request = fc.record({ method, params: sometimes(fc.oneof({ weight: 6, arbitrary: params }, odd)) })
const notification = fc.record({
  method: fc.oneof(method, fc.constant('notifications/cancelled')),
  params: sometimes(params),
})
const forged = fc.record(
  {
    id: fc.oneof(fc.constantFrom('00', '1.0', ' 9', 999), odd),
    result: fc.constant({ action: 'accept', content: {} }),
    error: odd,
  },
  { requiredKeys: [] },
)
const step = fc.oneof(
  { weight: 8, arbitrary: request.map((one) => ({ kind: 'request' as const, one })) },
  { weight: 3, arbitrary: notification.map((one) => ({ kind: 'other' as const, one })) },
  { weight: 1, arbitrary: forged.map((one) => ({ kind: 'other' as const, one })) },
  { weight: 2, arbitrary: fc.nat(29).map((one) => ({ kind: 'cancel' as const, one })) },
  { weight: 1, arbitrary: odd.map((one) => ({ kind: 'junk' as const, one })) },
)

test('every request is answered once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 30 }),
      fc.integer({ min: 1, max: 4000 }),
      async (steps, size) => {
        const talk = new Talk()
        // Ids that nothing random has, so that what is answered by them is theirs.
        const ids = steps.map((_, at) => (at % 2 === 0 ? 1000 + at : `id ${at}`))
        const sent = steps.map(({ kind, one }, at) => {
          if (kind === 'junk') return JSON.stringify(one)
          if (kind === 'cancel') {
            const cancel = { method: 'notifications/cancelled', params: { requestId: ids[one] } }
            return JSON.stringify({ jsonrpc: '2.0', ...cancel })
          }
          return JSON.stringify({
            jsonrpc: '2.0',
            ...(kind === 'request' && { id: ids[at] }),
            ...(one as Message),
          })
        })
        const bytes = Buffer.from(sent.map((line) => `${line}\n`).join(''))
        for (let at = 0; at < bytes.length; at += size) {
          talk.stdin.write(bytes.subarray(at, at + size))
          await talk.settle()
        }
        talk.release()
        const heard = await allOf(talk)
        const asked = heard
          .filter(({ method: name, id }) => name !== undefined && id !== undefined)
          .map(({ id }) => id)
        // Open ones are over when the host says so, and what waits for them is then answered.
        for (const id of asked) await talk.take([{ id, error: { code: 1, message: 'no' } }])
        talk.release()
        await talk.take([{ id: 'last', method: 'ping' }])
        heard.push(...(await allOf(talk)))
        await talk.served.close()
        heard.push(...(await allOf(talk)))

        const answers = heard.filter(({ method: name }) => name === undefined)
        const cancelled = new Set(steps.map(({ kind, one }) => (kind === 'cancel' ? ids[one] : undefined)))
        for (const [at, { kind }] of steps.entries()) {
          const own = answers.filter(({ id }) => id === ids[at])
          const most = kind === 'request' ? 1 : 0
          const least = cancelled.has(ids[at]) ? 0 : most
          const what = `${sent[at]}: ${JSON.stringify(own)}`
          expect(own.length, what).toBeLessThanOrEqual(most)
          expect(own.length, what).toBeGreaterThanOrEqual(least)
        }
        expect(answers.filter(({ id }) => id === 'last')).toHaveLength(1)
        for (const { id } of answers)
          expect([...ids, 'last', null].includes(id as string) || odds.has(JSON.stringify(id))).toBe(true)
        const said = JSON.stringify(answers)
        expect(said).not.toContain('\\"action\\":\\"accept\\"')
        expect(said).not.toContain('hunter2')
      },
    ),
    { numRuns: 60 },
  )
})

/** What junk and what is no request may be refused by. */
const odds = new Set(['0', '1.5', '""', '"x"', '-1', '1e+300', '"00"', '"1.0"', '" 9"', '999'])

async function allOf(talk: Talk): Promise<Message[]> {
  const heard: Message[] = []
  for (let more = talk.heard(); more.length > 0; more = talk.heard()) {
    heard.push(...more)
    await talk.settle()
  }
  return heard
}
