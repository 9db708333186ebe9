import { describe, expect, it } from 'vitest'
import { SidemuxError } from '../../../src/errors.ts'
import type { Fault } from '../../../src/upstream/remote/fault.ts'
import { LoginNeeded, LoginUnavailable } from '../../../src/upstream/remote/oauth/errors.ts'
import { NotAllowedError } from '../../../src/upstream/remote/route.ts'
import { verdictOn, type Sent, type Verdict } from '../../../src/upstream/remote/verdict.ts'

const LOST: Fault = { kind: 'lost', why: "can't be reached (ECONNREFUSED)", code: 'ECONNREFUSED' }
const NEEDS_LOGIN: Fault = { kind: 'told', error: new LoginNeeded('far', 'needs a login.') }
const NO_REFRESH: Fault = { kind: 'told', error: new LoginUnavailable('no answer', { hint: 'wait' }) }
const NOT_ALLOWED: Fault = { kind: 'not-allowed', error: new NotAllowedError('far.example', 'private') }
const status = (code: number): Fault => ({ kind: 'status', status: code })

const CALL: Sent = { method: 'tools/call', left: true, hasSession: false, mayBeSse: true, serverId: 'far' }

type Case = [fault: Fault, sent: Partial<Sent>, verdict: Verdict]

describe('a request that fails', () => {
  const answered = (why: string): Verdict => ({ answer: { why } })
  const cases: Case[] = [
    [LOST, {}, { lost: "can't be reached (ECONNREFUSED)" }],
    [status(500), {}, answered('with HTTP 500')],
    [status(429), { hasSession: true }, answered('with HTTP 429')],
    [status(404), {}, answered('with HTTP 404')],
    [status(404), { hasSession: true }, { lost: 'has ended the session' }],
    [status(400), { hasSession: true }, { lost: 'has ended the session' }],
    [status(401), { hasSession: true }, answered('with HTTP 401')],
    [NEEDS_LOGIN, {}, { lost: 'lost its login', isWhyNot: true }],
    [NO_REFRESH, {}, answered('with HTTP 401: its login can not be refreshed now')],
    [
      { kind: 'scope' },
      {},
      {
        answer: {
          why: 'with HTTP 403: its login does not permit this',
          hint: 'Run "sidemux login far", which asks for what it lacks.',
        },
      },
    ],
    [NOT_ALLOWED, {}, answered('with nothing, and the connection broke')],
    [{ kind: 'broken' }, {}, answered('with nothing, and the connection broke')],
    [{ kind: 'other' }, {}, answered('with something that is not an answer of MCP')],
  ]
  it.each(cases)('%j %j', (fault, sent, verdict) => {
    expect(verdictOn(fault, { ...CALL, ...sent })).toEqual(verdict)
  })
})

describe('a request that never left says so, whatever becomes of the server', () => {
  const unsent = (why: string): Verdict => ({
    answer: { why, unsent: true, hint: expect.stringMatching(/^[A-Z].*\.$/) as string },
  })
  const cases: Case[] = [
    [LOST, {}, { ...unsent("can't be reached (ECONNREFUSED)"), lost: "can't be reached (ECONNREFUSED)" }],
    [NEEDS_LOGIN, {}, { ...unsent('lost its login'), lost: 'lost its login', isWhyNot: true }],
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
    [status(404), discover, {}],
    [status(400), discover, {}],
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
    [status(404), { hasSession: true }, {}],
    [{ kind: 'told', error: new SidemuxError('told') }, { left: false }, {}],
    [{ kind: 'other' }, { left: false }, {}],
  ]
  it.each(cases)('%j %j', (fault, sent, verdict) => {
    expect(verdictOn(fault, { ...CALL, ...sent, method: undefined })).toEqual(verdict)
  })
})
