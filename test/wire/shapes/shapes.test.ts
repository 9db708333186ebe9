/**
 * The guards say what the SDK's schemas say: over good values of each type, and over what a random change makes of them.
 * The SDK is what hosts and servers are built on, so what it refuses would cost a host a whole list or result.
 */
import { isSpecType } from '@modelcontextprotocol/server'
import { describe, expect, test } from 'vitest'
import {
  isAnnotations,
  isContentBlock,
  isIcon,
  isResource,
  isResourceContents,
  isResourceTemplate,
} from '../../../src/wire/shapes/content.ts'
import { isPrompt, isTool } from '../../../src/wire/shapes/offers.ts'
import {
  isFormAnswer,
  isFormQuestion,
  isSamplingAnswer,
  isSamplingQuestion,
} from '../../../src/wire/shapes/questions.ts'

type Guard = (value: unknown) => boolean

const annotations = {
  audience: ['user', 'assistant'],
  priority: 0.5,
  lastModified: '2024-02-29T23:59:59.123+05:30',
}
const icons = [{ src: 'https://x/i.png', mimeType: 'image/png', sizes: ['48x48', 'any'], theme: 'dark' }]
const text = { type: 'text', text: 'a', annotations, _meta: { a: 1 } }
const image = { type: 'image', data: 'aGk=', mimeType: 'image/png', annotations, _meta: {} }
const contents = { uri: 'file:///a', mimeType: 'text/plain', text: 'a', _meta: {} }
const resource = {
  name: 'a',
  title: 'A',
  icons,
  uri: 'a:b',
  description: 'd',
  mimeType: 'm',
  size: 3,
  annotations,
  _meta: {},
}
const tool = {
  name: 'a',
  title: 'A',
  icons,
  description: 'd',
  inputSchema: {
    type: 'object',
    properties: { a: { type: 'string', enum: [1, null, [true]] } },
    required: ['a'],
  },
  outputSchema: { $schema: 'https://x', type: 'object' },
  annotations: {
    title: 't',
    readOnlyHint: true,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: true,
  },
  execution: { taskSupport: 'optional' },
  _meta: { a: {} },
}
const form = {
  message: 'm',
  mode: 'form',
  _meta: { progressToken: 1, 'io.modelcontextprotocol/related-task': { taskId: 'a' } },
  task: { ttl: 3 },
  requestedSchema: {
    type: 'object',
    required: ['a'],
    properties: {
      a: {
        type: 'string',
        title: 't',
        description: 'd',
        minLength: 1,
        maxLength: 2,
        format: 'email',
        default: 'x',
      },
      b: { type: 'number', minimum: 1, maximum: 2, default: 1 },
      c: { type: 'integer' },
      d: { type: 'boolean', default: true },
      e: { type: 'string', enum: ['x'], enumNames: ['X'], default: 'x' },
      f: { type: 'string', oneOf: [{ const: 'x', title: 'X' }] },
      g: { type: 'array', minItems: 1, maxItems: 2, items: { type: 'string', enum: ['x'] }, default: ['x'] },
      h: { type: 'array', items: { anyOf: [{ const: 'x', title: 'X' }] } },
    },
  },
}
const toolUse = { type: 'tool_use', name: 'a', id: '1', input: { a: 1 }, _meta: {} }
const toolResult = {
  type: 'tool_result',
  toolUseId: '1',
  content: [text, image],
  structuredContent: 1,
  isError: false,
  _meta: {},
}
const sampling = {
  messages: [
    { role: 'user', content: text, _meta: {} },
    { role: 'assistant', content: [image, toolUse, toolResult] },
  ],
  modelPreferences: { hints: [{ name: 'm' }], costPriority: 0, speedPriority: 1, intelligencePriority: 0.5 },
  systemPrompt: 's',
  includeContext: 'none',
  temperature: 1,
  maxTokens: 10,
  stopSequences: ['x'],
  metadata: { a: [1] },
  tools: [tool],
  toolChoice: { mode: 'auto' },
}

const block: Guard = (value) =>
  [
    isSpecType.TextContent,
    isSpecType.ImageContent,
    isSpecType.AudioContent,
    isSpecType.ResourceLink,
    isSpecType.EmbeddedResource,
  ].some((is) => is(value))

const TYPES: Readonly<Record<string, readonly [Guard, Guard, readonly object[]]>> = {
  annotations: [isAnnotations, isSpecType.Annotations, [annotations, {}]],
  icon: [isIcon, isSpecType.Icon, icons],
  block: [
    isContentBlock,
    block,
    [
      text,
      image,
      { ...image, type: 'audio' },
      { ...resource, type: 'resource_link' },
      { type: 'resource', resource: contents, annotations, _meta: {} },
      { type: 'resource', resource: { uri: 'a:b', blob: 'aGk' } },
    ],
  ],
  contents: [
    isResourceContents,
    (value) => isSpecType.TextResourceContents(value) || isSpecType.BlobResourceContents(value),
    [contents, { uri: 'a:b', blob: ' aG k=\n' }],
  ],
  resource: [isResource, isSpecType.Resource, [resource]],
  template: [
    isResourceTemplate,
    isSpecType.ResourceTemplate,
    [{ ...resource, uriTemplate: 'a:{b}', uri: undefined }],
  ],
  tool: [isTool, isSpecType.Tool, [tool, { name: '', inputSchema: { type: 'object' } }]],
  prompt: [
    isPrompt,
    isSpecType.Prompt,
    [
      {
        name: 'a',
        title: 'A',
        icons,
        arguments: [{ name: 'a', description: 'd', required: true }],
        _meta: {},
      },
    ],
  ],
  form: [isFormQuestion, isSpecType.ElicitRequestFormParams, [form]],
  'form answer': [
    isFormAnswer,
    isSpecType.ElicitResult,
    [
      { action: 'accept', content: { a: 'x', b: 1, c: true, d: ['x'] }, _meta: {} },
      { action: 'decline', content: null },
    ],
  ],
  sampling: [isSamplingQuestion, isSpecType.CreateMessageRequestParams, [sampling]],
  'sampling answer': [
    isSamplingAnswer,
    isSpecType.CreateMessageResultWithTools,
    [{ model: 'm', role: 'assistant', content: [text, toolUse], stopReason: 'endTurn', _meta: {} }],
  ],
}

/** Values that stand in the place of others; each is of a type that some member has, or of none. */
const OTHERS: readonly unknown[] = [
  undefined,
  null,
  true,
  0,
  0.5,
  1.5,
  -1,
  2 ** 60,
  NaN,
  '',
  'text',
  'image',
  'user',
  'form',
  'object',
  'string',
  'aGk=',
  'aGk',
  'a',
  'aGk*',
  'a===',
  '====',
  'aGkh=',
  '2024-02-30T00:00:00Z',
  '2023-02-29T00:00:00Z',
  '2024-02-29T00:00Z',
  '2024-02-29T24:00:00Z',
  '2024-02-29T00:00:00',
  '0000-01-01T00:00:00Z',
  [],
  ['user'],
  [1],
  {},
  { a: 1 },
  { src: 1 },
  text,
  tool,
  [text],
]

/** A random generator that can be begun again (mulberry32). */
function generator(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

/** The value with one of its members, at any depth, left out, replaced or added. */
function changed(value: unknown, random: (below: number) => number): unknown {
  const keys = value !== null && typeof value === 'object' ? Object.keys(value) : []
  const key = keys[random(keys.length + 1)]
  if (key === undefined || keys.length === 0) return OTHERS[random(OTHERS.length)]
  const copy: unknown = Array.isArray(value) ? [...value] : { ...(value as object) }
  const members = copy as Record<string, unknown>
  const act = random(8)
  if (act === 0 && !Array.isArray(copy)) delete members[key]
  else if (act === 1) members[key] = OTHERS[random(OTHERS.length)]
  else members[key] = changed(members[key], random)
  return copy
}

describe.each(Object.entries(TYPES))('%s', (_, [ours, theirs, good]) => {
  test('takes what is one', () => expect(good.map(ours)).toEqual(good.map(() => true)))

  test('says of what is changed at random what the SDK says', () => {
    const seed = Date.now() % 2 ** 31
    const random = generator(seed)
    const said = { yes: 0, no: 0 }
    for (let round = 0; round < 1500; round += 1) {
      let value: unknown = good[random(good.length)]
      for (let times = random(3); times >= 0; times -= 1) value = changed(value, random)
      const verdict = ours(value)
      said[verdict ? 'yes' : 'no'] += 1
      if (verdict !== theirs(value))
        expect.fail(`seed ${seed}: ours says ${verdict} of ${JSON.stringify(value)}`)
    }
    expect(Math.min(said.yes, said.no)).toBeGreaterThan(50)
  })
})
