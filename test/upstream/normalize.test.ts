import { specTypeSchemas } from '@modelcontextprotocol/client'
import { CallToolResultSchema } from '@modelcontextprotocol/sdk/types.js'
import * as fc from '../random.ts'
import { describe, expect, test } from 'vitest'
import { canonicalHash } from '../../src/json/canonical.ts'
import { normalizeHandshake, normalizeTools } from '../../src/upstream/messages/normalize.ts'
import { normalizeResult } from '../../src/upstream/messages/results.ts'
import { work } from '../work.ts'

describe('one odd tool spoils itself only', () => {
  const good = { name: 'good', description: 'd', inputSchema: { type: 'object' }, vendor: [1] }
  const cases: { title: string; entry: unknown; kept: unknown; warns?: RegExp }[] = [
    { title: 'no schema', entry: { name: 'x' }, kept: { name: 'x' } },
    {
      title: 'unknown members',
      entry: { name: 'x', 'x-vendor': { a: null } },
      kept: { name: 'x', 'x-vendor': { a: null } },
    },
    {
      title: 'a numeric description',
      entry: { name: 'x', description: 5 },
      kept: { name: 'x' },
      warns: /"x".*description/,
    },
    {
      title: 'a schema that is text',
      entry: { name: 'x', inputSchema: '{}' },
      kept: { name: 'x' },
      warns: /inputSchema/,
    },
    {
      title: 'annotations that are a list',
      entry: { name: 'x', annotations: [] },
      kept: { name: 'x' },
      warns: /annotations/,
    },
    {
      title: 'a hint that is text',
      entry: { name: 'x', annotations: { readOnlyHint: 'true', title: 't' } },
      kept: { name: 'x', annotations: { title: 't' } },
      warns: /annotations.readOnlyHint/,
    },
    {
      title: 'null members',
      entry: { name: 'x', title: null, outputSchema: null },
      kept: { name: 'x' },
      warns: /title, outputSchema/,
    },
    {
      title: 'half a surrogate pair',
      entry: { name: 'x', description: 'a\ud800', inputSchema: { '\udc00': 1 } },
      kept: { name: 'x', description: 'a\ufffd', inputSchema: { '\ufffd': 1 } },
    },
    {
      title: 'an infinite number',
      entry: { name: 'x', inputSchema: { maximum: Infinity, enum: [1, -Infinity] } },
      kept: { name: 'x', inputSchema: { enum: [1, null] } },
    },
    { title: 'no name', entry: { description: 'd' }, kept: undefined, warns: /tool 2 .*no usable name/ },
    { title: 'a numeric name', entry: { name: 5 }, kept: undefined, warns: /no usable name/ },
    { title: 'an empty name', entry: { name: '' }, kept: undefined, warns: /no usable name/ },
    { title: 'a blank name', entry: { name: ' ' }, kept: undefined, warns: /no usable name/ },
    { title: 'a control character', entry: { name: 'a\u001b[2J' }, kept: undefined, warns: /no usable name/ },
    {
      title: 'a name that reads backwards',
      entry: { name: 'a\u202eb' },
      kept: undefined,
      warns: /no usable name/,
    },
    {
      title: 'a zero-width space',
      entry: { name: 'go\u200bod' },
      kept: undefined,
      warns: /no usable name \("go‹U\+200B›od"\)/,
    },
    { title: 'a name too long', entry: { name: 'n'.repeat(257) }, kept: undefined, warns: /no usable name/ },
    { title: 'the longest name', entry: { name: 'n'.repeat(256) }, kept: { name: 'n'.repeat(256) } },
    {
      title: 'a duplicate',
      entry: { name: 'good', description: 'another' },
      kept: undefined,
      warns: /second "good"/,
    },
    { title: 'text', entry: 'tool', kept: undefined, warns: /no usable name/ },
    { title: 'null', entry: null, kept: undefined, warns: /no usable name/ },
  ]
  test.each(cases)('$title', ({ entry, kept, warns }) => {
    const { tools, warnings } = normalizeTools([good, entry, { name: 'last' }])
    expect(tools).toEqual([good, ...(kept === undefined ? [] : [kept]), { name: 'last' }])
    if (warns === undefined) expect(warnings).toEqual([])
    else expect(warnings).toEqual([expect.stringMatching(warns)])
  })

  test.each([undefined, null, 'tools', { name: 'x' }])('%s is no list', (raw) => {
    expect(normalizeTools(raw)).toMatchObject({ tools: [], warnings: [expect.stringMatching(/not a list/)] })
  })

  test('whatever comes, what stays has a hash, for a pin and a yes are bound to it (promise 5)', () => {
    const entry = fc.oneof(
      fc.jsonValue(),
      fc.record({ name: fc.string(), description: fc.anyText(), x: fc.jsonValue() }),
    )
    fc.assert(
      fc.property(fc.array(entry), (raw) => {
        const parsed: unknown = JSON.parse(JSON.stringify(raw))
        for (const tool of normalizeTools(parsed).tools) expect(canonicalHash(tool)).toHaveLength(64)
      }),
    )
  })
})

const text = (value: string): object => ({ type: 'text', text: value })

describe('a result is one in every protocol version', () => {
  const cases: { title: string; raw: unknown; modern?: boolean; expected: unknown }[] = [
    {
      title: 'as it should be',
      raw: { content: [text('a')], isError: true },
      expected: { content: [text('a')], isError: true },
    },
    {
      title: 'no content',
      raw: { structuredContent: { a: 1 } },
      expected: { content: [], structuredContent: { a: 1 } },
    },
    { title: 'an empty result', raw: {}, expected: { content: [] } },
    { title: 'content that is text', raw: { content: 'a' }, expected: { content: [text('a')] } },
    {
      title: 'an unknown block',
      raw: { content: [{ type: 'video', n: 1 }] },
      expected: { content: [text('{"type":"video","n":1}')] },
    },
    {
      title: 'an image without a type',
      raw: { content: [{ type: 'image', data: 'AA==' }] },
      expected: { content: [text('{"type":"image","data":"AA=="}')] },
    },
    {
      title: 'data that is not base64',
      raw: { content: [{ type: 'image', data: '!', mimeType: 'image/png' }] },
      expected: { content: [text('{"type":"image","data":"!","mimeType":"image/png"}')] },
    },
    {
      title: 'an image',
      raw: { content: [{ type: 'image', data: 'AA==', mimeType: 'image/png', vendor: 1 }] },
      expected: { content: [{ type: 'image', data: 'AA==', mimeType: 'image/png', vendor: 1 }] },
    },
    {
      title: 'a resource link',
      raw: { content: [{ type: 'resource_link', uri: 'a:b', name: 'n' }] },
      expected: { content: [{ type: 'resource_link', uri: 'a:b', name: 'n' }] },
    },
    {
      title: 'members that are null',
      raw: { content: [{ type: 'text', text: 'a', annotations: null }] },
      expected: { content: [text('a')] },
    },
    {
      title: 'annotations that are wrong',
      raw: { content: [{ type: 'text', text: 'a', annotations: { priority: 7 } }] },
      expected: { content: [text('{"type":"text","text":"a","annotations":{"priority":7}}')] },
    },
    { title: 'isError that is text', raw: { content: [], isError: 'false' }, expected: { content: [] } },
    {
      title: 'unknown members are kept',
      raw: { content: [], vendor: { a: [1] } },
      expected: { content: [], vendor: { a: [1] } },
    },
    {
      title: 'the identity of the child goes',
      raw: { content: [], _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'x' }, 'a/b': 1 } },
      expected: { content: [], _meta: { 'a/b': 1 } },
    },
    {
      title: 'a _meta of nothing else goes',
      raw: { content: [], _meta: { 'io.modelcontextprotocol/subscriptionId': 1 } },
      expected: { content: [] },
    },
    { title: 'a _meta that is text goes', raw: { content: [], _meta: 'x' }, expected: { content: [] } },
    { title: 'resultType goes', raw: { resultType: 'complete', content: [] }, expected: { content: [] } },
    {
      title: 'structured null of old',
      raw: { content: [], structuredContent: null },
      expected: { content: [] },
    },
    {
      title: 'structured null of today',
      raw: { content: [], structuredContent: null },
      modern: true,
      expected: { content: [], structuredContent: null },
    },
    {
      title: 'a structured list of today',
      raw: { content: [], structuredContent: [1] },
      modern: true,
      expected: { content: [], structuredContent: [1] },
    },
  ]
  test.each(cases)('$title', ({ raw, modern = false, expected }) => {
    expect(normalizeResult('tools/call', raw, modern)).toEqual({ ok: true, result: expected })
  })

  test.each([
    { raw: 'done', why: /not an object/ },
    { raw: null, why: /not an object/ },
    { raw: [], why: /not an object/ },
    { raw: { resultType: 'task' }, why: /does not cross/ },
    { raw: { resultType: 'input_required' }, why: /questions that are not any/ },
    { raw: { resultType: 7, content: [] }, why: /does not cross/ },
  ])('$raw is refused', ({ raw, why }) => {
    expect(normalizeResult('tools/call', raw, true)).toEqual({ ok: false, why: expect.stringMatching(why) })
  })

  test('whatever comes, both SDKs take what goes on', () => {
    const block = fc.record(
      {
        type: fc.constantFrom('text', 'image', 'audio', 'resource', 'resource_link', 'tool_use', 5),
        text: fc.oneof(fc.string(), fc.integer()),
        data: fc.oneof(fc.base64String(), fc.string()),
        mimeType: fc.oneof(fc.string(), fc.constant(null)),
        uri: fc.anyUrl(),
        name: fc.string(),
        resource: fc.oneof(fc.jsonValue(), fc.record({ uri: fc.string(), text: fc.string() })),
        annotations: fc.oneof(
          fc.jsonValue(),
          fc.record({ audience: fc.constant(['user']), priority: fc.double() }),
        ),
        _meta: fc.jsonValue(),
        icons: fc.jsonValue(),
      },
      { requiredKeys: [] },
    )
    const members = { structuredContent: fc.jsonValue(), isError: fc.jsonValue(), _meta: fc.jsonValue() }
    const result = fc.record(
      { content: fc.oneof(fc.array(fc.oneof(block, fc.jsonValue())), fc.jsonValue()), ...members },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(result, (raw) => {
        const normalized = normalizeResult('tools/call', raw, false)
        if (normalized.ok !== true) return
        expect(CallToolResultSchema.safeParse(normalized.result).success).toBe(true)
        expect(specTypeSchemas.CallToolResult['~standard'].validate(normalized.result)).not.toHaveProperty(
          'issues',
        )
      }),
      { numRuns: 500 },
    )
  })
})

describe('a result that needs nothing put right is the very object again', () => {
  const text = { type: 'text', text: 'a', annotations: { audience: ['user'] } }
  test.each<[string, object]>([
    ['tools/call', { content: [text] }],
    ['tools/call', { content: [], structuredContent: { a: [1] }, isError: false, more: 1 }],
    [
      'tools/call',
      { _meta: { 'a/b': 1 }, content: [text, { type: 'image', data: 'YQ==', mimeType: 'a/b' }] },
    ],
    ['prompts/get', { messages: [{ role: 'assistant', content: text }], description: 'a' }],
    ['resources/read', { contents: [{ uri: 'a:b', text: 'a' }], ttlMs: 5, cacheScope: 'public' }],
    ['logging/setLevel', { anything: [null] }],
  ])('%s %j', (method, result) => {
    const normalized = normalizeResult(method, result, false)
    expect(normalized.ok === true && normalized.result).toBe(result)
  })

  test.each<[string, object, object]>([
    ['tools/call', { resultType: 'complete', content: [text] }, { content: [text] }],
    ['tools/call', { content: [text], _meta: {} }, { content: [text] }],
    ['tools/call', { content: [text], isError: 'no' }, { content: [text] }],
    [
      'tools/call',
      { content: [text, { ...text, annotations: null }] },
      { content: [text, { type: 'text', text: 'a' }] },
    ],
    ['resources/read', { contents: [], ttlMs: -1, cacheScope: 'x' }, { contents: [] }],
  ])('and another one where there is: %s %j', (method, result, right) => {
    const before = JSON.stringify(result)
    const normalized = normalizeResult(method, result, false)
    expect(normalized.ok === true && normalized.result).toEqual(right)
    expect(normalized.ok === true && Object.keys(normalized.result).toSorted()).toEqual(
      Object.keys(right).toSorted(),
    )
    expect(JSON.stringify(result)).toBe(before)
  })
})

test.each([
  ['nothing', {}],
  ['a text without its text', { type: 'text' }],
  ['a resource that is none', { type: 'resource', resource: {} }],
])('as many bad blocks as a short line can hold are put right in no time: %s', (_name, block) => {
  const content = Array.from({ length: Math.floor((256 * 1024) / JSON.stringify(block).length) }, () => block)
  const taken = work(() => expect(normalizeResult('tools/call', { content }, true).ok).toBe(true))
  // Trying each schema on each block took more than four seconds.
  expect(taken).toBeLessThan(50)
})

test('of the handshake only what is used is handed on', () => {
  const raw = {
    protocolVersion: '2025-11-25',
    capabilities: { tools: true, prompts: 'yes' },
    serverInfo: null,
    instructions: 5,
  }
  expect(normalizeHandshake(raw)).toEqual({
    protocolVersion: '2025-11-25',
    capabilities: { tools: { listChanged: false, subscribe: false } },
    serverInfo: { name: '', version: '' },
  })
})
