/** Checks of what a server offers: tools, prompts, resources, templates, completions, and that they change. */
import { expect } from 'vitest'
import { PNG, WAV } from '../../conformance/fixture/wire.mjs'
import { until } from '../support.ts'
import { heardOf, only, pause, textOf, type Check, type Way } from './check.ts'
import { LISTS, type JsonObject, type ListKind } from './peer.ts'

const OWN = { 'example.com/own': { kept: true } }
const INVALID_PARAMS = -32_602
const RESOURCE_NOT_FOUND = -32_002
const ODD_URI = 'file:///a%20dir/b.txt?x=1&y=%2F#part'

const TOOLS = [
  'show_plain',
  'structured',
  'media',
  'resources',
  'extra',
  'fails',
  'told',
  'diary',
  'progress',
  'release',
  'log',
  'wait',
  'grow',
  'touch',
  'ask-form',
  'ask-url',
  'url-done',
  'ask-model',
  'ask-roots',
  'ask-rudely',
  'ask-twice',
  'ask-both',
]
const ids: Readonly<Record<ListKind, string>> = {
  tools: 'name',
  prompts: 'name',
  resources: 'uri',
  templates: 'uriTemplate',
}

/** What a list has of this server; what else there is, is of the servers beside it. */
async function listed(way: Way, kind: ListKind): Promise<string[]> {
  const all = (await way.peer.list(kind)).map((one) => String(one[ids[kind]])).toSorted()
  if (!way.through) return all
  expect(all.filter((one) => !/^(?:sidemux:\/\/)?kid[-_/]/.test(one))).toEqual([])
  const own = ids[kind] === 'name' ? way.name('') : way.uri('')
  return all.filter((one) => one.startsWith(own))
}

async function described(way: Way, kind: ListKind, id: string): Promise<JsonObject> {
  const all = (await way.peer.list(kind)).filter((one) => one[ids[kind]] === id)
  return only(all, `${id} in the list`)
}

function listsAll(kind: ListKind, own: readonly string[]): Check['run'] {
  return async (way) => {
    const emitted = own.map((one) => (ids[kind] === 'name' ? way.name(one) : way.uri(one)))
    expect(await listed(way, kind)).toEqual(emitted.toSorted())
  }
}

/** Said once for one change, and the list is another by then; and back again. */
function changes(kind: 'tools' | 'prompts' | 'resources'): Check['run'] {
  return async (way) => {
    const grown = kind === 'resources' ? way.uri('test://grown') : way.name('grown')
    const method = `notifications/${kind}/list_changed`
    const end = await way.peer.watch({ lists: [kind] })
    for (const there of [true, false]) {
      way.peer.heard.length = 0
      await way.peer.call(way.name('grow'), { kind })
      await until(() => heardOf(way, method).length > 0, method)
      await until(async () => (await listed(way, kind)).includes(grown) === there, `grown is there: ${there}`)
      await pause(50)
      expect(heardOf(way, method)).toHaveLength(1)
    }
    await end()
  }
}

const inSdk = 'an SDK drops members that it does not know'

export const OFFERS: readonly Check[] = [
  { name: 'tools: a list of three pages', run: listsAll('tools', TOOLS) },
  {
    name: 'tools: title, description, schema, annotations, icons and _meta',
    run: async (way) => {
      const plain = await described(way, 'tools', way.name('show_plain'))
      expect(plain).toMatchObject({
        title: 'Plainly',
        description: expect.stringContaining('show_plain of everything') as string,
        inputSchema: { type: 'object', properties: { who: { type: 'string', title: 'Who' } } },
        annotations: { title: 'Plain', readOnlyHint: true, openWorldHint: false },
        icons: [{ src: `data:image/png;base64,${PNG.data}`, mimeType: 'image/png', sizes: ['1x1'] }],
        _meta: OWN,
      })
    },
  },
  {
    name: 'tools: members that MCP does not know',
    because: ({ hasSdk }) => (hasSdk ? inSdk : undefined),
    run: async (way) => {
      expect(await described(way, 'tools', way.name('show_plain'))).toMatchObject({ own: { kept: true } })
    },
  },
  {
    name: 'tools: call',
    run: async (way) => {
      expect(textOf(await way.peer.call(way.name('show_plain'), { who: 'Ada' }))).toBe('Hello Ada')
    },
  },
  {
    name: 'tools: structured content and its schema',
    run: async (way) => {
      const { outputSchema } = await described(way, 'tools', way.name('structured'))
      expect(outputSchema).toMatchObject({ required: ['temperature'] })
      const result = await way.peer.call(way.name('structured'))
      expect(result['structuredContent']).toEqual({ temperature: 22.5, tags: ['dry'] })
      expect(JSON.parse(textOf(result))).toEqual(result['structuredContent'])
    },
  },
  {
    name: 'tools: resource links and embedded resources',
    run: async (way) => {
      const { content } = await way.peer.call(way.name('resources'))
      expect(content).toEqual([
        {
          type: 'resource_link',
          uri: way.uri('test://text'),
          name: 'text',
          title: 'A text',
          mimeType: 'text/plain',
        },
        {
          type: 'resource',
          resource: { uri: way.uri('test://blob'), mimeType: 'image/png', blob: PNG.data },
        },
        { type: 'resource_link', uri: 'https://example.com/page', name: 'page' },
      ])
      const [link] = content as { uri: string }[]
      expect(textOf(await way.peer.read(link?.uri ?? ''))).toBe('Twelve chars')
    },
  },
  {
    name: 'tools: image and audio',
    run: async (way) => {
      const { content } = await way.peer.call(way.name('media'))
      expect(content).toEqual([{ ...PNG, annotations: { audience: ['user'], priority: 1 } }, WAV])
    },
  },
  {
    name: 'tools: an error of the tool',
    run: async (way) => {
      const result = await way.peer.call(way.name('fails'))
      expect([result['isError'], textOf(result)]).toEqual([true, 'It failed, as it should'])
    },
  },
  {
    name: 'tools: _meta and unknown members of a result',
    run: async (way) => {
      const result = await way.peer.call(way.name('extra'))
      expect(result).toMatchObject({ _meta: OWN, own: ['kept'] })
    },
  },
  {
    name: 'tools: an unknown one',
    run: async (way) => {
      await expect(way.peer.call(way.name('nobody'))).rejects.toMatchObject({ code: INVALID_PARAMS })
    },
  },
  { name: 'prompts: a list of three pages', run: listsAll('prompts', ['greet', 'with-resource', 'asks']) },
  {
    name: 'prompts: title, description, arguments, icons and _meta',
    run: async (way) => {
      expect(await described(way, 'prompts', way.name('greet'))).toMatchObject({
        title: 'Greet somebody',
        description: expect.stringContaining('Greets in a city') as string,
        arguments: [
          { name: 'who', description: 'whom to greet', required: true },
          // The SDKs' clients drop the title of an argument.
          { name: 'city', description: 'where', ...(way.raw === undefined ? {} : { title: 'City' }) },
        ],
        icons: [{ mimeType: 'image/png', sizes: ['1x1'] }],
        _meta: OWN,
      })
    },
  },
  {
    name: 'prompts: get with arguments',
    run: async (way) => {
      expect(await way.peer.prompt(way.name('greet'), { who: 'Ada', city: 'Bath' })).toMatchObject({
        description: 'A greeting',
        messages: [
          { role: 'user', content: { type: 'text', text: 'Hello Ada in Bath' } },
          { role: 'assistant', content: { type: 'text', text: 'And you?' } },
        ],
      })
    },
  },
  {
    name: 'prompts: resources in messages',
    run: async (way) => {
      const { messages } = await way.peer.prompt(way.name('with-resource'))
      expect(messages).toEqual([
        {
          role: 'user',
          content: {
            type: 'resource',
            resource: { uri: way.uri('test://text'), mimeType: 'text/plain', text: 'Twelve chars' },
          },
        },
        { role: 'user', content: { type: 'resource_link', uri: way.uri('test://blob'), name: 'blob' } },
      ])
    },
  },
  {
    name: 'prompts: an unknown one',
    run: async (way) => {
      await expect(way.peer.prompt(way.name('nobody'))).rejects.toMatchObject({ code: INVALID_PARAMS })
    },
  },
  {
    name: 'resources: a list of three pages',
    run: listsAll('resources', ['test://text', 'test://blob', ODD_URI]),
  },
  {
    name: 'resources: title, description, size, annotations, icons and _meta',
    run: async (way) => {
      expect(await described(way, 'resources', way.uri('test://text'))).toMatchObject({
        name: 'text',
        title: 'A text',
        description: expect.stringContaining('Just text') as string,
        mimeType: 'text/plain',
        size: 12,
        annotations: { audience: ['user'], priority: 0.5, lastModified: '2026-01-02T03:04:05Z' },
        icons: [{ mimeType: 'image/png', sizes: ['1x1'] }],
        _meta: OWN,
      })
    },
  },
  {
    name: 'resources: templates in three pages',
    run: async (way) => {
      const own = ['test://city/{name}', 'test://path/{+rest}', 'test://search{?q,lang}']
      await listsAll('templates', own)(way)
      expect(await described(way, 'templates', way.uri('test://city/{name}'))).toMatchObject({
        name: 'city',
        title: 'A city',
        mimeType: 'text/plain',
        _meta: OWN,
      })
    },
  },
  {
    name: 'resources: read text',
    run: async (way) => {
      expect(await way.peer.read(way.uri('test://text'))).toMatchObject({
        contents: [{ uri: way.uri('test://text'), mimeType: 'text/plain', text: 'Twelve chars', _meta: OWN }],
        _meta: OWN,
      })
    },
  },
  {
    name: 'resources: read a blob',
    run: async (way) => {
      expect(await way.peer.read(way.uri('test://blob'))).toMatchObject({
        contents: [{ uri: way.uri('test://blob'), mimeType: 'image/png', blob: PNG.data }],
      })
    },
  },
  {
    name: 'resources: read a URI with a query, escapes and a fragment',
    run: async (way) => {
      // What a host does that keeps URIs as WHATWG URLs, as VS Code does.
      const uri = new URL(way.uri(ODD_URI)).href
      expect(await way.peer.read(uri)).toMatchObject({ contents: [{ uri: way.uri(ODD_URI), text: 'odd' }] })
    },
  },
  {
    name: 'resources: read through a template',
    run: async (way) => {
      const uri = way.uri('test://city/{name}').replace('{name}', 'Bath')
      expect(await way.peer.read(uri)).toMatchObject({ contents: [{ uri, text: 'The city of Bath' }] })
    },
  },
  {
    name: 'resources: an unknown one',
    run: async (way) => {
      // A host of the older era knows both codes; -32002 is not one of 2026-07-28.
      const codes = way.host === 'new' ? [INVALID_PARAMS] : [INVALID_PARAMS, RESOURCE_NOT_FOUND]
      const error: unknown = await way.peer.read(way.uri('test://nobody')).then(
        () => new Error('it was read'),
        (error: unknown) => error,
      )
      expect(codes).toContain((error as { code?: number }).code)
      const { data } = error as { data?: unknown }
      expect(data).toEqual({ uri: way.uri('test://nobody') })
    },
  },
  {
    name: "completions: a prompt's argument, by what is known of the others",
    run: async (way) => {
      const ref = { type: 'ref/prompt', name: way.name('greet') }
      const argument = { name: 'city', value: 'pa' }
      expect(await way.peer.complete({ ref, argument })).toMatchObject({
        completion: { values: ['paris', 'pau', 'paita'], total: 3, hasMore: false },
      })
      const context = { arguments: { who: 'peru' } }
      expect(await way.peer.complete({ ref, argument, context })).toMatchObject({
        completion: { values: ['paita'], total: 1 },
      })
    },
  },
  {
    name: "completions: a template's variable",
    run: async (way) => {
      const ref = { type: 'ref/resource', uri: way.uri('test://city/{name}') }
      const argument = { name: 'name', value: 'pi' }
      expect(await way.peer.complete({ ref, argument })).toMatchObject({ completion: { values: ['pisco'] } })
    },
  },
  {
    name: 'completions: an unknown reference',
    run: async (way) => {
      const ref = { type: 'ref/prompt', name: way.name('nobody') }
      const argument = { name: 'city', value: 'pa' }
      await expect(way.peer.complete({ ref, argument })).rejects.toMatchObject({ code: INVALID_PARAMS })
    },
  },
  { name: 'list_changed: tools', run: changes('tools') },
  { name: 'list_changed: prompts', run: changes('prompts') },
  { name: 'list_changed: resources', run: changes('resources') },
  {
    name: 'subscriptions: updates of what was subscribed to, until it ends',
    run: async (way) => {
      const method = 'notifications/resources/updated'
      const touch = (uri: string) => way.peer.call(way.name('touch'), { uri })
      const end = await way.peer.watch({ uris: [way.uri('test://text')] })
      await touch('test://text')
      await until(() => heardOf(way, method).length > 0, method)
      await touch('test://blob')
      expect(heardOf(way, method)).toMatchObject([{ uri: way.uri('test://text') }])
      await end()
      await touch('test://text')
      await pause(100)
      expect(heardOf(way, method)).toHaveLength(1)
    },
  },
  {
    name: 'lists: one page, and a cursor that is none',
    because: ({ hasSdk, through }) =>
      !hasSdk && through ? undefined : 'a matter of what the sidecar answers, seen by a host without an SDK',
    run: async ({ raw }) => {
      for (const { method } of Object.values(LISTS)) {
        expect(await raw?.request(method)).not.toHaveProperty('nextCursor')
        await expect(raw?.request(method, { cursor: 'page-1' })).rejects.toMatchObject({
          code: INVALID_PARAMS,
        })
      }
    },
  },
  {
    name: 'lists and reads: how long they may be kept',
    because: ({ host, hasSdk }) => {
      if (host === 'old') return 'hosts of the older era are told nothing of it'
      return hasSdk ? 'an SDK keeps it to itself' : undefined
    },
    run: async (way) => {
      const methods = [...Object.values(LISTS).map(({ method }) => method), 'server/discover']
      const answers = [await way.raw?.request('resources/read', { uri: way.uri('test://text') })]
      for (const method of methods) answers.push(await way.raw?.request(method))
      for (const answer of answers) {
        expect(answer?.['ttlMs']).toBeGreaterThanOrEqual(0)
        expect(answer?.['cacheScope']).toMatch(/^(public|private)$/)
        // Never longer or wider than the server said; one of the older era said nothing.
        if (way.child === 'new') expect(answer?.['ttlMs']).toBeLessThanOrEqual(60_000)
        else expect(answer).toMatchObject({ ttlMs: 0, cacheScope: 'private' })
      }
    },
  },
]
