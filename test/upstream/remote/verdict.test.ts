import { describe, expect, it } from 'vitest'
import { SidemuxError } from '../../../src/errors.ts'
import type { RemoteFault } from '../../../src/upstream/remote/fault.ts'
import { LoginNeeded, LoginUnavailable } from '../../../src/upstream/remote/oauth/errors.ts'
import { NotAllowedError } from '../../../src/net/failure.ts'
import { verdictOn, type Sent, type ReplyVerdict } from '../../../src/upstream/remote/verdict.ts'

const LOST: RemoteFault = { kind: 'lost', why: "can't be reached (ECONNREFUSED)", code: 'ECONNREFUSED' }
const NEEDS_LOGIN: RemoteFault = { kind: 'told', error: new LoginNeeded('far', 'needs a login') }
const NO_REFRESH: RemoteFault = { kind: 'told', error: new LoginUnavailable('no answer', { hint: 'wait' }) }
const NOT_ALLOWED: RemoteFault = { kind: 'not-allowed', error: new NotAllowedError('far.example', 'private') }
const status = (code: number, text = ''): RemoteFault => ({ kind: 'status', status: code, text })

const CALL: Sent = {
  method: 'tools/call',
  id: 7,
  left: true,
  session: 'none',
  mayBeSse: true,
  serverId: 'far',
  hasCredentials: false,
  scopesAreLimited: false,
}

const LOG_IN = 'Run "sidemux login far".'
const NOT_PERMITTED = 'answered with HTTP 403: its login does not permit this'
const errorOf = (code: number, message: string, id: unknown = 7): string =>
  JSON.stringify({ jsonrpc: '2.0', id, error: { code, message } })
const INVALID = errorOf(-32_602, 'bad params')
const refused = (why: string, hint: string): ReplyVerdict => ({ answer: { why, hint, notRun: 'refused' } })

type Case = [fault: RemoteFault, sent: Partial<Sent>, verdict: ReplyVerdict]

describe('a request that fails', () => {
  const answered = (why: string): ReplyVerdict => ({ answer: { why } })
  const cases: Case[] = [
    [LOST, {}, { lost: "can't be reached (ECONNREFUSED)" }],
    [status(500), {}, answered('with HTTP 500')],
    [status(429), { session: 'in use' }, answered('with HTTP 429')],
    [status(404), {}, answered('with HTTP 404')],
    [status(403), {}, answered('with HTTP 403')],
    [status(401), {}, refused('does not accept the token of its login (HTTP 401)', LOG_IN)],
    [
      status(401, INVALID),
      { hasCredentials: true },
      refused(
        'does not accept the credentials that it was given (HTTP 401)',
        'Check "headers" of far, and whether its key is still valid.',
      ),
    ],
    [
      NEEDS_LOGIN,
      {},
      {
        ...refused('needs a login', LOG_IN),
        over: { why: 'needs a login', again: 'never', hint: 'run "sidemux login far"' },
        isWhyNot: true,
      },
    ],
    [NO_REFRESH, {}, refused("has a login that can't be refreshed now", 'Wait.')],
    [{ kind: 'scope' }, {}, refused(NOT_PERMITTED, 'Run "sidemux login far", which asks for what it lacks.')],
    [
      { kind: 'scope' },
      { scopesAreLimited: true },
      refused(
        NOT_PERMITTED,
        'Add what it lacks to oauth.scopes of far in servers.yaml, then run "sidemux login far", which asks for what it lacks.',
      ),
    ],
    [
      { kind: 'scope' },
      { hasCredentials: true },
      refused(NOT_PERMITTED, 'Check "headers" of far: its key may do too little.'),
    ],
    [NOT_ALLOWED, {}, answered('with nothing, and the connection broke')],
    [{ kind: 'broken' }, {}, answered('with nothing, and the connection broke')],
    [{ kind: 'other' }, {}, answered('with something that is not an answer of MCP')],
  ]
  it.each(cases)('%j %j', (fault, sent, verdict) => {
    expect(verdictOn(fault, { ...CALL, ...sent })).toEqual(verdict)
  })
})

describe('a refusal in a session', () => {
  const over: ReplyVerdict = {
    answer: { why: 'has ended the session', notRun: 'session' },
    over: { why: 'has ended the session', again: 'now' },
  }
  const asks: ReplyVerdict = { doubts: true }
  const own = (text: string): ReplyVerdict => ({ error: JSON.parse(text) as Record<string, unknown> })
  const http400: ReplyVerdict = { answer: { why: 'with HTTP 400' } }
  const noId = errorOf(-32_000, 'Bad Request: No valid session ID provided', null)
  const uninitialized = errorOf(-32_602, 'Received request before initialization was complete')
  /** By status and text: at first, after a ping that the server turned away too, and after one that it answered. */
  const cases: [number, string, inUse: ReplyVerdict, ended: ReplyVerdict, alive: ReplyVerdict][] = [
    [404, '', over, over, { answer: { why: 'with HTTP 404' } }],
    [404, INVALID, asks, over, own(INVALID)],
    [404, errorOf(-32_602, 'bad params', null), over, over, own(errorOf(-32_602, 'bad params', null))],
    [400, errorOf(-32_600, 'Sitzung unbekannt'), asks, over, own(errorOf(-32_600, 'Sitzung unbekannt'))],
    [409, '', asks, over, { answer: { why: 'with HTTP 409' } }],
    [500, '', asks, { answer: { why: 'with HTTP 500' } }, { answer: { why: 'with HTTP 500' } }],
    [410, 'Gone', over, over, { answer: { why: 'with HTTP 410' } }],
    [400, '', asks, over, http400],
    [400, 'no transport found for sessionId', asks, over, http400],
    [400, '<html>', asks, over, http400],
    [400, noId, asks, over, own(noId)],
    [400, errorOf(-32_600, 'Bad Request'), asks, over, own(errorOf(-32_600, 'Bad Request'))],
    [400, uninitialized, asks, over, own(uninitialized)],
    [400, INVALID, own(INVALID), own(INVALID), own(INVALID)],
    [400, errorOf(-32_602, 'bad params', 8), http400, http400, http400],
    [403, 'this session is not yours', asks, over, { answer: { why: 'with HTTP 403' } }],
    [
      403,
      INVALID,
      { answer: { why: 'with HTTP 403' } },
      { answer: { why: 'with HTTP 403' } },
      { answer: { why: 'with HTTP 403' } },
    ],
    [500, 'Session not found', asks, over, { answer: { why: 'with HTTP 500' } }],
    [500, INVALID, own(INVALID), own(INVALID), own(INVALID)],
    [
      503,
      'try later',
      { answer: { why: 'with HTTP 503' } },
      { answer: { why: 'with HTTP 503' } },
      { answer: { why: 'with HTTP 503' } },
    ],
  ]
  it.each(cases)('%i %s', (code, text, inUse, ended, alive) => {
    const verdict = (session: Sent['session']): ReplyVerdict =>
      verdictOn(status(code, text), { ...CALL, session })
    expect([verdict('in use'), verdict('ended'), verdict('alive')]).toEqual([inUse, ended, alive])
  })
})

it('is only likely to be one of a session that has no id', () => {
  const verdict = (session: Sent['session']): ReplyVerdict => verdictOn(status(404), { ...CALL, session })
  expect(verdict('unnamed')).toEqual({ doubts: true })
  expect(verdict('alive')).toEqual({ answer: { why: 'with HTTP 404' } })
})

describe('a request that never left says so, whatever becomes of the server', () => {
  const unsent = (why: string): ReplyVerdict => ({
    answer: { why, notRun: 'unsent', hint: expect.stringMatching(/^[A-Z].*\.$/) as string },
  })
  const cases: Case[] = [
    [LOST, {}, { ...unsent("can't be reached (ECONNREFUSED)"), lost: "can't be reached (ECONNREFUSED)" }],
    [
      NEEDS_LOGIN,
      {},
      {
        ...unsent('needs a login'),
        over: { why: 'needs a login', again: 'never', hint: 'run "sidemux login far"' },
        isWhyNot: true,
      },
    ],
    [NO_REFRESH, {}, unsent("has a login that can't be refreshed now")],
    [NOT_ALLOWED, {}, unsent('is at an address in a private network')],
    [{ kind: 'broken' }, {}, unsent('broke off the connection while it was made')],
    [{ kind: 'other' }, {}, unsent("can't be reached")],
  ]
  it.each(cases)('%j', (fault, sent, verdict) => {
    expect(verdictOn(fault, { ...CALL, left: false, ...sent })).toEqual(verdict)
  })
})

describe('while connecting nothing is made up', () => {
  const initialize: Partial<Sent> = { method: 'initialize' }
  const discover: Partial<Sent> = { method: 'server/discover' }
  const cases: Case[] = [
    [LOST, { ...initialize, left: false }, { lost: "can't be reached (ECONNREFUSED)", isWhyNot: true }],
    [LOST, { ...discover, left: false }, { lost: "can't be reached (ECONNREFUSED)", isWhyNot: true }],
    [NEEDS_LOGIN, initialize, { isWhyNot: true }],
    [status(404), initialize, { isWhyNot: true, triesSse: true }],
    [status(405), initialize, { isWhyNot: true, triesSse: true }],
    [status(400), initialize, { isWhyNot: true, triesSse: true }],
    [status(404), { ...initialize, mayBeSse: false }, { isWhyNot: true }],
    [status(403), initialize, { isWhyNot: true }],
    [status(503), initialize, { isWhyNot: true }],
    [status(404), discover, { answer: { why: 'with HTTP 404' } }],
    [status(400, INVALID), discover, { error: JSON.parse(INVALID) as Record<string, unknown> }],
    [status(400, INVALID), { ...discover, id: 2 }, { answer: { why: 'with HTTP 400' } }],
    [status(401), discover, { isWhyNot: true }],
    [status(403), discover, { isWhyNot: true }],
    [status(407), discover, { isWhyNot: true }],
    [status(429), discover, { isWhyNot: true }],
    [status(500), discover, { isWhyNot: true }],
    [{ kind: 'broken' }, discover, { isWhyNot: true }],
  ]
  it.each(cases)('%j %j', (fault, sent, verdict) => {
    expect(verdictOn(fault, { ...CALL, ...sent })).toEqual(verdict)
  })
})

describe('what nobody waits for is told to its sender, and may still show that the server is lost', () => {
  const cases: Case[] = [
    [LOST, {}, { lost: "can't be reached (ECONNREFUSED)" }],
    [status(404), {}, {}],
    [status(404), { session: 'in use' }, { over: { why: 'has ended the session', again: 'now' } }],
    [status(400), { session: 'in use' }, {}],
    [{ kind: 'told', error: new SidemuxError('told') }, { left: false }, {}],
    [{ kind: 'other' }, { left: false }, {}],
  ]
  it.each(cases)('%j %j', (fault, sent, verdict) => {
    expect(verdictOn(fault, { ...CALL, ...sent, method: undefined })).toEqual(verdict)
  })
})
