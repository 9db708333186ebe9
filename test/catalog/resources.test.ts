import { isSpecType } from '@modelcontextprotocol/server'
import { describe, expect, it } from 'vitest'
import { leftOut } from '../../src/catalog/edit.ts'
import { canonicalHash } from '../../src/json/canonical.ts'
import { selectResource, selectTemplate, targetOfUri } from '../../src/catalog/offers/resources.ts'
import { select, type CatalogServer } from '../../src/catalog/offers/select.ts'
import type { Resource, ResourceTemplate } from '../../src/upstream/messages/offer.ts'

const server: CatalogServer = { id: 'box', launchHash: 'l', rules: {} }
const file: Resource = {
  uri: 'file:///a.txt',
  name: 'a',
  mimeType: 'text/plain',
  size: 3,
  annotations: { audience: ['user'], priority: 'high', lastModified: '2026-01-01T00:00:00Z', 'x-more': 1 },
  icons: [{ src: 'file:///i.png' }],
  _meta: { 'io.modelcontextprotocol/x': 1, 'example.com/kept': 1 },
  'x-unknown': null,
}
const rows: ResourceTemplate = { uriTemplate: 'db://{table}/{id}', name: 'rows', _meta: { ui: {} } }
const page: Resource = {
  uri: 'ui://weather/view',
  name: 'view',
  mimeType: 'text/html;profile=mcp-app',
  _meta: { ui: { csp: { connectDomains: [] }, prefersBorder: true } },
}

describe('a resource as the host sees it', () => {
  it('has our URI, and what crosses of the rest', () => {
    const { target, listed, notes } = selectResource(server, file)
    expect(target).toMatchObject({
      kind: 'resource',
      server: 'box',
      name: 'file:///a.txt',
      emitted: 'sidemux://box/file:///a.txt',
      verdict: { kind: 'allow', risk: 'read' },
      hash: canonicalHash({ resource: file }),
      changes: [],
    })
    expect(target.definition).toBe(file)
    expect(listed).toEqual({
      uri: 'sidemux://box/file:///a.txt',
      name: 'a',
      mimeType: 'text/plain',
      size: 3,
      annotations: { audience: ['user'], lastModified: '2026-01-01T00:00:00Z', 'x-more': 1 },
      _meta: { 'example.com/kept': 1 },
      'x-unknown': null,
    })
    expect(isSpecType.Resource(listed)).toBe(true)
    expect(notes).toEqual([])
  })

  it.each<[string, Partial<CatalogServer>, string, boolean]>([
    ['allowed', { resources: { allow: ['file:///*'] } }, 'allow', true],
    ['to be confirmed', { resources: { confirm: ['*.txt'] } }, 'confirm', true],
    ['blocked', { resources: { block: ['file:*'] } }, 'block', false],
    ['hidden', { resources: { allow: ['db:*'] } }, 'hidden', false],
    ['narrowed by the profile', { narrowed: { resources: { allow: [] } } }, 'hidden', false],
  ])('%s (promise 7)', (_what, rules, kind, isListed) => {
    const { target, listed } = selectResource({ ...server, ...rules }, file)
    expect(target.verdict.kind).toBe(kind)
    expect(listed !== undefined).toBe(isListed)
  })

  it('is left out when hosts could not read the list with it', () => {
    expect(selectResource(server, { ...file, size: 'big' })).toMatchObject({
      edits: [leftOut('its definition is not one of MCP')],
    })
  })
})

describe('a template', () => {
  it('is listed with our URI in front of it', () => {
    const { target, listed } = selectTemplate(server, rows)
    expect(target).toMatchObject({
      kind: 'template',
      name: rows.uriTemplate,
      hash: canonicalHash({ resource: rows }),
    })
    expect(listed).toEqual({ uriTemplate: 'sidemux://box/db://{table}/{id}', name: 'rows' })
  })

  it('is judged by its uriTemplate, and what comes of it by its URI', () => {
    const ruled = { ...server, resources: { allow: ['db://*'], block: ['db://users/*'] } }
    expect(selectTemplate(ruled, rows).listed).toBeDefined()
    expect(targetOfUri(ruled, 'db://orders/1', undefined).verdict.kind).toBe('allow')
    expect(targetOfUri(ruled, 'db://users/1', undefined).verdict.kind).toBe('block')
    expect(selectTemplate({ ...server, resources: { block: ['db://*'] } }, rows).listed).toBeUndefined()
  })
})

describe('a URI that is read though no list has it', () => {
  it('has itself for a definition', () => {
    expect(targetOfUri(server, 'db://orders/1', undefined)).toMatchObject({
      kind: 'resource',
      name: 'db://orders/1',
      emitted: 'sidemux://box/db://orders/1',
      definition: { uri: 'db://orders/1' },
      hash: canonicalHash({ resource: { uri: 'db://orders/1' } }),
    })
  })

  it.each([
    ['half a surrogate pair', 'db://\uD800'],
    ['too many characters', `db://${'x'.repeat(8200)}`],
  ])('is hidden with %s', (_what, uri) => {
    expect(targetOfUri(server, uri, undefined).verdict).toMatchObject({ kind: 'hidden', rule: 'uri' })
  })
})

describe('MCP Apps', () => {
  const shows = { ...server, apps: true }

  it('are off: a page is neither listed nor read, under whatever URI', () => {
    expect(selectResource(server, page)).toMatchObject({
      target: { emitted: 'sidemux://box/ui://weather/view', verdict: { kind: 'hidden', rule: 'apps' } },
    })
    expect(selectResource(server, page).listed).toBeUndefined()
    expect(targetOfUri(server, page.uri, undefined).verdict.rule).toBe('apps')
    expect(selectTemplate(server, { uriTemplate: 'ui://{view}', name: 'v' }).listed).toBeUndefined()
  })

  it('are on: a page has our ui:// and what it may load', () => {
    expect(selectResource(shows, page).listed).toEqual({ ...page, uri: 'ui://box/weather/view' })
    expect(selectTemplate(shows, { uriTemplate: 'ui://{view}', name: 'v' }).listed).toEqual({
      uriTemplate: 'ui://box/{view}',
      name: 'v',
    })
  })

  it('a rule still blocks one', () => {
    expect(selectResource({ ...shows, resources: { block: ['ui:*'] } }, page).listed).toBeUndefined()
  })

  const tool = {
    name: 'get_weather',
    inputSchema: { type: 'object' },
    _meta: {
      ui: { resourceUri: 'ui://weather/view', visibility: ['model', 'app'], 'x-more': 1 },
      'ui/resourceUri': 'ui://weather/view',
      'ui/other': 1,
    },
  }
  it('a tool names its page by our URI', () => {
    expect(select(shows, tool, tool).listed?.['_meta']).toEqual({
      ui: { resourceUri: 'ui://box/weather/view', visibility: ['model', 'app'], 'x-more': 1 },
      'ui/resourceUri': 'ui://box/weather/view',
    })
    expect(select(server, tool, tool).listed?.['_meta']).toBeUndefined()
  })

  it('a tool can not name what is no page, or a page of another server', () => {
    const odd = {
      ...tool,
      _meta: { ui: { resourceUri: 'https://example.test/' }, 'ui/resourceUri': 7 },
    }
    expect(select(shows, odd, odd).listed?.['_meta']).toEqual({ ui: {} })
    const other = { ...tool, _meta: { ui: { resourceUri: 'ui://files/view' } } }
    expect(select(shows, other, other).listed?.['_meta']).toEqual({
      ui: { resourceUri: 'ui://box/files/view' },
    })
  })
})
