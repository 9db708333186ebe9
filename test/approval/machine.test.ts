/**
 * What becomes of a question (promises 4 and 6): every state with everything that can happen to it, also what is ignored
 * there and why. A word here is the law; `lives.ts` says what each name stands for.
 */
import { expect, it } from 'vitest'
import type { Effect, Life, LifeEvent, Step } from '../../src/approval/question/life.ts'
import { next } from '../../src/approval/question/machine.ts'
import { EVENTS, FACTS, inWords, LIVES } from './lives.ts'

/** Nothing happens, and why. */
const OVER = '- it is over'
const NOT_OPEN = '- no form is open for that call'
const NONE_DUE = '- no channel waits for its turn'
const NOT_SHOWN = '- it was not shown there'
const NO_ANSWER = '- no answer is being written down'
const NOT_WAITING = '- that call does not wait'
const NO_YES = '- no unspent yes came through that page'

const TABLE: Record<keyof typeof EVENTS, Record<keyof typeof LIVES, string>> = {
  'called again': {
    asking: 'open+: settle invalid',
    shown: 'open+: settle invalid',
    left: 'open+: reach elicitation, lead',
    sent: 'open+: reach elicitation, lead',
    deciding: 'deciding+: settle invalid',
    approved: 'over: withdraw, settle approved (spent)',
    over: 'over: settle invalid',
  },
  'back with a yes': {
    asking: 'open+: settle invalid',
    shown: 'open+: settle invalid',
    left: 'open: settle invalid',
    sent: 'deciding+: write approved > decided',
    deciding: 'deciding+: settle invalid',
    approved: 'over: withdraw, settle approved (spent)',
    over: 'over: settle invalid',
  },
  'back with a yes too quick': {
    asking: 'open+: settle invalid',
    shown: 'open+: settle invalid',
    left: 'open: settle invalid',
    sent: 'open: settle go-on',
    deciding: 'deciding+: settle invalid',
    approved: 'approved: settle invalid',
    over: 'over: settle invalid',
  },
  'back with a decline': {
    asking: 'open+: settle invalid',
    shown: 'open+: settle invalid',
    left: 'open: settle invalid',
    sent: 'deciding+: write denied > decided',
    deciding: 'deciding+: settle invalid',
    approved: 'deciding+: write denied > decided',
    over: 'over: settle invalid',
  },
  'back, closed': {
    asking: 'open+: settle invalid',
    shown: 'open+: settle invalid',
    left: 'open: settle invalid',
    sent: 'over: withdraw, settle cancelled (cancelled)',
    deciding: 'deciding+: settle invalid',
    approved: 'over: withdraw, settle approved (spent)',
    over: 'over: settle invalid',
  },
  'back without an answer': {
    asking: 'open+: settle invalid',
    shown: 'open+: settle invalid',
    left: 'open: settle invalid',
    sent: 'open: settle go-on',
    deciding: 'deciding+: settle invalid',
    approved: 'approved: settle go-on',
    over: 'over: settle invalid',
  },
  'back, of another call': {
    asking: 'open+: settle invalid',
    shown: 'over: settle invalid, withdraw, settle unanswered (invalid-state)',
    left: 'open: settle invalid',
    sent: 'over: settle invalid, withdraw, write invalid-state',
    deciding: 'deciding (invalid-state)+: settle invalid',
    approved: 'over: settle invalid, withdraw, write invalid-state',
    over: 'over: settle invalid',
  },
  'back, a nonce not ours': {
    asking: 'open+: settle invalid',
    shown: 'open+: settle invalid',
    left: 'open: settle invalid',
    sent: 'open: settle invalid',
    deciding: 'deciding+: settle invalid',
    approved: 'approved: settle invalid',
    over: 'over: settle invalid',
  },
  'form reaches': {
    asking: 'open+: write asked > asked',
    shown: NOT_OPEN,
    left: NOT_OPEN,
    sent: NOT_OPEN,
    deciding: NOT_OPEN,
    approved: NOT_OPEN,
    over: OVER,
  },
  'form asked': {
    asking: 'open+: ask elicitation',
    shown: NOT_OPEN,
    left: NOT_OPEN,
    sent: NOT_OPEN,
    deciding: NOT_OPEN,
    approved: NOT_OPEN,
    over: OVER,
  },
  'form: yes': {
    asking: 'deciding+: write approved > decided',
    shown: NOT_OPEN,
    left: NOT_OPEN,
    sent: NOT_OPEN,
    deciding: NOT_OPEN,
    approved: NOT_OPEN,
    over: OVER,
  },
  'form: no': {
    asking: 'deciding+: write denied > decided',
    shown: 'deciding+: write denied > decided',
    left: 'deciding: write denied > decided',
    sent: 'deciding: write denied > decided',
    deciding: NOT_OPEN,
    approved: 'deciding: write denied > decided',
    over: OVER,
  },
  'form: too quick': {
    asking: 'open+: ask elicitation',
    shown: NOT_OPEN,
    left: NOT_OPEN,
    sent: NOT_OPEN,
    deciding: NOT_OPEN,
    approved: NOT_OPEN,
    over: OVER,
  },
  'form: deferred': {
    asking: 'open: settle ask',
    shown: NOT_OPEN,
    left: NOT_OPEN,
    sent: NOT_OPEN,
    deciding: NOT_OPEN,
    approved: NOT_OPEN,
    over: OVER,
  },
  'form: declined by the host': {
    asking: 'open+: write host-declined > noted',
    shown: NOT_OPEN,
    left: NOT_OPEN,
    sent: NOT_OPEN,
    deciding: NOT_OPEN,
    approved: NOT_OPEN,
    over: OVER,
  },
  'form: closed': {
    asking: 'open+: write dismissed > noted',
    shown: NOT_OPEN,
    left: NOT_OPEN,
    sent: NOT_OPEN,
    deciding: NOT_OPEN,
    approved: NOT_OPEN,
    over: OVER,
  },
  'form noted as unavailable': {
    asking: 'open+: reach page',
    shown: 'open+:',
    left: 'open:',
    sent: 'over: withdraw, write unavailable',
    deciding: 'deciding+:',
    approved: NOT_OPEN,
    over: OVER,
  },
  'lead over': {
    asking: 'open+: reach page',
    shown: NONE_DUE,
    left: NONE_DUE,
    sent: NONE_DUE,
    deciding: NONE_DUE,
    approved: NONE_DUE,
    over: OVER,
  },
  'page lost': {
    asking: NOT_SHOWN,
    shown: 'open+: write unavailable > noted',
    left: NOT_SHOWN,
    sent: NOT_SHOWN,
    deciding: 'deciding+: write unavailable > noted',
    approved: NOT_SHOWN,
    over: OVER,
  },
  'page: yes': {
    asking: 'deciding+: write approved > decided',
    shown: 'deciding+: write approved > decided',
    left: 'deciding: write approved > decided',
    sent: 'deciding: write approved > decided',
    deciding: 'deciding+: tell decided',
    approved: 'approved: tell decided',
    over: 'over: tell gone',
  },
  'page: yes with a grant': {
    asking: 'deciding+: remember',
    shown: 'deciding+: remember',
    left: 'deciding: remember',
    sent: 'deciding: remember',
    deciding: 'deciding+: tell decided',
    approved: 'approved: tell decided',
    over: 'over: tell gone',
  },
  'page: no': {
    asking: 'deciding+: write denied > decided',
    shown: 'deciding+: write denied > decided',
    left: 'deciding: write denied > decided',
    sent: 'deciding: write denied > decided',
    deciding: 'deciding+: tell decided',
    approved: 'deciding: write denied > decided',
    over: 'over: tell gone',
  },
  'page: no for too long': {
    asking: 'open+: tell refused',
    shown: 'open+: tell refused',
    left: 'open: tell refused',
    sent: 'open: tell refused',
    deciding: 'deciding+: tell decided',
    approved: 'approved: tell refused',
    over: 'over: tell gone',
  },
  granted: {
    asking: NO_ANSWER,
    shown: NO_ANSWER,
    left: NO_ANSWER,
    sent: NO_ANSWER,
    deciding: 'deciding+: write granted+approved > decided',
    approved: NO_ANSWER,
    over: 'over: revoke',
  },
  'not granted': {
    asking: NO_ANSWER,
    shown: NO_ANSWER,
    left: NO_ANSWER,
    sent: NO_ANSWER,
    deciding: 'open+: tell refused',
    approved: NO_ANSWER,
    over: OVER,
  },
  decided: {
    asking: NO_ANSWER,
    shown: NO_ANSWER,
    left: NO_ANSWER,
    sent: NO_ANSWER,
    deciding: 'over: withdraw, count approve, settle approved, tell done',
    approved: NO_ANSWER,
    over: OVER,
  },
  failed: {
    asking: 'over: withdraw, fail',
    shown: 'over: withdraw, fail',
    left: 'over: withdraw',
    sent: 'over: withdraw',
    deciding: 'over: withdraw, fail, tell refused',
    approved: 'over: withdraw',
    over: OVER,
  },
  waited: {
    asking: 'open: settle pending (pending)',
    shown: 'open: settle pending (pending)',
    left: NOT_WAITING,
    sent: NOT_WAITING,
    deciding: 'deciding: settle pending (pending)',
    approved: NOT_WAITING,
    over: OVER,
  },
  'another has waited': {
    asking: NOT_WAITING,
    shown: NOT_WAITING,
    left: NOT_WAITING,
    sent: NOT_WAITING,
    deciding: NOT_WAITING,
    approved: NOT_WAITING,
    over: OVER,
  },
  cancelled: {
    asking: 'over: withdraw, settle cancelled (cancelled)',
    shown: 'over: withdraw, settle cancelled (cancelled)',
    left: NOT_WAITING,
    sent: NOT_WAITING,
    deciding: 'deciding (cancelled)+:',
    approved: NOT_WAITING,
    over: OVER,
  },
  'another is cancelled': {
    asking: NOT_WAITING,
    shown: NOT_WAITING,
    left: NOT_WAITING,
    sent: NOT_WAITING,
    deciding: NOT_WAITING,
    approved: NOT_WAITING,
    over: OVER,
  },
  expired: {
    asking: 'over: withdraw, settle unanswered (expired)',
    shown: 'over: withdraw, settle unanswered (expired)',
    left: 'over: withdraw, write expired',
    sent: 'over: withdraw, write expired',
    deciding: 'deciding (expired)+:',
    approved: 'over: withdraw, write expired',
    over: OVER,
  },
  closing: {
    asking: 'over: withdraw, settle unanswered (unanswered)',
    shown: 'over: withdraw, settle unanswered (unanswered)',
    left: 'over: withdraw, write unanswered',
    sent: 'over: withdraw, write unanswered',
    deciding: 'deciding (unanswered)+:',
    approved: 'over: withdraw, write expired',
    over: OVER,
  },
  'taken back': {
    asking: NO_YES,
    shown: NO_YES,
    left: NO_YES,
    sent: NO_YES,
    deciding: 'deciding (void)+:',
    approved: 'open: write taken-back',
    over: OVER,
  },
  'another taken back': {
    asking: NO_YES,
    shown: NO_YES,
    left: NO_YES,
    sent: NO_YES,
    deciding: NO_YES,
    approved: NO_YES,
    over: OVER,
  },
}

const CELLS = Object.entries(TABLE).flatMap(([event, row]) =>
  Object.entries(row).map(([life, expected]) => [life, event, expected] as const),
)

it.each(CELLS)('%s, %s: %s', (name, happens, expected) => {
  const life = LIVES[name as keyof typeof LIVES]
  const turn = next(life, EVENTS[happens as keyof typeof EVENTS], FACTS)
  if (expected.startsWith('-')) expect(turn).toEqual({ life, effects: [] })
  else expect(inWords(turn)).toBe(expected)
})

it('a question that is out of date by the clock has expired, whatever comes first', () => {
  const late = { ...FACTS, now: 60_000 }
  for (const name of ['asking', 'shown', 'left', 'sent', 'approved'] as const) {
    const { life, effects } = next(LIVES[name], EVENTS['page: yes'], late)
    expect(life.state.kind).toBe('over')
    expect(inWords({ life, effects })).toMatch(/expired.*tell gone$/)
  }
  expect(inWords(next(LIVES.deciding, EVENTS.decided, late))).toBe(
    'over: count approve, tell gone, withdraw, settle unanswered (expired)',
  )
})

/** What comes while an answer is being written down waits behind it. */
const MEANWHILE: [string, (keyof typeof EVENTS)[], string][] = [
  [
    'its page is taken back: nothing runs',
    ['taken back', 'decided'],
    'open+: tell refused, write taken-back',
  ],
  [
    'with a grant, its page is taken back: that is revoked too',
    ['granted', 'taken back', 'decided'],
    'open+: tell refused, write taken-back, revoke',
  ],
  [
    'its call is cancelled: the yes is no more than written',
    ['cancelled', 'decided'],
    'over: count approve, tell gone, withdraw, settle cancelled (cancelled)',
  ],
  [
    'it expires, and its call is cancelled: the first one is the end',
    ['expired', 'cancelled', 'decided'],
    'over: count approve, tell gone, withdraw, settle unanswered (expired)',
  ],
  [
    'the sidecar ends',
    ['closing', 'decided'],
    'over: count approve, tell gone, withdraw, settle unanswered (unanswered)',
  ],
  [
    'the wait is over: the yes is kept for the identical call',
    ['waited', 'decided'],
    'approved: count approve, withdraw, tell done',
  ],
  [
    'nobody sees the page any more: the yes counts',
    ['page lost', 'decided'],
    'over: withdraw, count approve, settle approved, tell done',
  ],
  [
    'it can not be written: the grant is void',
    ['granted', 'failed'],
    'over: withdraw, revoke, fail, tell refused',
  ],
]
it.each(MEANWHILE)('while a yes is written down %s', (_what, happens, expected) => {
  const start = { life: LIVES.deciding as Life, effects: [] as readonly Effect[] }
  const last = happens.reduce(({ life }, event) => next(life, EVENTS[event], FACTS), start)
  expect(inWords(last)).toBe(expected)
})

/** What a life goes through, one thing after the other. */
function through(life: Life, ...events: LifeEvent[]): Step {
  return events.reduce((step, event) => next(step.life, event, FACTS), { life, effects: [] } as Step)
}

const again = { n: 8, call: 'c8' }

it('a nonce is used once, whatever came with it', () => {
  for (const came of [
    'back without an answer',
    'back with a yes too quick',
    'back, of another call',
  ] as const) {
    const nonce = came === 'back with a yes too quick' ? 'recent' : 'nonce'
    const later = { ...EVENTS['back with a yes'], attempt: again, nonce }
    expect(inWords(through(LIVES.sent, EVENTS[came], later))).toMatch(/^(open|over): settle invalid$/)
  }
})

it('a form of the host that is due is not begun for a call that no longer waits', () => {
  const due = [
    { channel: 'elicitation', by: LIVES.asking.first },
    { channel: 'page', by: LIVES.asking.first },
  ] as const
  const life = { ...LIVES.asking, channels: new Map(), due }
  expect(inWords(through(life, EVENTS.waited, EVENTS['lead over']))).toBe('open: reach page')
})

it('what a host shows by opening an address is the page', () => {
  const opened = { ...EVENTS['form: closed'], answer: { kind: 'shown' } } as const
  expect(through(LIVES.asking, opened).life.shown).toEqual(new Set(['page']))
})

it('a dialog that a yes withdrew is asked again when the yes is taken back, and what shows it is not', () => {
  const dialog = { kind: 'busy', by: LIVES.shown.first } as const
  const life = {
    ...LIVES.deciding,
    channels: new Map([...LIVES.deciding.channels, ['desktop', dialog]]),
  } as Life
  const called = { kind: 'called', attempt: again, channels: ['page', 'desktop'], canAsk: false } as const
  const turn = through(life, EVENTS.waited, EVENTS.decided, EVENTS['taken back'], called)
  expect(inWords(turn)).toBe('open+: reach desktop')
})

it('a yes that no call waits for is kept as long as a new question', () => {
  const { life } = next(LIVES.deciding, EVENTS.waited, FACTS)
  const late = { ...FACTS, now: 50_000 }
  expect(next(life, EVENTS.decided, late).life.expiresAt).toBe(late.now + late.expireMs)
})
