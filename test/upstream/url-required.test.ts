/** The error of 2025-11-25 that sends a user to a page first, in both eras of hosts. */
import { describe, expect, it } from 'vitest'
import type { Caller } from '../../src/upstream/messages/caller.ts'
import type { ServerReply } from '../../src/upstream/session/reply.ts'
import { askForPages } from '../../src/upstream/session/questions/url-required.ts'

const page = { mode: 'url', message: 'log in', url: 'https://login.example/x', elicitationId: 'e1' }
const refusal = (elicitations: unknown): ServerReply => ({
  kind: 'error',
  code: -32042,
  message: 'log in first',
  data: { elicitations, more: 1 },
})
const labelled: Caller['prepare'] = async ({ method, params }) => ({
  kind: 'pass',
  question: { method, params: { ...params, message: `box asks: ${String(params['message'])}` } },
})
const { signal } = new AbortController()
const old: Caller = { capabilities: {}, ask: async () => ({}), prepare: labelled }
const modern: Caller = { capabilities: {}, prepare: labelled }

describe('a server that wants its user to have been to a page first (promise 7)', () => {
  it('says so to a host of 2025-11-25, under the name of the server', async () => {
    expect(await askForPages(refusal([page]), old, signal)).toEqual({
      kind: 'error',
      code: -32042,
      message: 'log in first',
      data: { elicitations: [{ ...page, message: 'box asks: log in' }], more: 1 },
    })
  })

  it('asks a host of 2026-07-28, and the request is sent again with the answer', async () => {
    expect(await askForPages(refusal([page]), modern, signal)).toEqual({
      kind: 'questions',
      questions: {
        'page-1': { method: 'elicitation/create', params: { ...page, message: 'box asks: log in' } },
      },
    })
  })

  it('is refused where a page may not be opened', async () => {
    const prepare: Caller['prepare'] = async () => ({ kind: 'refuse', code: -32602, reason: 'no pages' })
    expect(await askForPages(refusal([page]), { capabilities: {}, prepare }, signal)).toEqual({
      kind: 'refused',
      why: 'no pages',
    })
  })

  it('is refused where nobody hears the question, who could mask it', async () => {
    expect(await askForPages(refusal([page]), { capabilities: {} }, signal)).toMatchObject({
      kind: 'refused',
    })
  })

  it.each<[string, unknown]>([
    ['what is no question among them', [page, 1]],
    ['more than anybody opens', Array.from({ length: 65 }, () => page)],
  ])('is refused with %s, which nobody has looked at', async (_what, elicitations) => {
    expect(await askForPages(refusal(elicitations), modern, signal)).toMatchObject({ kind: 'refused' })
  })

  it.each<[string, ServerReply]>([
    ['no list', refusal('x')],
    ['an empty list', refusal([])],
    ['another error', { kind: 'error', code: -32000, message: 'x', data: { elicitations: [page] } }],
    ['a result', { kind: 'result', result: {} }],
  ])('is the error that it is with %s', async (_what, reply) => {
    expect(await askForPages(reply, modern, signal)).toBe(reply)
  })
})
