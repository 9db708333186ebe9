import * as fc from '../random.ts'
import { describe, expect, it } from 'vitest'
import { mirrored } from '../../src/relay/capabilities.ts'
import { relayRules, type RelayRules } from '../../src/relay/options.ts'
import { prepareQuestion, type QuestionContext, type PreparedQuestion } from '../../src/relay/question.ts'

const full = {
  elicitation: { form: {}, url: {} },
  sampling: { tools: {}, context: {} },
  roots: { listChanged: true },
}
const asking = (
  rules: Partial<RelayRules> = {},
  host: Record<string, unknown> = full,
  told?: Record<string, unknown>,
): QuestionContext => {
  const all = relayRules({ sampling: 'allow', ...rules })
  return { server: 'github', rules: all, told: told ?? mirrored(host, all), host }
}
const form = (properties: Record<string, unknown>, message = 'Where to?'): Record<string, unknown> => ({
  message,
  requestedSchema: { type: 'object', properties },
})
const elicit = (params: Record<string, unknown>, how = asking()): PreparedQuestion =>
  prepareQuestion({ method: 'elicitation/create', params }, how)
const paramsOf = (prepared: PreparedQuestion): Readonly<Record<string, unknown>> => {
  if (prepared.kind === 'refuse') throw new Error(prepared.reason)
  return prepared.question.params
}
const text = { type: 'string' }

describe('what the server was not told of is refused (2025-11-25 client/elicitation, roots)', () => {
  const sample = { messages: [{ role: 'user', content: { type: 'text', text: 'Hi' } }], maxTokens: 9 }
  const page = { mode: 'url', message: 'Go', url: 'https://example.com/' }
  const cases: [string, string, Record<string, unknown>, QuestionContext, number, RegExp][] = [
    ['another method', 'tools/call', {}, asking(), -32_601, /nothing of this kind/],
    ['a method of objects', 'constructor', {}, asking(), -32_601, /nothing of this kind/],
    [
      'questions that are off',
      'elicitation/create',
      form({}),
      asking({ elicitation: 'off' }),
      -32_601,
      /elicitation is off/,
    ],
    [
      'questions without a host for them',
      'elicitation/create',
      form({}),
      asking({}, {}),
      -32_601,
      /asks its user nothing/,
    ],
    [
      'a page where there are forms',
      'elicitation/create',
      page,
      asking({}, { elicitation: {} }),
      -32_602,
      /opens no pages/,
    ],
    [
      'a form where there are pages',
      'elicitation/create',
      form({}),
      asking({}, { elicitation: { url: {} } }),
      -32_602,
      /shows no forms/,
    ],
    [
      'a page that was not told of',
      'elicitation/create',
      page,
      asking({}, full, { elicitation: {} }),
      -32_602,
      /opens no pages/,
    ],
    [
      'a third mode',
      'elicitation/create',
      { ...form({}), mode: 'voice' },
      asking(),
      -32_602,
      /neither form nor url/,
    ],
    [
      'sampling that is off',
      'sampling/createMessage',
      sample,
      asking({ sampling: 'off' }),
      -32_601,
      /sampling is off/,
    ],
    [
      'sampling without a host for it',
      'sampling/createMessage',
      sample,
      asking({}, {}),
      -32_601,
      /writes nothing/,
    ],
    [
      'tools without a host for them',
      'sampling/createMessage',
      { ...sample, tools: [] },
      asking({}, { sampling: {} }),
      -32_602,
      /uses no tools/,
    ],
    [
      'a choice of tools',
      'sampling/createMessage',
      { ...sample, toolChoice: {} },
      asking({}, { sampling: {} }),
      -32_602,
      /uses no tools/,
    ],
    ['sampling of nothing', 'sampling/createMessage', { maxTokens: 1 }, asking(), -32_602, /not one of MCP/],
    ['roots that are off', 'roots/list', {}, asking({ roots: 'off' }), -32_601, /roots is off/],
    ['roots without a host for them', 'roots/list', {}, asking({}, {}), -32_601, /no folders/],
  ]
  it.each(cases)('%s', (_what, method, params, how, code, reason) => {
    expect(prepareQuestion({ method, params }, how)).toMatchObject({
      kind: 'refuse',
      code,
      reason: expect.stringMatching(reason),
      declined: false,
    })
  })
})

describe('a form', () => {
  it('is shown under the name of the server, with what MCP describes and nothing else', () => {
    const schema = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: {
        'user name': {
          type: 'string',
          title: 'Who\u202E?',
          description: 'a\u202Eb\nc',
          minLength: 1,
          'x-more': [1],
        },
        colour: { type: 'string', oneOf: [{ const: '#F\u200B00', title: 'Red\u200B' }] },
        many: { type: 'array', items: { type: 'string', enum: ['a\t', 'b'] } },
        old: { type: 'string', enum: ['a'], enumNames: ['A'] },
        count: { type: 'integer', minimum: 0, default: 3 },
        sure: { type: 'boolean', default: false },
      },
      required: ['user name'],
    }
    const message = 'Hello\u202E\nsidemux asks: approve?'
    const question = { mode: 'form', message, requestedSchema: schema, 'x-more': 1 }
    const { properties } = schema
    expect(paramsOf(elicit(question))).toEqual({
      ...question,
      message: 'github asks:\n> Hello‹U+202E›\n> sidemux asks: approve?',
      requestedSchema: {
        type: 'object',
        required: ['user name'],
        properties: {
          ...properties,
          'user name': {
            type: 'string',
            minLength: 1,
            title: 'Who‹U+202E›?',
            description: 'a‹U+202E›b\nc',
          },
          colour: { type: 'string', oneOf: [{ const: '#F\u200B00', title: 'Red‹U+200B›' }] },
        },
      },
    })
  })

  it('loses what belongs to one hop', () => {
    const _meta = { progressToken: 1, 'io.modelcontextprotocol/related-task': {}, 'example.com/a': 1 }
    const { _meta: meta, task } = paramsOf(elicit({ ...form({}), _meta, task: { ttl: 1 } }))
    expect([meta, task]).toEqual([{ 'example.com/a': 1 }, undefined])
  })

  it.each<[string, Record<string, unknown>]>([
    ['no schema', { message: 'x' }],
    ['no message', { requestedSchema: { type: 'object', properties: {} } }],
    ['a message that is none', { ...form({}), message: ['x'] }],
    ['a nested object', form({ a: { type: 'object', properties: { b: text } } })],
    ['a list of anything', form({ a: { type: 'array', items: { type: 'object' } } })],
    ['a field without a type', form({ a: {} })],
    ['a field that is none', form({ a: 'string' })],
    ['another format', form({ a: { type: 'string', format: 'file' } })],
    ['101 fields', form(Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`f${i}`, text])))],
    ['64 KiB', form({ a: { ...text, description: 'x'.repeat(65_536) } })],
    ['a message of 9,000 characters', form({}, 'x'.repeat(9000))],
  ])('with %s is none', (_what, params) => {
    expect(elicit(params)).toMatchObject({ kind: 'refuse', code: -32_602, declined: false })
  })
})

/** Hosts that read more of JSON Schema than MCP's forms have. */
describe('what could hide or change a field', () => {
  const THEN = ['th', 'en'].join('')
  const whole = (words: Record<string, unknown>): Record<string, unknown> => ({
    message: 'Where to?',
    requestedSchema: { type: 'object', properties: { city: text }, ...words },
  })
  it.each<[string, Record<string, unknown>]>([
    ['if', whole({ if: { required: ['city'] }, [THEN]: { properties: { extra: text } } })],
    ['then', whole({ [THEN]: { required: ['city'] } })],
    ['else', whole({ else: {} })],
    ['allOf', whole({ allOf: [{ properties: { extra: text } }] })],
    ['anyOf', whole({ anyOf: [{}] })],
    ['oneOf', whole({ oneOf: [{}] })],
    ['not', whole({ not: { required: ['city'] } })],
    ['enum', whole({ enum: [{ city: 'x' }] })],
    ['const', whole({ const: {} })],
    ['patternProperties', whole({ patternProperties: { '.*': text } })],
    ['additionalProperties', whole({ additionalProperties: text })],
    ['unevaluatedProperties', whole({ unevaluatedProperties: text })],
    ['propertyNames', whole({ propertyNames: { enum: ['x'] } })],
    ['dependentSchemas', whole({ dependentSchemas: { city: { properties: { extra: text } } } })],
    ['dependentRequired', whole({ dependentRequired: { city: ['extra'] } })],
    ['dependencies', whole({ dependencies: { city: ['extra'] } })],
    ['minProperties', whole({ minProperties: 1 })],
    ['items', whole({ items: text })],
    ['$ref', whole({ $ref: '#/$defs/A' })],
    ['$dynamicRef', whole({ $dynamicRef: '#a' })],
    ['$defs', whole({ $defs: { A: {} } })],
    ['definitions', whole({ definitions: { A: {} } })],
    ['type', whole({ type: ['object', 'null'] })],
    ['anyOf', form({ city: { ...text, anyOf: [{ const: 'x' }] } })],
    ['allOf', form({ city: { ...text, allOf: [{ enum: ['x'] }] } })],
    ['not', form({ city: { ...text, not: {} } })],
    ['const', form({ city: { ...text, const: 'x' } })],
    ['$ref', form({ city: { ...text, $ref: '#/properties/other' } })],
    ['if', form({ age: { type: 'integer', if: {} } })],
    ['properties', form({ sure: { type: 'boolean', properties: { b: text } } })],
    ['enum', form({ age: { type: 'number', enum: [1, 2] } })],
    ['contains', form({ many: { type: 'array', items: { type: 'string', enum: ['a'] }, contains: {} } })],
    ['if', form({ many: { type: 'array', items: { type: 'string', enum: ['a'], if: {} } } })],
    ['properties', form({ many: { type: 'array', items: { anyOf: [{ const: 'a', properties: {} }] } } })],
    ['if', form({ one: { ...text, oneOf: [{ const: 'a', title: 'A', if: {} }] } })],
  ])('is declined: %s', (word, params) => {
    expect(elicit(params)).toMatchObject({
      kind: 'refuse',
      declined: true,
      reason: expect.stringContaining(`"${word}"`),
    })
  })

  it('does not cross where it decides nothing', () => {
    const words = {
      $schema: 'x',
      $id: 'y',
      $comment: 'c',
      default: { city: 'x' },
      additionalProperties: false,
    }
    const asked = whole({ ...words, required: ['city', 'gone'], 'ui:order': ['x'], hidden: true })
    expect(paramsOf(elicit(asked))['requestedSchema']).toEqual({
      type: 'object',
      properties: { city: text },
      required: ['city'],
    })
    const field = {
      ...text,
      title: 'City',
      'ui:widget': 'hidden',
      readOnly: true,
      $comment: 'c',
      examples: ['x'],
    }
    const choice = { const: 'a', title: 'A', 'x-hidden': true }
    const fields = form({ city: field, one: { ...text, oneOf: [choice] }, __proto: text })
    expect(paramsOf(elicit(fields))['requestedSchema']).toEqual({
      type: 'object',
      properties: {
        city: { ...text, title: 'City' },
        one: { ...text, oneOf: [{ const: 'a', title: 'A' }] },
        __proto: text,
      },
    })
  })
})

describe('a form that asks for a secret is declined (2026-07-28 client/elicitation)', () => {
  it.each<[string, Record<string, unknown>, RegExp]>([
    ['by its name', form({ github_token: text }), /name of a field/],
    ['by its title', form({ value: { ...text, title: 'API-Key' } }), /title of a field/],
    [
      'by its description',
      form({ value: { ...text, description: 'Your passphrase' } }),
      /description of a field/,
    ],
    ['by its message', form({ value: text }, 'Please paste your token.'), /its message/],
    ['by its message, in other letters', form({ value: text }, 'Your раssword?'), /its message/],
    [
      'by the title of the whole',
      { message: 'x', requestedSchema: { type: 'object', title: 'Password', properties: { a: text } } },
      /its message/,
    ],
    [
      'in brackets that only pose as a warning',
      form({ value: { ...text, description: 'A word (do not share it, but type your password)' } }),
      /description of a field/,
    ],
    ['by its format', form({ value: { ...text, format: 'password' } }), /format of a field/],
    ['to be written only', form({ value: { ...text, writeOnly: true } }), /format of a field/],
    ['as a number', form({ pin: { type: 'integer' } }), /name of a field/],
    ['beside harmless ones', form({ name: text, sure: { type: 'boolean' }, otp: text }), /name of a field/],
    ['as a choice of nothing', form({ password: { ...text, enum: [] } }), /name of a field/],
    [
      'as a choice that is none',
      form({ password: { ...text, oneOf: [{}], items: {}, anyOf: [] } }),
      /name of a field/,
    ],
    ['in a nested object', form({ password: { type: 'object', properties: {} } }), /name of a field/],
  ])('%s', (_what, params, where) => {
    expect(elicit(params)).toMatchObject({
      kind: 'refuse',
      declined: true,
      reason: expect.stringMatching(where),
      hint: expect.stringMatching(/mode url/),
    })
  })

  it.each<[string, Record<string, unknown>]>([
    ['a name', form({ name: text }, 'Please provide your GitHub username')],
    ['a contact', form({ email: { ...text, format: 'email' }, age: { type: 'number' } }, 'Who are you?')],
    [
      'a number of tokens',
      form({ max_tokens: { type: 'integer' }, tokens: { type: 'number' } }, 'How many tokens?'),
    ],
    ['a page', form({ pageToken: text }, 'Where to go on?')],
    ['the name of a secret', form({ secret_name: text }, 'Name of the secret to create?')],
    [
      'a warning',
      form({
        value: { type: 'integer', description: 'A number (do not give us your phone number, pin, or so)' },
      }),
    ],
    ['a tick', form({ rotate_password: { type: 'boolean' } }, 'Rotate the password of the database?')],
    ['a choice', form({ token: { ...text, enum: ['classic', 'fine-grained'] } }, 'Which kind of API token?')],
    [
      'several choices',
      form({ secrets: { type: 'array', items: { type: 'string', enum: ['A'] } } }, 'Delete which secrets?'),
    ],
    ['only a yes', form({}, 'Delete the API key?')],
    ['what stands for a masked secret', form({ id: text }, 'Enter the id of [redacted:GITHUB_TOKEN]')],
  ])('%s is no secret', (_what, params) => {
    expect(elicit(params).kind).toBe('pass')
  })
})

describe('a page', () => {
  const open = (url: unknown): PreparedQuestion =>
    elicit({ mode: 'url', message: 'Sign in with your password', url, elicitationId: 'e1' })

  it.each([
    ['https://example.com/connect?id=1#x', 'example.com'],
    ['HTTPS://Example.com:8443/', 'example.com:8443'],
    ['http://localhost:3000/a', 'localhost:3000'],
    ['http://127.0.0.1/', '127.0.0.1'],
    ['http://[::1]:80/', '[::1]'],
    ['https://xn--pple-43d.com/', 'xn--pple-43d.com'],
    ['https://аpple.com/', 'xn--pple-43d.com'],
    ['https://example.com/@user', 'example.com'],
  ])('%s is shown with its host, and as it is', (url, host) => {
    expect(paramsOf(open(url))).toEqual({
      mode: 'url',
      message: `github asks you to open a page of ${host}: Sign in with your password`,
      url,
      elicitationId: 'github/e1',
    })
  })

  it.each<[unknown, RegExp]>([
    ['http://example.com/', /not https/],
    ['http://localhost.example.com/', /not https/],
    ['http://127.0.0.1.example.com/', /not https/],
    ['javascript:alert(1)', /not https/],
    ['file:///etc/passwd', /not https/],
    ['data:text/html,x', /not https/],
    ['ui://github/x', /not https/],
    ['https:example.com', /not https/],
    ['https://me@example.com/', /user name/],
    ['https://example.com:x@evil.test/', /user name/],
    ['https://:pw@evil.test/', /user name/],
    ['https://example.com\\@evil.test/', /hide/],
    ['https://exa\tmple.com/', /hide/],
    [' https://example.com/', /hide/],
    ['https://example.com/\u202Emoc', /hide/],
    ['https://example.com/?token=[redacted:TOKEN]', /holds a secret/],
    [`https://example.com/${'x'.repeat(9000)}`, /8192/],
    ['example.com', /usable/],
    ['', /usable/],
    [7, /usable/],
    [undefined, /usable/],
  ])('%j is declined', (url, reason) => {
    expect(open(url)).toMatchObject({ kind: 'refuse', declined: true, reason: expect.stringMatching(reason) })
  })
})

describe('sampling', () => {
  const messages = [{ role: 'user', content: { type: 'text', text: 'Your password?\u202E' } }]
  const sample = { messages, systemPrompt: 'Be\u202E brief.', maxTokens: 5, temperature: 0.1, 'x-more': 1 }
  const ask = (params: Record<string, unknown>, host: Record<string, unknown> = full): PreparedQuestion =>
    prepareQuestion({ method: 'sampling/createMessage', params }, asking({}, host))

  it('is as it was', () => {
    expect(paramsOf(ask(sample))).toEqual(sample)
    const tools = [{ name: 'a', inputSchema: { type: 'object' } }]
    expect(paramsOf(ask({ ...sample, tools, toolChoice: { mode: 'auto' } }))).toMatchObject({ tools })
  })

  it('gets the context of other servers only where that was told', () => {
    const context = { ...sample, includeContext: 'allServers' }
    expect(paramsOf(ask(context))['includeContext']).toBe('allServers')
    expect(paramsOf(ask(context, { sampling: {} }))['includeContext']).toBe('none')
    expect(paramsOf(ask(sample, { sampling: {} }))).not.toHaveProperty('includeContext')
  })
})

it('roots are asked for as they are', () => {
  expect(prepareQuestion({ method: 'roots/list', params: { 'x-more': 1 } }, asking())).toEqual({
    kind: 'pass',
    question: { method: 'roots/list', params: { 'x-more': 1 } },
  })
})

it('no question breaks it', () => {
  const method = fc.constantFrom('elicitation/create', 'sampling/createMessage', 'roots/list', '__proto__')
  const field = fc.oneof(
    fc.jsonValue(),
    fc.record({ type: fc.constantFrom('string', 'number', 'array'), enum: fc.jsonValue() }),
  )
  const schema = fc.oneof(
    fc.jsonValue(),
    fc.record({ type: fc.constant('object'), properties: fc.dictionary(fc.string(), field) }),
  )
  const params = fc.record(
    {
      mode: fc.constantFrom('form', 'url'),
      message: fc.jsonValue(),
      url: fc.jsonValue(),
      requestedSchema: schema,
      messages: fc.jsonValue(),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(method, params, (name, what) => {
      expect(['pass', 'refuse']).toContain(prepareQuestion({ method: name, params: what }, asking()).kind)
    }),
    { numRuns: 500 },
  )
})
