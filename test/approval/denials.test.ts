/** A no that needn't be said again (promise 4): the identical call for five minutes, a whole tool for as long as was said. */
import { describe, expect, it } from 'vitest'
import type { Asker, Channel } from '../../src/approval/facts/channel.ts'
import type { ApprovalRequest, Decision } from '../../src/approval/question/decision.ts'
import type { ApprovalEvent } from '../../src/approval/facts/event.ts'
import { ApprovalQueue } from '../../src/approval/queue.ts'
import { Seal } from '../../src/approval/facts/seal.ts'

const MINUTE = 60_000
const nobody: Asker = { kind: 'none', why: 'the host can not ask' }
const page: Channel = { name: 'page', ask: async () => ({ kind: 'shown' }) }
const byPage = { channel: 'page', page: 'p1' } as const
const no = { kind: 'deny' } as const

function call(tool: string, argsHash = 'a', kind?: 'prompt'): ApprovalRequest {
  const hashes = { launchHash: 'l', toolHash: 't' }
  return {
    call: '1',
    binding: { server: 'files', tool, ...hashes, argsHash, configHash: 'c', session: 's' },
    subject: { server: 'files', tool, ...hashes, ruleHash: 'r' },
    args: {},
    facts: {
      ...(kind !== undefined && { kind }),
      server: 'files',
      tool,
      risk: 'write',
      why: 'risk',
      args: {},
      changes: [],
    },
    text: 'May it?',
    offer: undefined,
  }
}

interface Setting {
  shadow?: boolean
  failOn?: ApprovalEvent['phase']
  slow?: ApprovalEvent['phase']
}

function setup({ shadow = false, failOn, slow }: Setting = {}) {
  const clock = { now: 1_000_000_000 }
  const events: ApprovalEvent[] = []
  const waitMs = slow === undefined ? 20 : 5000
  const rules = { channels: [page], shadow, waitMs, leadMs: 10_000, expireMs: 600_000 }
  const queue = new ApprovalQueue({
    ...rules,
    seal: new Seal('session'),
    now: () => clock.now,
    onEvent: async (event) => {
      if (event.phase === failOn) throw new Error('disk full')
      events.push(event)
      if (event.phase === slow) await new Promise((resolve) => setTimeout(resolve, 30))
    },
  })
  const decide = (which: ApprovalRequest): Promise<Decision> =>
    queue.decide(which, nobody, new AbortController().signal)
  const outcome = async (which: ApprovalRequest): Promise<string> => {
    const decision = await decide(which)
    return decision.kind === 'refused' ? decision.why : decision.kind
  }
  /** Asks, and answers while the call waits. */
  const answer = async (which: ApprovalRequest, given: Parameters<typeof queue.desk.answer>[1]) => {
    const decision = decide(which)
    while (queue.desk.pending().length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    const { id = '' } = queue.desk.pending().at(-1) ?? {}
    const outcomeOf = await queue.desk.answer(id, given, byPage)
    return { id, outcome: outcomeOf, decision: await decision }
  }
  return { queue, desk: queue.desk, clock, events, decide, outcome, answer, rules }
}

describe('after a no', () => {
  it.each<[string, ApprovalRequest, number, string]>([
    ['the identical call at once', call('move'), 0, 'denied'],
    ['the identical call four minutes later', call('move'), 4 * MINUTE, 'denied'],
    ['the identical call five minutes later', call('move'), 5 * MINUTE, 'pending'],
    ['other arguments', call('move', 'b'), 0, 'pending'],
    ['another tool', call('copy'), 0, 'pending'],
    ['a prompt of the same name, and so another definition', call('move', 'c', 'prompt'), 0, 'pending'],
  ])('%s', async (_what, next, later, expected) => {
    const { answer, clock, outcome, events } = setup()
    const { id } = await answer(call('move'), no)
    clock.now += later
    events.length = 0
    expect(await outcome(next)).toBe(expected)
    if (expected === 'denied') expect(events).toMatchObject([{ phase: 'still-denied', denial: id }])
  })

  it('says when it was said', async () => {
    const { answer, clock, decide } = setup()
    await answer(call('move'), no)
    expect(await decide(call('move'))).toMatchObject({ detail: 'the human said no to this call just now' })
    clock.now += 3 * MINUTE
    expect(await decide(call('move'))).toMatchObject({ detail: 'the human said no to this call 3 min ago' })
  })

  it('is no refusal when it can not be written down, nor a yes', async () => {
    const { answer, decide } = setup({ failOn: 'still-denied' })
    await answer(call('move'), no)
    await expect(decide(call('move'))).rejects.toThrow('disk full')
  })

  it('counts for nothing when the no itself was not written down', async () => {
    const { desk, decide, events } = setup({ failOn: 'denied' })
    const first = decide(call('move'))
    await new Promise((resolve) => setTimeout(resolve, 5))
    const [{ id } = { id: '' }] = desk.pending()
    expect(await desk.answer(id, { ...no, forMs: MINUTE }, byPage)).toBe('refused')
    await expect(first).rejects.toThrow('disk full')
    expect(desk.denials()).toEqual([])
    expect(events.map(({ phase }) => phase)).toEqual(['asked'])
  })
})

describe('a no to all calls of a tool', () => {
  it('stands while the others of the tool are written down, whoever says yes meanwhile', async () => {
    const { desk, decide, events, queue } = setup({ slow: 'denied' })
    const [first, second] = [decide(call('move')), decide(call('move', 'b'))]
    await new Promise((resolve) => setTimeout(resolve, 2))
    const [{ id } = { id: '' }] = desk.pending()
    const said = desk.answer(id, { ...no, forMs: MINUTE }, byPage)
    const denied = (): number => events.filter(({ phase }) => phase === 'denied').length
    await expect.poll(denied, { interval: 2 }).toBe(2)
    expect(await queue.desk.answer(id, { kind: 'approve' }, byPage)).not.toBe('done')
    expect(await said).toBe('done')
    for (const one of [first, second]) expect(await one).toMatchObject({ why: 'denied' })
  })

  it('refuses them unasked until it ends, whatever their arguments, and is written down', async () => {
    const { answer, clock, decide, outcome, desk, events } = setup()
    const { id, outcome: taken } = await answer(call('move'), { ...no, forMs: 60 * MINUTE })
    expect(taken).toBe('done')
    expect(events.find(({ phase }) => phase === 'denied')).toMatchObject({ forMs: 60 * MINUTE })
    expect(desk.denials()).toEqual([
      { id, server: 'files', tool: 'move', since: clock.now, until: clock.now + 60 * MINUTE },
    ])
    clock.now += 50 * MINUTE
    expect(await decide(call('move', 'zzz'))).toMatchObject({
      why: 'denied',
      detail: 'the human said no to all calls of this tool 50 min ago, for another 10 min',
    })
    expect(await outcome(call('copy'))).toBe('pending')
    expect(await outcome(call('move', 'p', 'prompt'))).toBe('pending')
    clock.now += 10 * MINUTE
    expect(desk.denials()).toEqual([])
    expect(await outcome(call('move', 'zzz'))).toBe('pending')
  })

  it('ends the other open questions of the tool, and yeses that no call has spent', async () => {
    const { desk, decide, answer, outcome } = setup()
    await decide(call('move', 'spent later'))
    const [{ id: approved } = { id: '' }] = desk.pending()
    await desk.answer(approved, { kind: 'approve' }, byPage)
    const waits = decide(call('move', 'b'))
    await answer(call('move', 'c'), { ...no, forMs: MINUTE })
    expect(await waits).toMatchObject({ why: 'denied' })
    expect(desk.pending()).toEqual([])
    expect(await outcome(call('move', 'spent later'))).toBe('denied')
  })

  it('is lifted by a person, once, which is written down; then the call is asked about', async () => {
    const { answer, desk, outcome, events } = setup()
    const { id } = await answer(call('move'), { ...no, forMs: MINUTE })
    expect(await desk.lift(id, { channel: 'terminal' })).toBe('done')
    expect(await desk.lift(id, { channel: 'terminal' })).toBe('gone')
    expect(events.at(-1)).toMatchObject({ phase: 'denial-lifted', id, channel: 'terminal' })
    expect(await outcome(call('move'))).toBe('pending')
  })

  it('stays when its end can not be written down', async () => {
    const { answer, desk } = setup({ failOn: 'denial-lifted' })
    const { id } = await answer(call('move'), { ...no, forMs: MINUTE })
    expect(await desk.lift(id, { channel: 'page' })).toBe('refused')
    expect(desk.denials()).toHaveLength(1)
  })

  it.each([0, -1, 0.5, 60 * MINUTE + 1, Infinity, NaN])('is not taken for %s ms', async (forMs) => {
    const { desk, decide } = setup()
    await decide(call('move'))
    const [{ id, denyMs } = { id: '' }] = desk.pending()
    expect(denyMs).toBe(60 * MINUTE)
    expect(await desk.answer(id, { ...no, forMs }, byPage)).toBe('refused')
    expect(desk.pending()).toHaveLength(1)
  })

  it('says nothing while everything runs unasked', async () => {
    const { queue, answer, outcome, rules } = setup()
    await answer(call('move'), { ...no, forMs: MINUTE })
    queue.change({ ...rules, shadow: true })
    expect(await outcome(call('move'))).toBe('approved')
  })
})

it('no no outlives a clock that was set back, as nobody knows how long it would hold then', async () => {
  const { answer, clock, outcome, desk } = setup()
  await answer(call('move'), { ...no, forMs: MINUTE })
  clock.now -= MINUTE / 2
  expect(await outcome(call('move'))).toBe('denied')
  clock.now -= 24 * 60 * MINUTE
  expect(desk.denials()).toEqual([])
  expect(await outcome(call('move'))).toBe('pending')
})

it('a later yes to the identical call ends the no to it', async () => {
  const { desk, decide, outcome } = setup()
  const both = [decide(call('move')), decide(call('move'))]
  await new Promise((resolve) => setTimeout(resolve, 5))
  const [first, second] = desk.pending().map(({ id }) => id)
  await desk.answer(first ?? '', no, byPage)
  await desk.answer(second ?? '', { kind: 'approve' }, byPage)
  expect((await Promise.all(both)).map(({ kind }) => kind).toSorted()).toEqual(['approved', 'refused'])
  expect(await outcome(call('move'))).toBe('pending')
})

it('remembers no more than a bounded number of noes', async () => {
  const { answer, outcome } = setup()
  for (let n = 0; n <= 1000; n += 1) await answer(call('move', `n${n}`), no)
  expect(await outcome(call('move', 'n1000'))).toBe('denied')
  expect(await outcome(call('move', 'n0'))).toBe('pending')
})
