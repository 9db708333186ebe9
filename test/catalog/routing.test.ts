import { describe, expect, it } from 'vitest'
import { routeResult } from '../../src/catalog/addresses/routing.ts'
import { originalUri } from '../../src/catalog/addresses/uri.ts'

const server = { id: 'box' }
const link = { type: 'resource_link', name: 'a', uri: 'file:///a' }
const embedded = { type: 'resource', resource: { uri: 'memo:x', text: 'memo:x and file:///a' } }

describe('the URIs in a result', () => {
  it('of a tool lead back to its server', () => {
    const text = { type: 'text', text: 'see file:///a' }
    const result = {
      content: [text, link, embedded],
      structuredContent: { uri: 'file:///a' },
      'x-more': { uri: 'file:///a' },
    }
    const routed = routeResult('tool', server, result)
    expect(routed).toEqual({
      ...result,
      content: [
        text,
        { ...link, uri: 'sidemux://box/file:///a' },
        { type: 'resource', resource: { uri: 'sidemux://box/memo:x', text: 'memo:x and file:///a' } },
      ],
    })
    expect(result.content[1]).toBe(link)
    expect(link.uri).toBe('file:///a')
  })

  it('of a prompt, in a block and in a list of blocks', () => {
    const messages = [
      { role: 'user', content: embedded },
      { role: 'user', content: [link, { type: 'text', text: 'x' }] },
      { role: 'user', content: { type: 'text', text: 'x' } },
    ]
    const routed = routeResult('prompt', server, { messages, description: 'file:///a' })
    expect(routed).toEqual({
      description: 'file:///a',
      messages: [
        {
          role: 'user',
          content: { ...embedded, resource: { ...embedded.resource, uri: 'sidemux://box/memo:x' } },
        },
        {
          role: 'user',
          content: [
            { ...link, uri: 'sidemux://box/file:///a' },
            { type: 'text', text: 'x' },
          ],
        },
        messages[2],
      ],
    })
  })

  it('of what was read', () => {
    const contents = [
      { uri: 'file:///a', text: 'x' },
      { uri: 'https://example.test/', blob: '' },
    ]
    expect(routeResult('resource', server, { contents, ttlMs: 5 })).toEqual({
      contents: [
        { uri: 'sidemux://box/file:///a', text: 'x' },
        { uri: 'sidemux://box/https://example.test/', blob: '' },
      ],
      ttlMs: 5,
    })
  })

  it.each(['https://example.test/', 'http://example.test/', 'HTTPS://example.test/'])(
    'stay where the host can follow a link by itself: %s',
    (uri) => {
      const result = { content: [{ ...link, uri }] }
      expect(routeResult('tool', server, result)).toBe(result)
    },
  )

  it('can not name a resource of another server', () => {
    const result = { content: [{ ...link, uri: 'sidemux://bank/file:///a' }] }
    const { content } = routeResult('tool', server, result) as typeof result
    expect(originalUri(content[0]?.uri ?? '')).toEqual({ server: 'box', uri: 'sidemux://bank/file:///a' })
  })
})

it('a result without any is the same object, whatever it is', () => {
  const results: [Parameters<typeof routeResult>[0], Record<string, unknown>][] = [
    ['tool', { content: [{ type: 'text', text: 'x' }], _meta: { a: 1 } }],
    ['tool', {}],
    ['tool', { content: 'x' }],
    [
      'tool',
      { content: [null, 1, 'x', [], { type: 'resource' }, { type: 'resource', resource: { uri: 1 } }] },
    ],
    ['prompt', { messages: [{ content: null }, null] }],
    ['resource', { contents: [{}, null] }],
  ]
  for (const [kind, result] of results) expect(routeResult(kind, server, result)).toBe(result)
})

describe('MCP Apps in a result', () => {
  const result = {
    content: [{ type: 'resource', resource: { uri: 'ui://weather/view', text: '<p>' } }],
    _meta: { ui: { resourceUri: 'ui://weather/view' }, 'ui/resourceUri': 'ui://weather/view', a: 1 },
  }
  it('are routed where they are on', () => {
    expect(routeResult('tool', { id: 'box', apps: true }, result)).toEqual({
      content: [{ type: 'resource', resource: { uri: 'ui://box/weather/view', text: '<p>' } }],
      _meta: {
        ui: { resourceUri: 'ui://box/weather/view' },
        'ui/resourceUri': 'ui://box/weather/view',
        a: 1,
      },
    })
  })
  it('are no apps to the host where they are off', () => {
    expect(routeResult('tool', server, result)).toEqual({
      content: [{ type: 'resource', resource: { uri: 'sidemux://box/ui://weather/view', text: '<p>' } }],
      _meta: { a: 1 },
    })
  })
})
