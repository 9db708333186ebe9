/** Who was really asked (promises 4 and 6): what is written down of each channel, and that nobody waits for nobody. */
import { describe, expect, it } from 'vitest'
import type { Answer, Asker, Channel } from '../../src/approval/facts/channel.ts'
import { APPROVAL_KEY, elicitationChannel } from '../../src/approval/channels/elicitation.ts'
import type { Decision } from '../../src/approval/question/decision.ts'
import type { ApprovalEvent } from '../../src/approval/facts/event.ts'
import type { ChannelName } from '../../src/approval/facts/pending.ts'
import { ApprovalQueue } from '../../src/approval/queue.ts'
import { Seal } from '../../src/approval/facts/seal.ts'
import { asked as request } from './asked.ts'

const cantAsk: Asker = { kind: 'none', why: 'the host does not ask' }
/** What people took so far to read. */
const reading = { ms: 0 }
const now = (): number => Date.now() + reading.ms
const cancels: Asker = {
  kind: 'live',
  mode: 'form',
  elicit: async () => {
    reading.ms += 1000
    return { action: 'cancel' }
  },
}
const cancelsByItself: Asker = { kind: 'live', mode: 'form', elicit: async () => ({ action: 'cancel' }) }
const hangs: Asker = { kind: 'live', mode: 'form', elicit: () => new Promise(() => {}) }
const fails: Asker = {
  kind: 'live',
  mode: 'form',
  elicit: () => Promise.reject(Object.assign(new Error('token ghp_x'), { code: 'ERR_X' })),
}
const opens: Asker = { kind: 'live', mode: 'url', elicit: async () => ({ action: 'accept' }) }

const host = elicitationChannel(async () => undefined, now)
/** As the page and the terminal are: what they bring is known before anybody is asked. */
const place = (name: ChannelName, answer: () => Answer): Channel => ({
  name,
  reach: async () => answer(),
  ask: () => Promise.reject(new Error('reached already')),
})
const noScreen: Answer = { kind: 'unavailable', why: 'no screen' }
const empty: Answer = { kind: 'untended', why: 'nobody there', waits: false }
const page = place('page', () => noScreen)
const nobodyThere = place('terminal', () => empty)
const somebody = place('terminal', () => ({ kind: 'shown' }))

function setup(channels: Channel[], waitMs = 5000, failOn?: ApprovalEvent['phase']) {
  const events: ApprovalEvent[] = []
  const queue = new ApprovalQueue({
    channels,
    seal: new Seal('session'),
    waitMs,
    leadMs: 3000,
    expireMs: 60_000,
    now,
    onEvent: async (event) => {
      if (event.phase === failOn) throw new Error('disk full')
      events.push(event)
    },
  })
  const call = async (asker: Asker): Promise<{ decision: Decision; ms: number }> => {
    const began = Date.now()
    const decision = await queue.decide(request, asker, new AbortController().signal)
    return { decision, ms: Date.now() - began }
  }
  const told = (): string[] =>
    events.map(({ phase, channel = '', reason = '' }) => [phase, channel, reason].join(' ').trim())
  return { queue, desk: queue.desk, call, told, events }
}

const ended = (decision: Decision): unknown =>
  decision.kind === 'refused' ? [decision.why, decision.detail, decision.openMs !== undefined] : decision.kind

describe('a call for which nobody can be reached', () => {
  const none = 'nobody could be asked: the host does not ask; no screen'
  const closed = 'the question was closed without a decision'
  const CASES: [string, Channel[], Asker, string[], unknown][] = [
    [
      'no elicitation, no screen, nobody at a terminal',
      [host, page, nobodyThere],
      cantAsk,
      [
        'unavailable elicitation the host does not ask',
        'unavailable page no screen',
        'unavailable terminal nobody there',
        `unavailable  ${none}; nobody there`,
      ],
      ['unavailable', `${none}; nobody there`, true],
    ],
    [
      'the same, and the terminal is not named: nothing stays open',
      [host, page],
      cantAsk,
      ['unavailable elicitation the host does not ask', 'unavailable page no screen', `unavailable  ${none}`],
      ['unavailable', none, false],
    ],
    [
      'a form that is closed, no screen',
      [host, page, nobodyThere],
      cancels,
      [
        'asked elicitation',
        'dismissed elicitation',
        'unavailable page no screen',
        'unavailable terminal nobody there',
        `unavailable  ${closed}, and nobody else could be asked: no screen; nobody there`,
      ],
      ['unavailable', `${closed}, and nobody else could be asked: no screen; nobody there`, true],
    ],
    [
      'a form that is closed, and no terminal: it was closed in the host, not on the page',
      [host, page],
      cancels,
      ['asked elicitation', 'dismissed elicitation', 'unavailable page no screen', 'cancelled elicitation'],
      ['cancelled', `${closed}, and nobody else could be asked: no screen`, false],
    ],
    [
      'a host that cancels by itself: nobody closed it',
      [host, page],
      cancelsByItself,
      [
        'asked elicitation',
        expect.stringMatching(
          /^host-declined elicitation the host closed the question by itself, within \d+ ms$/,
        ),
        'unavailable page no screen',
        expect.stringMatching(
          /^unavailable {2}nobody could be asked: the host closed the question by itself/,
        ),
      ],
      ['unavailable', expect.stringMatching(/by itself, within \d+ ms; no screen$/), false],
    ],
    [
      'a host that fails to ask, without its words',
      [host, page],
      fails,
      [
        'asked elicitation',
        'unavailable elicitation the host failed to ask (ERR_X)',
        'unavailable page no screen',
        'unavailable  nobody could be asked: the host failed to ask (ERR_X); no screen',
      ],
      ['unavailable', 'nobody could be asked: the host failed to ask (ERR_X); no screen', false],
    ],
    [
      'a host that can only open a page, and there is none: it is not asked',
      [host],
      opens,
      [
        'unavailable elicitation the host can only open a page, and there is none',
        'unavailable  nobody could be asked: the host can only open a page, and there is none',
      ],
      ['unavailable', 'nobody could be asked: the host can only open a page, and there is none', false],
    ],
    [
      'a dialog that can not be shown',
      [place('desktop', () => ({ kind: 'unavailable', why: 'no dialogs' })), nobodyThere],
      cantAsk,
      [
        'unavailable desktop no dialogs',
        'unavailable terminal nobody there',
        'unavailable  nobody could be asked: no dialogs; nobody there',
      ],
      ['unavailable', 'nobody could be asked: no dialogs; nobody there', true],
    ],
  ]
  it.each(CASES)('%s', async (_what, channels, asker, told, outcome) => {
    const given = setup(channels)
    const { decision, ms } = await given.call(asker)
    expect(ended(decision)).toEqual(outcome)
    expect(given.told()).toEqual(told)
    expect(ms).toBeLessThan(1000)
    const open = (outcome as unknown[])[2] === true
    expect(given.desk.pending()).toHaveLength(open ? 1 : 0)
  })

  it.each([
    ['its user closed', false, /closed without a decision.*no screen/],
    ['it closed by itself', true, /the host closed the question by itself.*no screen/],
  ])('2026-07-28: a form that %s does not make the call wait for the lead', async (_what, isQuick, why) => {
    const given = setup([host, page, nobodyThere])
    const { decision } = await given.call({ kind: 'retry', mode: 'form' })
    if (decision.kind !== 'ask') throw new Error('not asked')
    reading.ms += isQuick ? 0 : 1000
    const inputResponses = { [APPROVAL_KEY]: { action: 'cancel' } }
    const retried = { requestState: decision.requestState, inputResponses }
    const { decision: given2, ms } = await given.call({ kind: 'retry', mode: 'form', retried })
    expect(ended(given2)).toEqual(['unavailable', expect.stringMatching(why), true])
    expect(ms).toBeLessThan(1000)
  })
})

describe('a question that stays open for who comes by himself', () => {
  it('is answered at a terminal afterwards, and the identical call spends the yes once', async () => {
    const given = setup([host, page, nobodyThere])
    await given.call(cantAsk)
    const [question] = given.desk.pending()
    expect(question).toMatchObject({ waiting: false, state: 'open' })
    expect(await given.desk.answer(question?.id ?? '', { kind: 'approve' }, { channel: 'terminal' })).toBe(
      'done',
    )
    expect((await given.call(cantAsk)).decision.kind).toBe('approved')
    expect(given.told().slice(-2)).toEqual(['approved terminal', 'spent'])
    expect(ended((await given.call(cantAsk)).decision)).toEqual([
      'unavailable',
      expect.stringMatching(/nobody/),
      true,
    ])
  })

  it('is not asked about twice: the identical call finds it, and who came meanwhile is asked', async () => {
    let answer: Answer = empty
    const given = setup([host, page, place('terminal', () => answer)])
    await given.call(cantAsk)
    await given.call(cantAsk)
    expect(given.desk.pending()).toHaveLength(1)
    answer = { kind: 'shown' }
    const waiting = given.call(cantAsk)
    while (!given.told().includes('asked terminal')) await new Promise((settle) => setTimeout(settle, 1))
    const [question] = given.desk.pending()
    expect(question?.waiting).toBe(true)
    await given.desk.answer(question?.id ?? '', { kind: 'approve' }, { channel: 'terminal' })
    expect((await waiting).decision.kind).toBe('approved')
  })

  it('is waited for where the config names the terminal alone', async () => {
    const given = setup([place('terminal', () => ({ ...empty, waits: true }))], 50)
    const { decision } = await given.call(cantAsk)
    expect(decision).toMatchObject({ why: 'pending', shown: ['terminal'] })
    expect(given.told()).toEqual(['unavailable terminal nobody there', 'pending'])
  })

  it('is kept when a host shows its form and nobody answers within the wait', async () => {
    const given = setup([{ ...host, reach: async () => undefined }, nobodyThere], 50)
    // The terminal would begin after the lead, which is longer than the wait.
    expect(ended((await given.call(hangs)).decision)).toEqual([
      'pending',
      expect.stringMatching(/within 0.05 s/),
      false,
    ])
  })
})

it('stops waiting when nobody sees the page any more, and says why', async () => {
  const given = setup([host, place('page', () => ({ kind: 'shown' }))])
  const waiting = given.call(cantAsk)
  while (!given.told().includes('asked page')) await new Promise((settle) => setTimeout(settle, 1))
  given.queue.lost('page', 'no screen')
  const { decision, ms } = await waiting
  expect(ended(decision)).toEqual([
    'unavailable',
    'nobody could be asked: the host does not ask; no screen',
    false,
  ])
  expect(ms).toBeLessThan(1000)
})

it('waits for who is there: a page, or a person at a terminal', async () => {
  const given = setup([host, page, somebody], 50)
  expect(ended((await given.call(cantAsk)).decision)).toEqual([
    'pending',
    'nobody answered within 0.05 s',
    false,
  ])
  expect(given.told()).toEqual([
    'unavailable elicitation the host does not ask',
    'unavailable page no screen',
    'asked terminal',
    'pending',
  ])
})

it.each(['asked', 'unavailable', 'dismissed'] as const)(
  'asks nobody, and ends at once, where "%s" can not be written down (promise 1)',
  async (phase) => {
    const given = setup([host, page, nobodyThere], 5000, phase)
    await expect(given.call(phase === 'unavailable' ? cantAsk : cancels)).rejects.toThrow('disk full')
    expect(given.desk.pending()).toEqual([])
  },
)

it('asks nobody any more, and writes none down, where the call ended while it was found out who is there', async () => {
  const over = new AbortController()
  const asked: string[] = []
  const slow: Channel = {
    name: 'terminal',
    reach: async () => {
      over.abort()
      return undefined
    },
    ask: async () => {
      asked.push('terminal')
      return { kind: 'unanswered' }
    },
  }
  const { queue, told } = setup([slow])
  expect(await queue.decide(request, cantAsk, over.signal)).toMatchObject({ why: 'cancelled' })
  await new Promise((resolve) => setImmediate(resolve))
  expect(asked).toEqual([])
  expect(told()).toEqual(['cancelled'])
})
