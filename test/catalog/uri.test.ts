import { UriTemplate } from '@modelcontextprotocol/server'
import * as fc from '../random.ts'
import { describe, expect, it } from 'vitest'
import {
  hostUri,
  originalTemplate,
  originalUri,
  routedTemplate,
  routedUri,
} from '../../src/catalog/addresses/uri.ts'
import { parsedUrl } from '../../src/parsed-url.ts'

const isStable = (uri: string): boolean => parsedUrl(uri)?.href === uri

describe('a routed URI', () => {
  const cases: [string, string][] = [
    ['file:///home/me/a.txt', 'sidemux://files/file:///home/me/a.txt'],
    ['https://example.com/a?b=c#d', 'sidemux://files/https://example.com/a?b=c#d'],
    ['memo:insights', 'sidemux://files/memo:insights'],
    ['no uri at all', 'sidemux://files/no uri at all'],
    ['', 'sidemux://files/'],
    ['sidemux://files/file:///a', 'sidemux://files/sidemux://files/file:///a'],
    ['ui://weather/view.html', 'ui://files/weather/view.html'],
    ['ui:///view.html', 'ui://files//view.html'],
    ['UI://weather', 'sidemux://files/UI://weather'],
    ['ui:opaque', 'sidemux://files/ui:opaque'],
    // Stable by themselves, and in a path of another URI not.
    ['memo:a/../b', 'sidemux://files.encoded/memo%3Aa%2F..%2Fb'],
    ['memo:{"a"}', 'sidemux://files.encoded/memo%3A%7B%22a%22%7D'],
    ['db://../a', 'sidemux://files.encoded/db%3A%2F%2F..%2Fa'],
    ['ui://..', 'ui://files.encoded/ui%3A%2F%2F..'],
  ]
  it.each(cases)('%j is %j', (uri, routed) => {
    expect(routedUri('files', uri)).toBe(routed)
    expect(originalUri(routed)).toEqual({ server: 'files', uri })
  })

  const server = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,15}$/)
  const some = fc.oneof(
    fc.anyText(),
    fc.string({ unit: fc.constantFrom(...Array.from('./%~?#:{}@\\" a\n\uD800é'), '%2e', 'ui://') }),
  )
  const uri = fc.oneof(
    some,
    fc.anyUrl(),
    fc
      .tuple(fc.constantFrom('file:///', 'ui://', 'memo:', 'x://', 'https://h/', 'x:/', 'ui:'), some)
      .map((parts) => parts.join('')),
  )

  it('has a way back, whatever the string', () => {
    fc.assert(
      fc.property(server, uri, (id, text) => {
        expect(originalUri(routedUri(id, text))).toEqual({ server: id, uri: text })
        expect(originalUri(hostUri({ id }, text))).toEqual({ server: id, uri: text })
        expect(originalTemplate(routedTemplate(id, text))).toEqual({ server: id, uri: text })
      }),
      { numRuns: 3000 },
    )
  })

  it('survives WHATWG URL whenever the original does', () => {
    fc.assert(
      fc.property(server, uri, (id, text) => {
        const tidy = parsedUrl(text)?.href ?? text
        for (const original of [text, tidy]) {
          if (isStable(original)) expect(routedUri(id, original)).toSatisfy(isStable)
        }
      }),
      { numRuns: 3000 },
    )
  })

  it('of two servers or two URIs is never the same', () => {
    fc.assert(
      fc.property(fc.tuple(server, uri), fc.tuple(server, uri), ([a, x], [b, y]) => {
        if (a !== b || x !== y) expect(routedUri(a, x)).not.toBe(routedUri(b, y))
      }),
    )
  })

  it.each([
    ['another scheme', 'file:///a'],
    ['no server', 'sidemux:///file:///a'],
    ['no path', 'sidemux://files'],
    ['capitals', 'sidemux://Files/file:///a'],
    ['a port', 'sidemux://files:80/file:///a'],
    ['a user', 'sidemux://me@files/file:///a'],
    ['a broken encoding', 'sidemux://files.encoded/%E0%A4%A'],
  ])('is not one with %s', (_what, routed) => {
    expect(originalUri(routed)).toBeUndefined()
  })

  it('can leave an app out of the scheme that makes it one', () => {
    expect(hostUri({ id: 'box' }, 'ui://weather/view')).toBe('sidemux://box/ui://weather/view')
    expect(hostUri({ id: 'box', apps: true }, 'ui://weather/view')).toBe('ui://box/weather/view')
    expect(hostUri({ id: 'box' }, 'file:///a')).toBe('sidemux://box/file:///a')
  })
})

describe('a routed template', () => {
  const variables = { path: 'a/b c', id: '../~é', list: ['x', 'y'], q: '1&2' }
  it.each([
    'file:///{+path}',
    'db://{id}/rows{?q,list*}',
    '{+path}',
    'x:{id}{#q}',
    'ui://{id}/view',
    'db://a{/list*}{;q}{.id}',
    'memo:{+path}/../~{id}',
  ])('%s expands to what leads back to the expansion of the original', (template) => {
    const routed = routedTemplate('box', template)
    expect(originalTemplate(routed)).toEqual({ server: 'box', uri: template })
    const expansion = new UriTemplate(template).expand(variables)
    const expanded = new UriTemplate(routed).expand(variables)
    expect(originalUri(expanded)).toEqual({ server: 'box', uri: expansion })
  })
})
