/** Whatever a server says, in whatever order: each call has one reply, and never that of another (promise 1). */
import * as fc from '../random.ts'
import { expect, it } from 'vitest'
import { Connection } from '../../src/upstream/session/connection.ts'
import type { ServerReply } from '../../src/upstream/session/reply.ts'
import { ScriptedLink } from './scripted-link.ts'

type Step =
  | { readonly kind: 'call' | 'end' | 'nothing' }
  | { readonly kind: 'cancel' | 'progress' | 'twice'; readonly of: number }
  | {
      readonly kind: 'answer'
      readonly of: number
      readonly written: 'number' | 'text' | 'fraction'
      readonly body: 'result' | 'error' | 'both' | 'neither'
    }
  | { readonly kind: 'batch' | 'mixed'; readonly of: readonly number[] }
  | { readonly kind: 'nameless'; readonly body: 'result' | 'error' }
  | { readonly kind: 'broken'; readonly of: number; readonly why: 'too-long' | 'not-json' }

const of = fc.nat(30)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('call' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('end' as const, 'nothing' as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('cancel', 'progress', 'twice'), of }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('answer' as const),
      of,
      written: fc.constantFrom('number', 'text', 'fraction'),
      body: fc.constantFrom('result', 'error', 'both', 'neither'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('batch', 'mixed'), of: fc.array(of, { maxLength: 5 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('nameless' as const),
      body: fc.constantFrom('result', 'error'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('broken' as const),
      of,
      why: fc.constantFrom('too-long', 'not-json'),
    }),
  },
)

const NEWS = {
  onListChanged: () => undefined,
  onLog: () => undefined,
  onResourceUpdated: () => undefined,
  onElicitationComplete: () => undefined,
}
const content = (id: unknown): object => ({ content: [{ type: 'text', text: String(id) }] })

function bodyOf(body: string, id: unknown): object {
  return {
    ...((body === 'result' || body === 'both') && { result: content(id) }),
    ...((body === 'error' || body === 'both') && { error: { code: -1, message: String(id) } }),
  }
}

function spelled(id: number, written: string): unknown {
  return written === 'number' ? id : written === 'text' ? String(id) : `${id}.0`
}

/** The replies to each call by its id, in the order in which they came. */
async function replies(steps: readonly Step[]): Promise<ReadonlyMap<number, readonly ServerReply[]>> {
  const link = new ScriptedLink(({ id, method }) =>
    method === 'initialize'
      ? [{ id, result: { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: {} } }]
      : undefined,
  )
  const connection = new Connection(link, {
    era: 'legacy',
    probeTimeoutMs: 1000,
    timeoutMs: 5000,
    signal: new AbortController().signal,
    capabilities: {},
    news: NEWS,
  })
  await connection.open()
  const heard = new Map<number, ServerReply[]>()
  const cancels: (() => void)[] = []
  const call = (): void => {
    const all: ServerReply[] = []
    const id = heard.size + 1
    heard.set(id, all)
    const request = { method: 'tools/call', params: { name: 'x' } }
    const options = { timeoutMs: 60_000, caller: { capabilities: {} } }
    const listener = {
      replied: (reply: ServerReply) => all.push(reply),
      progressed: () => expect(all).toEqual([]),
    }
    const sent = connection.send(request, options, listener)
    cancels.push(() => sent.cancel())
  }
  for (const one of steps) {
    switch (one.kind) {
      case 'call':
        call()
        break
      case 'end':
        void link.close()
        break
      case 'nothing':
        await new Promise((resolve) => setImmediate(resolve))
        break
      case 'cancel':
        cancels[one.of]?.()
        break
      case 'progress':
        void link.says({
          method: 'notifications/progress',
          params: { progressToken: one.of, progress: 1 },
        })
        break
      case 'answer':
        void link.says({ id: spelled(one.of, one.written), ...bodyOf(one.body, one.of) })
        break
      case 'twice':
        void link.says({ id: one.of, result: content(one.of) }, { id: one.of, result: content('other') })
        break
      case 'mixed':
        void link.says(...one.of.map((id) => ({ id, result: content(id) })))
        break
      case 'batch':
        void link.hears({
          kind: 'bad',
          why: 'batch',
          bytes: 9,
          batch: one.of.map((id) => ({ id, result: content(id) })),
        })
        break
      case 'nameless':
        void link.says({ id: null, ...bodyOf(one.body, 'nobody') })
        break
      case 'broken':
        void link.hears({ kind: 'bad', why: one.why, bytes: 9, id: one.of })
    }
  }
  await link.close()
  return heard
}

it('is so for a thousand courses of events', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      for (const [id, [reply, ...others]] of await replies(steps)) {
        expect(others).toEqual([])
        expect(['result', 'error', 'bad-answer', 'cancelled', 'gone']).toContain(reply?.kind)
        if (reply?.kind === 'result') expect(reply.result).toEqual(content(id))
        if (reply?.kind === 'error') expect([String(id), 'nobody']).toContain(reply.message)
      }
    }),
    { numRuns: 500 },
  )
})
