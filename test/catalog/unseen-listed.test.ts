/** Characters that nobody sees, wherever a server can put them into what it lists (promises 5 and 7). */
import { describe, expect, it } from 'vitest'
import { mergeInstructions } from '../../src/catalog/offers/instructions.ts'
import { restoreKeys } from '../../src/catalog/schemas/keys.ts'
import { selectPrompt } from '../../src/catalog/offers/prompts.ts'
import { selectResource, selectTemplate } from '../../src/catalog/offers/resources.ts'
import { select, type CatalogServer, type Entry } from '../../src/catalog/offers/select.ts'
import { holdsUnseen } from '../../src/catalog/unseen.ts'
import { originalUri } from '../../src/catalog/addresses/uri.ts'
import type { Tool } from '../../src/upstream/messages/tool.ts'

const server: CatalogServer = { id: 'box', launchHash: 'l', rules: {} }
const HID = 'se\u200B\u202E\u{E0041}\u001B[8men\uFE0F'
const strings = (value: unknown): readonly string[] =>
  typeof value === 'string'
    ? [value]
    : value !== null && typeof value === 'object'
      ? [...Object.keys(value), ...Object.values(value).flatMap(strings)]
      : []
const hiding = ({ listed, flat }: Entry): readonly string[] => strings([listed, flat]).filter(holdsUnseen)

const schema = {
  type: 'object',
  title: HID,
  description: HID,
  $comment: HID,
  [`x-${HID}`]: HID,
  'x-own': { [HID]: [HID] },
  properties: {
    plain: { type: 'string', description: HID, pattern: `^${HID}`, format: HID },
    [HID]: { type: 'string' },
    kind: { enum: ['a', HID] },
    many: { type: 'array', items: { enum: [HID, 'b'] } },
    one: { anyOf: [{ const: HID }, { $ref: `#/$defs/${HID}` }] },
    deep: { type: 'object', properties: { [HID]: { examples: [HID], default: HID } } },
  },
  patternProperties: { [`^${HID}$`]: { type: 'number' } },
  $defs: { [HID]: { type: 'string', enum: [`${HID}2`] } },
  required: [HID],
  anyOf: [{ required: ['kind'] }, { required: [HID] }],
}

describe('a tool', () => {
  const tool: Tool = {
    name: 'get_x',
    title: HID,
    description: `Reads. ${HID}`,
    inputSchema: schema,
    outputSchema: { type: 'object', description: HID, properties: { a: { description: HID } } },
    annotations: { readOnlyHint: true, title: HID },
    icons: [{ src: 'https://example.test/i.png', mimeType: `image/png${HID}` }],
    _meta: { 'example.com/x': HID, [`example.com/${HID}`]: { [HID]: HID } },
    [`x-${HID}`]: HID,
    [`annotations\u200B`]: { readOnlyHint: true },
  }
  const entry = select(server, tool, tool)

  it('is listed without them, and says so', () => {
    expect(entry.listed).toBeDefined()
    expect(hiding(entry)).toEqual([])
    expect(entry.listed).toMatchObject({ title: 'seen', description: 'Reads. seen' })
    expect(entry.listed?.['outputSchema']).toBeDefined()
    expect(entry.edits).toContainEqual({
      what: 'left out',
      part: 'characters',
      why: expect.stringMatching(/^nobody sees them: U\+200B.*tag characters "A+"/),
    })
  })

  it('is called with what its server knows, wherever a key or a value stands', () => {
    const { properties } = (entry.listed?.['inputSchema'] ?? {}) as {
      readonly properties: Readonly<Record<string, { readonly enum?: readonly string[] }>>
    }
    const key = Object.keys(properties).find((one) => one.startsWith('se_')) ?? ''
    const shown = properties['kind']?.enum?.[1] ?? ''
    expect(shown).toMatch(/‹U\+200B›/)
    const sent = {
      plain: shown,
      [key]: 'x',
      kind: shown,
      many: [shown, 'b'],
      one: shown,
      deep: { [key]: shown },
    }
    expect(restoreKeys(sent, entry.keys)).toEqual({
      // Text that is no choice stays as it was sent.
      plain: shown,
      [HID]: 'x',
      kind: HID,
      many: [HID, 'b'],
      one: HID,
      deep: { [HID]: HID },
    })
    expect(restoreKeys({ one: shown.replace(/$/, '2') }, entry.keys)).toEqual({ one: `${HID}2` })
  })

  it('has no outputSchema whose names or values hide something, since results are held to it', () => {
    for (const hides of [
      { properties: { [HID]: {} } },
      { properties: { a: { enum: [HID] } } },
      { required: [HID] },
    ]) {
      const { listed, edits } = select(
        server,
        { ...tool, outputSchema: { type: 'object', ...hides } },
        undefined,
      )
      expect(listed).not.toHaveProperty('outputSchema')
      expect(edits.map(({ part }) => part)).toContain('outputSchema')
    }
  })

  it('that hides nothing is listed as the very object that it was', () => {
    const inputSchema = {
      type: 'object',
      properties: { name: { type: 'string', description: 'اسم الملف 🏴‍☠️' } },
    }
    const plain: Tool = { name: 'get_x', description: 'می‌خواند ❤️', inputSchema }
    const { listed, edits } = select(server, plain, plain)
    expect(listed?.['description']).toBe(plain.description)
    expect(listed?.['inputSchema']).toBe(inputSchema)
    expect(edits).toEqual([])
  })

  it('with a choice that looks like another one written out has both', () => {
    const both = { type: 'object', properties: { a: { enum: ['r\u200B', 'r‹U+200B›'] } } }
    const { keys } = select(server, { name: 'get_x', inputSchema: both }, undefined)
    expect(restoreKeys({ a: 'r‹U+200B›' }, keys)).toEqual({ a: 'r‹U+200B›' })
  })
})

it('a prompt is listed without them, and got by the argument that its server knows', () => {
  const entry = selectPrompt(server, {
    name: 'greet',
    title: HID,
    description: HID,
    arguments: [{ name: HID, title: HID, description: HID }],
  })
  expect(hiding(entry)).toEqual([])
  const [{ name = '' } = {}] = (entry.listed?.['arguments'] ?? []) as { name?: string }[]
  expect(restoreKeys({ [name]: 'x' }, entry.keys)).toEqual({ [HID]: 'x' })
})

it('a resource and a template are listed without them, and found by their URI', () => {
  const uri = `note://${HID}`
  const resource = { uri, name: HID, title: HID, description: HID, mimeType: HID, annotations: {} }
  const entry = selectResource(server, resource)
  expect(hiding(entry)).toEqual([])
  expect(originalUri(String(entry.listed?.['uri']))).toEqual({ server: 'box', uri })
  const template = selectTemplate(server, { uriTemplate: `${uri}/{id}`, name: HID, description: HID })
  expect(hiding(template)).toEqual([])
  expect(template.listed?.['uriTemplate']).toContain('%E2%80%8B')
  expect(template.listed?.['uriTemplate']).toContain('{id}')
})

it('what a server says of itself has them written out, and its emoji and letters as they are', () => {
  const text = mergeInstructions([{ server: 'box', text: `Be kind ❤️ می‌خواند ${HID}` }])
  expect(text).toContain('Be kind ❤️ می‌خواند se‹U+200B›')
  expect(holdsUnseen(text ?? '')).toBe(false)
})
