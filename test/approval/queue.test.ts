import { describe, expect, it } from 'vitest'
import {
  elicitationChannel as elicitation,
  APPROVAL_KEY,
  APPROVE_CHOICE,
} from '../../src/approval/channels/elicitation.ts'
import { controllerForMany } from '../../src/cancellation.ts'
import type { Asker, Channel, Retried } from '../../src/approval/facts/channel.ts'
import type { ApprovalRequest, Decision } from '../../src/approval/question/decision.ts'
import type { ApprovalEvent } from '../../src/approval/facts/event.ts'
import { ApprovalQueue } from '../../src/approval/queue.ts'
import type { Binding } from '../../src/approval/facts/request.ts'
import { Seal } from '../../src/approval/facts/seal.ts'

const binding: Binding = {
  server: 'github',
  tool: 'delete',
  launchHash: 'l',
  toolHash: 't',
  argsHash: 'a',
  configHash: 'c',
  session: 's',
}
const request: ApprovalRequest = {
  call: '1',
  binding,
  subject: { server: 'github', tool: 'delete', launchHash: 'l', toolHash: 't', ruleHash: 'r' },
  args: {},
  facts: { server: 'github', tool: 'delete', risk: 'destructive', why: 'risk', args: {}, changes: [] },
  text: 'May it?',
  offer: undefined,
}
const clock = { now: 1_000_000 }
const elicitationChannel = elicitation(
  async () => undefined,
  () => clock.now,
)
/** What a person takes to read a question and to decide. */
const READING = 1000
const never = controllerForMany().signal
const accept = { action: 'accept', content: { decision: APPROVE_CHOICE } }

function setup(options: { waitMs?: number; channels?: Channel[]; seal?: Seal; failAudit?: boolean } = {}) {
  const events: ApprovalEvent[] = []
  const warned: string[] = []
  const queue = new ApprovalQueue({
    channels: options.channels ?? [elicitationChannel],
    seal: options.seal ?? new Seal('session'),
    waitMs: options.waitMs ?? 1000,
    leadMs: 10_000,
    expireMs: 60_000,
    now: () => clock.now,
    onEvent: async (event) => {
      if (options.failAudit === true) throw new Error('disk full')
      events.push(event)
    },
    warn: (message) => void warned.push(message),
  })
  return { queue, events, warned }
}

const live = (answer: unknown, readMs = READING): Asker => ({
  kind: 'live',
  mode: 'form',
  elicit: async () => {
    clock.now += readMs
    return answer
  },
})
const retry = (retried: Retried): Asker => ({ kind: 'retry', mode: 'form', retried })

async function ask(
  queue: ApprovalQueue,
  which = request,
  readMs = READING,
): Promise<Extract<Decision, { kind: 'ask' }>> {
  const decision = await queue.decide(which, { kind: 'retry', mode: 'form' }, never)
  clock.now += readMs
  if (decision.kind !== 'ask') throw new Error(`expected a question, got ${decision.kind}`)
  return decision
}

describe('a live question (up to 2025-11-25)', () => {
  const answers: [string, unknown, string][] = [
    ['accept with the choice', accept, 'approved'],
    ['decline', { action: 'decline' }, 'denied'],
    ['cancel', { action: 'cancel' }, 'cancelled'],
    ['accept with deny', { action: 'accept', content: { decision: 'deny' } }, 'denied'],
    ['accept without content, as hosts that accept by themselves send', { action: 'accept' }, 'unavailable'],
    ['accept with empty content', { action: 'accept', content: {} }, 'unavailable'],
    ['accept with true', { action: 'accept', content: { decision: true } }, 'unavailable'],
    ['accept with a look-alike', { action: 'accept', content: { decision: 'approve  once' } }, 'unavailable'],
    ['an unknown action', { action: 'yes', content: { decision: APPROVE_CHOICE } }, 'cancelled'],
    ['nothing', undefined, 'cancelled'],
    ['a string', 'approve once', 'cancelled'],
  ]
  it.each(answers)('%s (promise 4)', async (_what, answer, outcome) => {
    const { queue, events } = setup()
    const decision = await queue.decide(request, live(answer), never)
    expect(decision.kind === 'refused' ? decision.why : decision.kind).toBe(outcome)
    const between = outcome === 'unavailable' ? ['host-declined'] : []
    expect(events.map(({ phase }) => phase)).toEqual(['asked', ...between, outcome])
  })

  it('is refused when nobody answers within the wait', async () => {
    const { queue } = setup({ waitMs: 20 })
    const decision = await queue.decide(
      request,
      { kind: 'live', mode: 'form', elicit: async () => new Promise(() => {}) },
      never,
    )
    expect(decision).toMatchObject({ kind: 'refused', why: 'unanswered' })
  })

  it('is withdrawn when nobody waits for it any more', async () => {
    const { queue } = setup({ waitMs: 20 })
    let withdrawn = false
    await queue.decide(
      request,
      {
        kind: 'live',
        mode: 'form',
        elicit: async (_params, signal) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              withdrawn = true
              reject(new Error('aborted'))
            })
          }),
      },
      never,
    )
    expect(withdrawn).toBe(true)
  })

  it('is cancelled with the call', async () => {
    const { queue } = setup()
    const controller = new AbortController()
    const decision = queue.decide(
      request,
      { kind: 'live', mode: 'form', elicit: async () => new Promise(() => {}) },
      controller.signal,
    )
    controller.abort()
    expect(await decision).toMatchObject({ kind: 'refused', why: 'cancelled' })
  })

  it('is refused when the host fails to ask, without its words', async () => {
    const { queue } = setup()
    const decision = await queue.decide(
      request,
      { kind: 'live', mode: 'form', elicit: async () => Promise.reject(new Error('token ghp_x')) },
      never,
    )
    expect(decision).toMatchObject({ kind: 'refused', why: 'unavailable' })
    expect(JSON.stringify(decision)).not.toContain('ghp_x')
  })

  it('is refused where there is no channel at all', async () => {
    const { queue } = setup({ channels: [] })
    expect(await queue.decide(request, live(accept), never)).toMatchObject({
      kind: 'refused',
      why: 'unavailable',
    })
  })

  it('tries the next channel when one can reach nobody', async () => {
    const yes: Channel = { name: 'terminal', ask: async () => ({ kind: 'approved' }) }
    const { queue, events } = setup({ channels: [elicitationChannel, yes] })
    expect(await queue.decide(request, { kind: 'none', why: 'none' }, never)).toMatchObject({
      kind: 'approved',
    })
    expect(events.map(({ channel }) => channel)).toEqual(['elicitation', 'terminal', 'terminal'])
  })

  it('is no yes when its channel breaks, which is told to the log of sidemux in words of our own', async () => {
    const broken: Channel = { name: 'page', ask: async () => Promise.reject(new TypeError('token ghp_x')) }
    const { queue, events, warned } = setup({ channels: [broken] })
    await expect(queue.decide(request, live(accept), never)).rejects.toThrow(TypeError)
    expect(warned).toEqual(['the channel "page" broke as it was asked (TypeError)'])
    expect(events.map(({ phase }) => phase)).not.toContain('approved')
    expect(queue.desk.pending()).toEqual([])
  })

  it('is no yes when the yes can not be written down (promise 6)', async () => {
    const { queue } = setup({ failAudit: true })
    await expect(queue.decide(request, live(accept), never)).rejects.toThrow('disk full')
  })
})

describe('a question that travels through the host (2026-07-28)', () => {
  const responses = { [APPROVAL_KEY]: accept }

  it('is spent by the retry that brings the yes', async () => {
    const { queue } = setup()
    const { requestState, id } = await ask(queue)
    expect(await queue.decide(request, retry({ requestState, inputResponses: responses }), never)).toEqual({
      kind: 'approved',
      id,
    })
  })

  it('is one yes: the same state again finds nothing', async () => {
    const { queue } = setup()
    const { requestState } = await ask(queue)
    await queue.decide(request, retry({ requestState, inputResponses: responses }), never)
    const again = await queue.decide(request, retry({ requestState, inputResponses: responses }), never)
    expect(again).toMatchObject({ kind: 'refused', why: 'invalid-state' })
  })

  it('is spent once by two retries at the same moment', async () => {
    const { queue } = setup()
    const { requestState } = await ask(queue)
    const both = await Promise.all(
      [1, 2].map(async () =>
        queue.decide(request, retry({ requestState, inputResponses: responses }), never),
      ),
    )
    expect(both.map(({ kind }) => kind).toSorted()).toEqual(['approved', 'refused'])
  })

  const others: [string, Partial<Binding>][] = [
    ['arguments', { argsHash: 'b' }],
    ['server', { server: 'gitlab' }],
    ['tool', { tool: 'erase' }],
    ['tool definition', { toolHash: 'u' }],
    ['launch command', { launchHash: 'm' }],
    ['configuration', { configHash: 'd' }],
    ['session', { session: 'z' }],
  ]
  it.each(others)('does not fit another %s, and is spent by the attempt', async (_what, change) => {
    const { queue } = setup()
    const { requestState } = await ask(queue)
    const other = { ...request, binding: { ...binding, ...change } }
    const first = await queue.decide(other, retry({ requestState, inputResponses: responses }), never)
    const second = await queue.decide(request, retry({ requestState, inputResponses: responses }), never)
    expect([first, second]).toMatchObject([
      { kind: 'refused', why: 'invalid-state' },
      { kind: 'refused', why: 'invalid-state' },
    ])
  })

  it('expires', async () => {
    const { queue } = setup()
    const { requestState } = await ask(queue)
    clock.now += 60_000
    expect(
      await queue.decide(request, retry({ requestState, inputResponses: responses }), never),
    ).toMatchObject({ why: 'invalid-state' })
  })

  it('is asked again when the retry brings no answer', async () => {
    const { queue } = setup()
    const { requestState } = await ask(queue)
    expect(await queue.decide(request, retry({ requestState, inputResponses: {} }), never)).toMatchObject({
      kind: 'ask',
    })
  })

  it('does not open in another sidecar', async () => {
    const { requestState } = await ask(setup().queue)
    expect(
      await setup().queue.decide(request, retry({ requestState, inputResponses: responses }), never),
    ).toMatchObject({ why: 'invalid-state' })
  })

  it.each(['', 's1.', 's1.AAAA', 'unsealed', `s1.${'A'.repeat(10_000)}`, '{"id":"1"}'])(
    'forged state %j opens nothing',
    async (requestState) => {
      const { queue } = setup()
      await ask(queue)
      expect(
        await queue.decide(request, retry({ requestState, inputResponses: responses }), never),
      ).toMatchObject({ why: 'invalid-state' })
    },
  )

  it('an answer for another key is none', async () => {
    const { queue } = setup()
    const { requestState } = await ask(queue)
    const decision = await queue.decide(
      request,
      retry({ requestState, inputResponses: { other: accept } }),
      never,
    )
    expect(decision.kind).toBe('ask')
  })

  it('decides 1,000 at once, each by its own answer, and keeps nothing', async () => {
    const { queue } = setup()
    const asked = await Promise.all(
      Array.from({ length: 1000 }, async (_, index) => {
        const which = { ...request, binding: { ...binding, argsHash: String(index) } }
        return { which, ...(await ask(queue, which, 0)) }
      }),
    )
    clock.now += READING
    const decisions = await Promise.all(
      asked.map(async ({ which, requestState }, index) => {
        const answer = index % 2 === 0 ? accept : { action: 'decline' }
        return queue.decide(which, retry({ requestState, inputResponses: { [APPROVAL_KEY]: answer } }), never)
      }),
    )
    expect(decisions.filter(({ kind }) => kind === 'approved')).toHaveLength(500)
    expect(decisions.every(({ kind }, index) => (kind === 'approved') === (index % 2 === 0))).toBe(true)
  })
})

/** What a host answers, and how long it took; asked again it answers with the next one. */
type Given = readonly (readonly [unknown, number])[]

const ERAS: [
  string,
  (queue: ApprovalQueue, given: Given) => Promise<{ asked: number; decision: Decision }>,
][] = [
  [
    'up to 2025-11-25',
    async (queue, given) => {
      let asked = 0
      const elicit = async (): Promise<unknown> => {
        const [answer, ms] = given[asked] ?? [undefined, 0]
        asked += 1
        clock.now += ms
        return answer
      }
      const decision = await queue.decide(request, { kind: 'live', mode: 'form', elicit }, never)
      return { asked, decision }
    },
  ],
  [
    '2026-07-28',
    async (queue, given) => {
      let decision = await queue.decide(request, { kind: 'retry', mode: 'form' }, never)
      let asked = 0
      while (decision.kind === 'ask') {
        const [answer, ms] = given[asked] ?? [undefined, 0]
        asked += 1
        clock.now += ms
        const inputResponses = { [APPROVAL_KEY]: answer }
        decision = await queue.decide(request, retry({ ...decision, inputResponses }), never)
      }
      return { asked, decision }
    },
  ],
]

describe.each(ERAS)('an answer that is too quick to be a person’s (promise 4, %s)', (_era, give) => {
  const no = { action: 'accept', content: { decision: 'deny' } }
  const decline = { action: 'decline' }
  const cancel = { action: 'cancel' }
  const pageYes: Channel = { name: 'page', ask: async () => ({ kind: 'approved' }) }

  const cases: [string, Given, number, string][] = [
    ['a yes in time', [[accept, 1000]], 1, 'approved'],
    [
      'a yes at once, then one in time',
      [
        [accept, 3],
        [accept, 1500],
      ],
      2,
      'approved',
    ],
    [
      'a yes just too quick, twice',
      [
        [accept, 999],
        [accept, 999],
        [accept, 1000],
      ],
      3,
      'approved',
    ],
    [
      'a yes at once, then a no',
      [
        [accept, 3],
        [no, 900],
      ],
      2,
      'denied',
    ],
    [
      'Return pressed twice',
      [
        [no, 120],
        [no, 700],
      ],
      2,
      'denied',
    ],
    ['a no in time', [[no, 500]], 1, 'denied'],
    ['a decline in time', [[decline, 500]], 1, 'denied'],
    [
      'a yes at once, then a decline by itself',
      [
        [accept, 3],
        [decline, 2],
      ],
      2,
      'host-declined',
    ],
    ['a host that always says yes', Array.from({ length: 9 }, () => [accept, 2]), 3, 'too-quick'],
    ['a host that always takes the first choice', Array.from({ length: 9 }, () => [no, 2]), 3, 'too-quick'],
    ['a host that declines by itself', [[decline, 3]], 1, 'host-declined'],
    ['just before a person could', [[decline, 499]], 1, 'host-declined'],
    ['a host that cancels by itself', [[cancel, 0]], 1, 'host-declined'],
    ['a host that accepts without a choice', [[{ action: 'accept' }, 5000]], 1, 'host-declined'],
    [
      'a clock that goes back',
      [
        [accept, -5000],
        [accept, 2000],
      ],
      2,
      'approved',
    ],
  ]
  it.each(cases)('%s', async (_what, given, asked, outcome) => {
    const { queue, events } = setup({ channels: [elicitationChannel, pageYes] })
    const { asked: times, decision } = await give(queue, given)
    expect(times).toBe(asked)
    const was = decision.kind === 'refused' ? decision.why : decision.kind
    const phases = events.filter(({ channel }) => channel === 'elicitation').map(({ phase }) => phase)
    const byHost = outcome === 'host-declined' || outcome === 'too-quick'
    expect(was).toBe(byHost ? 'approved' : outcome)
    expect(phases.at(-1)).toBe(outcome)
    expect(events.some(({ phase }) => phase === 'denied')).toBe(outcome === 'denied')
  })

  it.each([
    ['yes', accept],
    ['the first choice', no],
    ['decline', decline],
    ['cancel', cancel],
  ])('where nobody else can be asked, nothing runs: always %s', async (_what, answer) => {
    const { queue } = setup()
    const { decision } = await give(
      queue,
      Array.from({ length: 9 }, () => [answer, 1] as const),
    )
    expect(decision).toMatchObject({ kind: 'refused' })
  })
})

describe('the seal', () => {
  it('opens what it sealed, and nothing that was touched', () => {
    const seal = new Seal('session')
    const sealed = seal.seal({ id: '1' })
    expect(seal.open(sealed)).toEqual({ id: '1' })
    for (let at = 3; at < sealed.length; at += 1) {
      const flipped = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1)
      expect(seal.open(flipped)).toBeUndefined()
    }
    expect(seal.open(`${sealed}A`)).toBeUndefined()
    expect(seal.open(`${sealed}=`)).toBeUndefined()
  })

  it('shows nothing of what it holds', () => {
    const sealed = new Seal('session').seal({ id: 'secret-id' })
    expect(Buffer.from(sealed.slice(3), 'base64url').toString('latin1')).not.toContain('secret-id')
  })
})
