import { describe, expect, it } from 'vitest'
import { acceptAnswer } from '../../src/relay/question.ts'

const none = (): readonly string[] => []
const form = { method: 'elicitation/create', params: { mode: 'form' } }
const page = { method: 'elicitation/create', params: { mode: 'url' } }
const sampling = { method: 'sampling/createMessage', params: {} }
const roots = { method: 'roots/list', params: {} }
const written = { role: 'assistant', model: 'm', content: { type: 'text', text: 'x' } }

describe('the answer that a server gets', () => {
  it.each<[string, typeof form | typeof sampling, unknown, unknown]>([
    [
      'a form, filled in',
      form,
      { action: 'accept', content: { a: 'x', n: 1, b: true, l: ['y'] }, 'x-more': 1 },
      undefined,
    ],
    ['a form, accepted as it is', form, { action: 'accept' }, undefined],
    ['a declined form', form, { action: 'decline', content: { a: 'x' } }, { action: 'decline' }],
    ['a cancelled form', form, { action: 'cancel', content: null }, { action: 'cancel' }],
    ['a page', page, { action: 'accept', content: { a: 'x' } }, { action: 'accept' }],
    ['a text', sampling, { ...written, stopReason: 'endTurn', 'x-more': 1 }, undefined],
    [
      'a use of tools',
      sampling,
      { ...written, content: [{ type: 'tool_use', id: '1', name: 'a', input: {} }] },
      undefined,
    ],
    ['roots', roots, { roots: [{ uri: 'file:///a', name: 'a', 'x-more': 1 }], 'x-more': 1 }, undefined],
    [
      'roots that are no files',
      roots,
      { roots: [{ uri: 'file:///a' }, { uri: 'vscode-remote://b' }] },
      { roots: [{ uri: 'file:///a' }] },
    ],
    [
      'without what is of one hop',
      form,
      {
        action: 'decline',
        resultType: 'complete',
        _meta: { 'io.modelcontextprotocol/clientInfo': {}, a: 1 },
      },
      { action: 'decline', _meta: { a: 1 } },
    ],
  ])('%s', (_what, question, raw, answer) => {
    expect(acceptAnswer(question, raw, none)).toEqual({ kind: 'pass', answer: answer ?? raw })
  })

  it.each<[string, typeof form | typeof sampling, unknown]>([
    ['nothing', form, undefined],
    ['a list', form, []],
    ['no action', form, {}],
    ['another action', form, { action: 'maybe' }],
    ['nested content', form, { action: 'accept', content: { a: { b: 1 } } }],
    ['content that is none', form, { action: 'accept', content: 'x' }],
    ['a text without a model', sampling, { role: 'assistant', content: { type: 'text', text: '' } }],
    ['no list of roots', roots, { roots: {} }],
    ['a root without a URI', roots, { roots: [{}] }],
    ['an answer to nothing', { method: 'tools/list', params: {} }, {}],
  ])('is never %s', (_what, question, raw) => {
    expect(acceptAnswer(question, raw, none).kind).toBe('refuse')
  })

  it('holds no secret of another server, and neither does the reason (promise 2)', () => {
    const foreign = (value: unknown): readonly string[] =>
      JSON.stringify(value).includes('hunter22') ? ['DB_PASSWORD'] : []
    for (const [question, raw] of [
      [form, { action: 'accept', content: { a: 'hunter22' } }],
      [form, { action: 'accept', _meta: { a: 'hunter22' } }],
      [sampling, { ...written, content: { type: 'text', text: 'hunter22' } }],
      [roots, { roots: [{ uri: 'file:///hunter22' }] }],
    ] as const) {
      const accepted = acceptAnswer(question, raw, foreign)
      expect(accepted).toEqual({
        kind: 'refuse',
        reason: 'the answer holds a secret of another server',
        secrets: ['DB_PASSWORD'],
      })
    }
    expect(acceptAnswer(form, { action: 'decline', content: { a: 'hunter22' } }, foreign).kind).toBe('pass')
  })
})
