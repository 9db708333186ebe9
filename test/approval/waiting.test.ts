/** A question that outlives its call: hosts that give up early, channels that a human comes to, yeses not yet spent. */
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Answer, Asker, Channel } from '../../src/approval/facts/channel.ts'
import { elicitationChannel } from '../../src/approval/channels/elicitation.ts'
import type { ApprovalRequest, Decision } from '../../src/approval/question/decision.ts'
import type { ApprovalEvent } from '../../src/approval/facts/event.ts'
import type { GrantWish } from '../../src/approval/grants/grant-offer.ts'
import type { Grant, Grants } from '../../src/approval/grants/grants.ts'
import type { ChannelName } from '../../src/approval/facts/pending.ts'
import { ApprovalQueue } from '../../src/approval/queue.ts'
import type { Binding } from '../../src/approval/facts/request.ts'
import { Seal } from '../../src/approval/facts/seal.ts'
import { asked } from './asked.ts'

const offer = {
  risk: 'write',
  anyArguments: true,
  argumentNames: [],
  maxUses: undefined,
  maxMs: 1000,
} as const
const request: ApprovalRequest = { ...asked, offer }
const { binding } = request
const nobody: Asker = { kind: 'none', why: 'the host can not ask' }
const page: Channel = { name: 'page', ask: async () => ({ kind: 'shown' }) }
const terminal: Channel = { name: 'terminal', ask: async () => ({ kind: 'shown' }) }
const yes = { kind: 'approve' } as const
const no = { kind: 'deny' } as const
const byPage = { channel: 'page', page: 'p1' } as const

interface Options {
  readonly channels?: Channel[]
  readonly waitMs?: number
  readonly leadMs?: number
  readonly expireMs?: number
  readonly shadow?: boolean
  readonly grants?: Grants
  readonly failOn?: ApprovalEvent['phase']
}

/** What a person took so far to read. */
const reading = { ms: 0 }

function setup({ channels = [page], waitMs = 10_000, leadMs = 10_000, ...options }: Options = {}) {
  const events: ApprovalEvent[] = []
  const queue = new ApprovalQueue({
    channels,
    ...(options.grants === undefined ? {} : { grants: options.grants }),
    ...(options.shadow === undefined ? {} : { shadow: options.shadow }),
    seal: new Seal('session'),
    waitMs,
    leadMs,
    expireMs: options.expireMs ?? 60_000,
    now: () => Date.now() + reading.ms,
    onEvent: async (event) => {
      if (event.phase === options.failOn) throw new Error('disk full')
      events.push(event)
    },
  })
  const phases = (): string[] => events.map(({ phase }) => phase)
  const call = (which = request, asker = nobody, signal = new AbortController().signal): Promise<Decision> =>
    queue.decide(which, asker, signal)
  return { queue, desk: queue.desk, events, phases, call }
}

type Setup = ReturnType<typeof setup>

/** From now on time passes when the test says so. */
function setClock(): void {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
}

async function open({ desk }: Setup, count = 1): Promise<string[]> {
  while (desk.pending().length < count) await new Promise((resolve) => setTimeout(resolve, 1))
  return desk.pending().map(({ id }) => id)
}

const outcome = (decision: Decision): string => (decision.kind === 'refused' ? decision.why : decision.kind)

/** A call whose host gave up; the question it left. */
async function leftBehind(given: Setup): Promise<string> {
  expect(outcome(await given.call())).toBe('pending')
  const [id = ''] = await open(given)
  return id
}

describe('an answer from the page (promise 4)', () => {
  it.each([
    [yes, 'approved'],
    [no, 'denied'],
  ] as const)('%j ends the wait', async (answer, expected) => {
    const given = setup()
    const decision = given.call()
    const [id = ''] = await open(given)
    expect(await given.desk.answer(id, answer, byPage)).toBe('done')
    expect(outcome(await decision)).toBe(expected)
    expect(given.phases()).toEqual(['asked', expected])
    expect(given.desk.pending()).toEqual([])
  })

  it.each([
    ['no such question', 'other', byPage, 'gone'],
    ['a channel that the config does not name', undefined, { channel: 'terminal' }, 'refused'],
  ] as const)('counts nothing for %s', async (_what, wrong, via, expected) => {
    const given = setup()
    void given.call()
    const [id = ''] = await open(given)
    expect(await given.desk.answer(wrong ?? id, yes, via)).toBe(expected)
    expect(given.phases()).toEqual(['asked'])
  })

  it('is taken once, however many come at the same moment', async () => {
    const given = setup()
    const decision = given.call()
    const [id = ''] = await open(given)
    const outcomes = await Promise.all([yes, no, yes].map((answer) => given.desk.answer(id, answer, byPage)))
    expect(outcomes.toSorted()).toEqual(['decided', 'decided', 'done'])
    expect(outcome(await decision)).toBe('approved')
    expect(await given.desk.answer(id, no, byPage)).toBe('gone')
  })

  it.each(['approved', 'denied'] as const)('is none when %s can not be written down', async (phase) => {
    const given = setup({ failOn: phase })
    const decision = given.call().catch(() => 'rejected')
    const [id = ''] = await open(given)
    expect(await given.desk.answer(id, phase === 'approved' ? yes : no, byPage)).toBe('refused')
    expect(await decision).toBe('rejected')
  })

  it('lets one of two identical calls pass', async () => {
    setClock()
    const given = setup({ waitMs: 1000 })
    const both = [given.call(), given.call({ ...request, call: '2' })]
    await vi.advanceTimersByTimeAsync(0)
    const [first = ''] = await open(given, 2)
    await given.desk.answer(first, yes, byPage)
    await vi.advanceTimersByTimeAsync(1000)
    expect((await Promise.all(both)).map(outcome)).toEqual(['approved', 'pending'])
  })
})

describe('a host that gives up early', () => {
  it('is told that the question waits, and where', async () => {
    const given = setup({ waitMs: 10 })
    expect(await given.call()).toMatchObject({ kind: 'refused', why: 'pending', shown: ['page'] })
    expect(given.desk.pending()).toMatchObject([{ waiting: false, state: 'open' }])
  })

  it('a yes that comes later runs nothing by itself, and is spent once by the identical call', async () => {
    const given = setup({ waitMs: 10 })
    const id = await leftBehind(given)
    expect(await given.desk.answer(id, yes, byPage)).toBe('done')
    expect(given.desk.pending()).toMatchObject([{ waiting: false, state: 'approved' }])
    expect(outcome(await given.call({ ...request, call: '2' }))).toBe('approved')
    expect(outcome(await given.call({ ...request, call: '3' }))).toBe('pending')
    expect(given.phases()).toEqual(['asked', 'pending', 'approved', 'spent', 'asked', 'pending'])
    expect(given.events.find(({ phase }) => phase === 'spent')).toMatchObject({ call: '2', id })
  })

  it('is spent by one of a hundred identical calls', async () => {
    const given = setup({ waitMs: 10 })
    await given.desk.answer(await leftBehind(given), yes, byPage)
    const calls = Array.from({ length: 100 }, (_, call) => given.call({ ...request, call: `c${call}` }))
    const outcomes = (await Promise.all(calls)).map(outcome)
    expect(outcomes.filter((kind) => kind === 'approved')).toHaveLength(1)
  })

  const others: [string, Partial<Binding>][] = [
    ['arguments', { argsHash: 'b' }],
    ['server', { server: 'other' }],
    ['tool', { tool: 'erase' }],
    ['definition', { toolHash: 'u' }],
    ['launch command', { launchHash: 'm' }],
    ['config', { configHash: 'd' }],
    ['session', { session: 'z' }],
  ]
  it.each(others)('the yes is not for a call with another %s', async (_what, change) => {
    const given = setup({ waitMs: 10 })
    await given.desk.answer(await leftBehind(given), yes, byPage)
    expect(outcome(await given.call({ ...request, binding: { ...binding, ...change } }))).toBe('pending')
  })

  it('waits again when it repeats the call before the answer, without a second question', async () => {
    const given = setup({ waitMs: 50 })
    const id = await leftBehind(given)
    const again = given.call({ ...request, call: '2' })
    expect(await open(given)).toEqual([id])
    await given.desk.answer(id, yes, byPage)
    expect(outcome(await again)).toBe('approved')
    expect(given.events.filter(({ phase }) => phase === 'asked')).toHaveLength(1)
  })

  it('hears of a no that came in between, each time', async () => {
    const given = setup({ waitMs: 10 })
    await given.desk.answer(await leftBehind(given), no, byPage)
    expect(given.desk.pending()).toEqual([])
    expect(outcome(await given.call())).toBe('denied')
    expect(outcome(await given.call())).toBe('denied')
  })

  it('a no beats a yes that is not spent, and never the other way round', async () => {
    const given = setup({ waitMs: 10 })
    const id = await leftBehind(given)
    await given.desk.answer(id, yes, byPage)
    expect(await given.desk.answer(id, yes, byPage)).toBe('decided')
    expect(await given.desk.answer(id, no, byPage)).toBe('done')
    expect(await given.desk.answer(id, yes, byPage)).toBe('gone')
    expect(outcome(await given.call())).toBe('denied')
  })

  it('the yes expires', async () => {
    const given = setup({ waitMs: 10, expireMs: 500 })
    const id = await leftBehind(given)
    await given.desk.answer(id, yes, byPage)
    while (given.desk.pending().length > 0) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(await given.desk.answer(id, no, byPage)).toBe('gone')
    expect(outcome(await given.call())).toBe('pending')
    expect(given.phases()).toContain('expired')
  })

  it('cancelling withdraws the question', async () => {
    const given = setup()
    const host = new AbortController()
    const decision = given.call(request, nobody, host.signal)
    const [id = ''] = await open(given)
    host.abort()
    expect(outcome(await decision)).toBe('cancelled')
    expect(await given.desk.answer(id, yes, byPage)).toBe('gone')
  })

  it('a yes that a voided page gave is taken back, grants included', async () => {
    const grants = new FakeGrants()
    const given = setup({ waitMs: 10, grants })
    const id = await leftBehind(given)
    await given.desk.answer(id, { kind: 'approve', grant: { fixed: [], uses: 1, ms: 1 } }, byPage)
    expect(await given.desk.takeBack('p2')).toBe(0)
    expect(await given.desk.takeBack('p1')).toBe(2)
    expect(grants.revoked).toEqual(['g1'])
    expect(given.desk.pending()).toMatchObject([{ id, state: 'open' }])
    expect(outcome(await given.call())).toBe('pending')
    expect(await given.desk.answer(id, yes, { channel: 'page', page: 'p2' })).toBe('done')
    expect(outcome(await given.call())).toBe('approved')
  })

  it('is told now and then that its call still waits', async () => {
    setClock()
    const given = setup()
    let told = 0
    const decision = given.call({ ...request, onWaiting: () => (told += 1) })
    await vi.advanceTimersByTimeAsync(5000)
    expect(told).toBe(1)
    const [id = ''] = await open(given)
    await given.desk.answer(id, no, byPage)
    await decision
  })
})

describe('channels in turn', () => {
  const asks = (name: ChannelName, answer: Answer | Promise<Answer>, log: string[]): Channel => ({
    name,
    ask: async (_pending, _asker, signal) => {
      log.push(name)
      signal.addEventListener('abort', () => log.push(`${name} withdrawn`))
      return answer
    },
  })
  const never = new Promise<Answer>(() => {})

  it('the next one begins at once where one reaches nobody', async () => {
    const log: string[] = []
    const channels = [
      asks('elicitation', { kind: 'unavailable', why: 'none' }, log),
      asks('desktop', { kind: 'cancelled' }, log),
      asks('page', { kind: 'shown' }, log),
    ]
    const given = setup({ channels })
    const decision = given.call()
    while (log.length < 3) await new Promise((resolve) => setTimeout(resolve, 1))
    const [id = ''] = await open(given)
    await given.desk.answer(id, yes, byPage)
    expect(outcome(await decision)).toBe('approved')
    expect(log.slice(0, 3)).toEqual(['elicitation', 'desktop', 'page'])
    expect(log.slice(3).toSorted()).toEqual(['desktop withdrawn', 'elicitation withdrawn', 'page withdrawn'])
  })

  it('the next one begins when one has been alone for its lead; the first answer wins', async () => {
    const log: string[] = []
    const given = setup({
      channels: [asks('elicitation', never, log), asks('desktop', never, log), page],
      leadMs: 20,
    })
    const decision = given.call()
    expect(log).toEqual([])
    while (given.events.length < 3) await new Promise((resolve) => setTimeout(resolve, 1))
    const [id = ''] = await open(given)
    await given.desk.answer(id, yes, byPage)
    expect(outcome(await decision)).toBe('approved')
    expect(log).toEqual(expect.arrayContaining(['elicitation withdrawn', 'desktop withdrawn']))
  })

  it('the rest is never asked after an answer', async () => {
    const log: string[] = []
    const given = setup({ channels: [asks('desktop', { kind: 'denied' }, log), page], leadMs: 5 })
    expect(outcome(await given.call())).toBe('denied')
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(given.events.map(({ channel }) => channel)).toEqual(['desktop', 'desktop'])
  })

  it('a form of the host that nobody answers ends with the wait; the terminal keeps the question', async () => {
    const given = setup({
      channels: [elicitationChannel(async () => undefined), terminal],
      leadMs: 5,
      waitMs: 50,
    })
    let form: AbortSignal | undefined
    const silent: Asker = {
      kind: 'live',
      mode: 'form',
      elicit: async (_params, signal) => {
        form = signal
        return new Promise(() => {})
      },
    }
    expect(await given.call(request, silent)).toMatchObject({ why: 'pending', shown: ['terminal'] })
    expect(form?.aborted).toBe(true)
  })

  it('a host that opens pages is sent to ours, and its accept is no yes', async () => {
    const given = setup({
      channels: [elicitationChannel(async (id) => `http://127.0.0.1:1/ask/${id}`), page],
      waitMs: 50,
    })
    const sent: Record<string, unknown>[] = []
    const opens: Asker = {
      kind: 'live',
      mode: 'url',
      elicit: async (params) => {
        sent.push(params)
        return { action: 'accept' }
      },
    }
    expect(await given.call(request, opens)).toMatchObject({ why: 'pending' })
    const [id = ''] = await open(given)
    expect(sent).toMatchObject([{ mode: 'url', url: `http://127.0.0.1:1/ask/${id}`, elicitationId: id }])
    await given.desk.answer(id, yes, byPage)
    expect(outcome(await given.call(request, opens))).toBe('approved')
  })

  it('2026-07-28: the page answers a question that the host dropped', async () => {
    const given = setup({
      channels: [elicitationChannel(async () => undefined), page],
      leadMs: 5,
      waitMs: 50,
    })
    const retry: Asker = { kind: 'retry', mode: 'form' }
    const first = await given.call(request, retry)
    if (first.kind !== 'ask') throw new Error('not asked')
    const [id = ''] = await open(given)
    await given.desk.answer(id, yes, byPage)
    // The answer of the form is late: there is one yes, and it is spent.
    const inputResponses = { 'sidemux-approval': { action: 'accept', content: { decision: 'approve once' } } }
    const retried: Asker = {
      kind: 'retry',
      mode: 'form',
      retried: { requestState: first.requestState, inputResponses },
    }
    expect(
      (await Promise.all([given.call(request, retried), given.call(request, retried)])).map(outcome),
    ).toEqual(['approved', 'invalid-state'])
  })

  it('2026-07-28: the late no of a form beats the yes of the page', async () => {
    const given = setup({
      channels: [elicitationChannel(async () => undefined), page],
      leadMs: 5,
      waitMs: 50,
    })
    const first = await given.call(request, { kind: 'retry', mode: 'form' })
    if (first.kind !== 'ask') throw new Error('not asked')
    const [id = ''] = await open(given)
    await given.desk.answer(id, yes, byPage)
    reading.ms += 1000
    const inputResponses = { 'sidemux-approval': { action: 'decline' } }
    const retried = { requestState: first.requestState, inputResponses }
    expect(outcome(await given.call(request, { kind: 'retry', mode: 'form', retried }))).toBe('denied')
  })
})

class FakeGrants implements Grants {
  readonly revoked: string[] = []
  made = 0
  usable = false
  use(): Grant | undefined {
    return this.usable ? this.#grant() : undefined
  }
  remember(_subject: unknown, _call: unknown, wish: GrantWish): Grant {
    if (wish.uses === 0) throw new Error('beyond the offer')
    this.made += 1
    return this.#grant()
  }
  list(): readonly Grant[] {
    return []
  }
  revoke(id: string): boolean {
    this.revoked.push(id)
    return true
  }
  #grant(): Grant {
    const { subject } = request
    return {
      id: 'g1',
      subject,
      risk: 'write',
      createdAt: 0,
      expiresAt: 1,
      left: 1,
      used: 0,
      fixed: {},
      free: [],
      salt: '',
    }
  }
}

describe('grants', () => {
  it('one that covers the call is used instead of asking, and named in the audit', async () => {
    const grants = new FakeGrants()
    grants.usable = true
    const given = setup({ grants })
    expect(outcome(await given.call())).toBe('approved')
    expect(given.events).toMatchObject([{ phase: 'grant-used', grant: 'g1' }])
  })

  it('does not override a no to this very call', async () => {
    const grants = new FakeGrants()
    const given = setup({ grants, waitMs: 10 })
    await given.desk.answer(await leftBehind(given), no, byPage)
    grants.usable = true
    expect(outcome(await given.call())).toBe('denied')
  })

  it('is no yes when its use can not be written down', async () => {
    const grants = new FakeGrants()
    grants.usable = true
    await expect(setup({ grants, failOn: 'grant-used' }).call()).rejects.toThrow('disk full')
  })

  it.each([
    ['beyond the offer', request, 0],
    ['where nothing is offered', { ...request, offer: undefined }, 1],
  ] as const)('a wish %s decides nothing', async (_what, which, uses) => {
    const grants = new FakeGrants()
    const given = setup({ grants })
    void given.call(which)
    const [id = ''] = await open(given)
    const answer = { kind: 'approve', grant: { fixed: [], uses, ms: 1 } } as const
    expect(await given.desk.answer(id, answer, byPage)).toBe('refused')
    expect(given.desk.pending()).toHaveLength(1)
    expect(grants.made).toBe(0)
  })

  it('is revoked again when the yes it came with can not be written down', async () => {
    const grants = new FakeGrants()
    const given = setup({ grants, failOn: 'approved' })
    const decision = given.call().catch(() => 'rejected')
    const [id = ''] = await open(given)
    await given.desk.answer(id, { kind: 'approve', grant: { fixed: [], uses: 1, ms: 1 } }, byPage)
    expect(await decision).toBe('rejected')
    expect(grants.revoked).toEqual(['g1'])
  })
})

it('shadow: nothing is asked, everything is written down', async () => {
  const given = setup({ shadow: true })
  expect(outcome(await given.call())).toBe('approved')
  expect(given.phases()).toEqual(['shadow'])
})

it('1,000 questions at once are decided once each, from everywhere, and nothing is kept', async () => {
  const given = setup()
  const calls = Array.from({ length: 1000 }, (_, index) =>
    given.call({ ...request, call: String(index), binding: { ...binding, argsHash: String(index) } }),
  )
  const ids = await open(given, 1000)
  const answers = await Promise.all(
    ids.flatMap((id, index) => [
      given.desk.answer(id, index % 2 === 0 ? yes : no, byPage),
      given.desk.answer(id, index % 2 === 0 ? no : yes, byPage),
    ]),
  )
  expect(answers.filter((answer) => answer === 'done')).toHaveLength(1000)
  expect((await Promise.all(calls)).filter(({ kind }) => kind === 'approved')).toHaveLength(500)
  expect(given.desk.pending()).toEqual([])
})

it('when the sidecar ends each question has a record that says how it ended (promise 6)', async () => {
  const given = setup({ waitMs: 10 })
  const open = await leftBehind(given)
  const other = { ...request, binding: { ...binding, argsHash: 'b' } }
  expect(outcome(await given.call(other))).toBe('pending')
  const [approved = ''] = given.desk.pending().flatMap(({ id }) => (id === open ? [] : [id]))
  await given.desk.answer(approved, yes, byPage)
  given.events.length = 0
  given.queue.close()
  expect(given.events.map(({ id, phase }) => [id, phase])).toEqual([
    [open, 'unanswered'],
    [approved, 'expired'],
  ])
  expect(given.desk.pending()).toEqual([])
})

it('more questions than there is room for are refused, not kept', async () => {
  const given = setup()
  const large = { ...request, text: 'x'.repeat(1024 * 1024) }
  const calls = Array.from({ length: 70 }, (_, index) =>
    given.call({ ...large, binding: { ...binding, argsHash: String(index) } }),
  )
  const refused = await Promise.all(calls.slice(64))
  expect(refused.map(outcome)).toEqual(Array.from({ length: 6 }, () => 'busy'))
  given.queue.close()
  expect(
    (await Promise.all(calls.slice(0, 64))).every((decision) => outcome(decision) === 'unanswered'),
  ).toBe(true)
})
