/** Questions at every point of their life, everything that can happen to one, and what followed in words: for the table. */
import {
  begun,
  type Attempt,
  type Effect,
  type Life,
  type LifeEvent,
  type Step,
} from '../../src/approval/question/life.ts'

export const FACTS = { now: 1000, expireMs: 60_000 }
const first: Attempt = { n: 0, call: 'c0' }
const again: Attempt = { n: 7, call: 'c7' }
const page = { channel: 'page', page: 'p1' } as const
const request = { method: 'elicitation/create', params: {} } as const
const given = begun('digest', first, { now: 0, expireMs: 60_000 })
const open: Life = { ...given, waiter: first }
/** It went through the host before, and a nonce of that is still out. */
const shown: Life = {
  ...open,
  channels: new Map([['page', { kind: 'ended' }]]),
  shown: new Set(['page']),
  nonces: new Map([['nonce', 0]]),
}
const yes = { kind: 'approve' } as const
const no = { kind: 'deny' } as const

export const LIVES = {
  /** A call waits while the host's form is open; the page comes after it. */
  asking: {
    ...open,
    channels: new Map([['elicitation', { kind: 'busy', by: first }]]),
    due: [{ channel: 'page', by: first }],
    alone: 'elicitation',
  },
  /** A call waits for the page. */
  shown,
  /** Its call has ended; somebody may come to the terminal. */
  left: {
    ...given,
    channels: new Map([
      ['terminal', { kind: 'unreached', answer: { kind: 'untended', why: 'nobody there', waits: false } }],
    ]),
  },
  /** It went to the host as the call's result. */
  sent: {
    ...given,
    channels: new Map([['elicitation', { kind: 'deferred', request }]]),
    nonces: new Map([
      ['nonce', 0],
      ['recent', 500],
    ]),
  },
  /** A yes is being written down. */
  deciding: {
    ...shown,
    state: { kind: 'deciding', answer: yes, via: page, ticket: 1, before: { kind: 'open' } },
  },
  approved: { ...given, state: { kind: 'approved', via: page }, nonces: new Map([['nonce', 0]]) },
  over: { ...given, state: { kind: 'over' } },
} as const satisfies Record<string, Life>

const inForm = { channel: 'elicitation', by: first } as const
const none = { kind: 'unavailable', why: 'no form' } as const

export const EVENTS = {
  'called again': {
    kind: 'called',
    attempt: again,
    channels: ['elicitation', 'page', 'terminal'],
    canAsk: true,
  },
  'back with a yes': {
    kind: 'returned',
    attempt: again,
    nonce: 'nonce',
    digest: 'digest',
    said: { kind: 'approved' },
  },
  'back with a yes too quick': {
    kind: 'returned',
    attempt: again,
    nonce: 'recent',
    digest: 'digest',
    said: { kind: 'approved' },
  },
  'back with a decline': {
    kind: 'returned',
    attempt: again,
    nonce: 'nonce',
    digest: 'digest',
    said: { kind: 'denied', chosen: false },
  },
  'back, closed': {
    kind: 'returned',
    attempt: again,
    nonce: 'nonce',
    digest: 'digest',
    said: { kind: 'cancelled' },
  },
  'back without an answer': {
    kind: 'returned',
    attempt: again,
    nonce: 'nonce',
    digest: 'digest',
    said: undefined,
  },
  'back, of another call': {
    kind: 'returned',
    attempt: again,
    nonce: 'nonce',
    digest: 'other',
    said: { kind: 'approved' },
  },
  'back, a nonce not ours': {
    kind: 'returned',
    attempt: again,
    nonce: 'made up',
    digest: 'digest',
    said: { kind: 'approved' },
  },
  'form reaches': { kind: 'reached', ...inForm, isShown: false },
  'form asked': { kind: 'asked', ...inForm },
  'form: yes': { kind: 'channel-said', ...inForm, answer: { kind: 'approved' }, nonce: 'fresh' },
  'form: no': { kind: 'channel-said', ...inForm, answer: { kind: 'denied' }, nonce: 'fresh' },
  'form: too quick': { kind: 'channel-said', ...inForm, answer: { kind: 'too-quick' }, nonce: 'fresh' },
  'form: deferred': {
    kind: 'channel-said',
    ...inForm,
    answer: { kind: 'deferred', request },
    nonce: 'fresh',
  },
  'form: declined by the host': {
    kind: 'channel-said',
    ...inForm,
    answer: { ...none, by: 'host-declined' },
    nonce: 'fresh',
  },
  'form: closed': { kind: 'channel-said', ...inForm, answer: { kind: 'cancelled' }, nonce: 'fresh' },
  'form noted as unavailable': { kind: 'noted', ...inForm, answer: none },
  'lead over': { kind: 'lead-over' },
  'page lost': { kind: 'lost', channel: 'page', why: 'no screen' },
  'page: yes': { kind: 'human-said', answer: yes, via: page, ticket: 9 },
  'page: yes with a grant': {
    kind: 'human-said',
    answer: { ...yes, grant: { fixed: [], uses: 1, ms: 1 } },
    via: page,
    ticket: 9,
  },
  'page: no': { kind: 'human-said', answer: no, via: page, ticket: 9 },
  'page: no for too long': { kind: 'human-said', answer: { ...no, forMs: 1e12 }, via: page, ticket: 9 },
  granted: { kind: 'granted', grant: 'g1' },
  'not granted': { kind: 'granted', grant: undefined },
  decided: { kind: 'decided' },
  failed: { kind: 'failed', error: new Error('disk full') },
  waited: { kind: 'waited', attempt: first, ms: 45_000 },
  'another has waited': { kind: 'waited', attempt: again, ms: 45_000 },
  cancelled: { kind: 'cancelled', attempt: first },
  'another is cancelled': { kind: 'cancelled', attempt: again },
  expired: { kind: 'expired' },
  closing: { kind: 'closing' },
  'taken back': { kind: 'taken-back', page: 'p1' },
  'another taken back': { kind: 'taken-back', page: 'p2' },
} as const satisfies Record<string, LifeEvent>

/**
 * The state it is in then, `+` where a call waits; and what is to be done. In brackets: what comes after the answer that
 * is being written down, and the record with which a call is settled.
 */
export function inWords({ life, effects }: Step): string {
  const { state, waiter } = life
  const behind =
    state.kind === 'deciding' ? (state.ending?.record.phase ?? (state.isVoid && 'void')) : undefined
  const now = `${state.kind}${behind === undefined ? '' : ` (${behind})`}${waiter === undefined ? '' : '+'}`
  return [`${now}:`, effects.map(effectInWords).join(', ')].join(' ').trim()
}

function effectInWords(effect: Effect): string {
  switch (effect.do) {
    case 'write':
      return `write ${effect.records.map(({ phase }) => phase).join('+')}${effect.next === undefined ? '' : ` > ${effect.next.kind}`}`
    case 'settle': {
      const { as, record } = effect
      const what = as.kind === 'refused' ? as.why : as.kind
      return `settle ${what}${record === undefined ? '' : ` (${record.phase})`}`
    }
    case 'reach':
    case 'ask':
      return `${effect.do} ${effect.channel}`
    case 'count':
      return `count ${effect.answer.kind}`
    case 'tell':
      return `tell ${effect.outcome}`
    case 'fail':
    case 'withdraw':
    case 'lead':
    case 'remember':
    case 'revoke':
      return effect.do
  }
}
