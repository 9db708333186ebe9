/** A server that ends as if its work were done is no crashed one: it is started when somebody wants it (promise 9). */
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { call, pidFile, spec, startFleet, textOf, until } from './harness.ts'

const leaves = (how: string) => spec('one', 'leaves', { env: { HOW: how } })

/** Right after its first list, and never again. */
const endsOnce = () => spec('one', 'leaves', { env: { HOW: 'eager', ONCE: pidFile().path } })

describe('a server that ends after each answer', () => {
  test.each(['exit', 'signal', 'shell', 'at-once', 'crash'])(
    'by %s: each of 3 calls works, after that end, and its tools stay',
    async (how) => {
      const { fleet, child, of } = startFleet([leaves(how)])
      await fleet.settled()
      for (const text of ['1', '2', '3']) {
        expect(textOf(await call(child('one'), 'echo', { text }))).toBe(text)
        // One that comes while it ends would be sent to what can't answer any more.
        await until(() => of('exited').length === Number(text))
        expect(child('one').offers?.tools).toHaveLength(1)
      }
      if (how === 'crash') return
      expect(of('launched')).toHaveLength(3)
      expect([of('failed'), of('not-ready')]).toEqual([[], []])
      expect(child('one').state).toMatchObject({ kind: 'asleep' })
      // It stays away until it is called.
      await pause(500)
      expect(of('launched')).toHaveLength(3)
    },
  )

  test('is not started by an edit that leaves it as it is', async () => {
    const rule = { untilCalled: false, idleMs: 0, endsWorking: false }
    const { fleet, child } = startFleet([{ ...leaves('eager'), sleep: () => rule }])
    await fleet.settled()
    await until(() => child('one').state.kind === 'asleep')
    child('one').regard()
    expect(child('one').state.kind).toBe('asleep')
  })

  test('many calls at once start one', async () => {
    const { fleet, child, of } = startFleet([endsOnce()])
    await fleet.settled()
    await until(() => child('one').state.kind === 'asleep')
    const texts = ['a', 'b', 'c']
    const replies = await Promise.all(texts.map((text) => call(child('one'), 'echo', { text })))
    expect(replies.map(textOf)).toEqual(texts)
    expect(of('launched')).toHaveLength(2)
  })
})

test('one whose resources are watched does not rest, and not keep a machine busy either', async () => {
  const { fleet, child, of } = startFleet([spec('one', 'leaves-watched')])
  await fleet.settled()
  const watch = { method: 'resources/subscribe', params: { uri: 'note://one' } }
  const caller = { capabilities: {}, prepare: async () => ({ kind: 'refuse', code: 0, reason: '' }) as const }
  await child('one').request(watch, { signal: new AbortController().signal, timeoutMs: 5000, caller })
  await until(() => of('launched').length === 3)
  const before = of('launched').length
  await pause(3000)
  expect(of('launched').length - before).toBeLessThanOrEqual(2)
})
