/**
 * One server that offers every primitive of MCP, in plain data and functions: old.mjs, new.mjs and raw.mjs serve it, so
 * that whatever a host finds different between them is what a library or an era made of it. Each list has three pages.
 */
import { INVALID_PARAMS, PNG, RpcError, text } from '../../conformance/fixture/wire.mjs'
import { diary } from './diary.mjs'
import { TOOLS, describeTools } from './tools.mjs'

export const INFO = { name: 'primitives', version: '1.0.0', title: 'Every primitive' }
export const INSTRUCTIONS = 'Ask for the weather before you leave the house.'
export const CAPABILITIES = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { subscribe: true, listChanged: true },
  completions: {},
  logging: {},
}
export const CACHED = { ttlMs: 60_000, cacheScope: 'public' }
export const RESOURCE_NOT_FOUND = -32_002
const ICON = { src: `data:image/png;base64,${PNG.data}`, mimeType: 'image/png', sizes: ['1x1'] }
const OWN = { 'example.com/own': { kept: true } }

const PROMPTS = [
  {
    name: 'greet',
    title: 'Greet somebody',
    description: 'Greets in a city',
    arguments: [
      { name: 'who', description: 'whom to greet', required: true },
      { name: 'city', title: 'City', description: 'where' },
    ],
    icons: [ICON],
    _meta: OWN,
  },
  { name: 'with-resource', description: 'Has a resource in a message' },
  { name: 'asks', description: 'Asks before it answers' },
]
const RESOURCES = [
  {
    uri: 'test://text',
    name: 'text',
    title: 'A text',
    description: 'Just text',
    mimeType: 'text/plain',
    size: 12,
    annotations: { audience: ['user'], priority: 0.5, lastModified: '2026-01-02T03:04:05Z' },
    icons: [ICON],
    _meta: OWN,
  },
  { uri: 'test://blob', name: 'blob', mimeType: 'image/png' },
  { uri: 'file:///a%20dir/b.txt?x=1&y=%2F#part', name: 'odd-uri', mimeType: 'text/plain' },
]
const TEMPLATES = [
  { uriTemplate: 'test://city/{name}', name: 'city', title: 'A city', mimeType: 'text/plain', _meta: OWN },
  { uriTemplate: 'test://path/{+rest}', name: 'path' },
  { uriTemplate: 'test://search{?q,lang}', name: 'search' },
]

/** The page at a cursor, of three; the last one has no `nextCursor`. */
function page(key, all, { cursor } = {}) {
  const at = cursor === undefined ? 0 : Number(/^page-([12])$/.exec(cursor)?.[1] ?? Number.NaN)
  if (Number.isNaN(at)) throw new RpcError(INVALID_PARAMS, 'Invalid cursor')
  const size = Math.ceil(all.length / 3)
  const rest = at < 2 ? { nextCursor: `page-${at + 1}` } : {}
  return { [key]: all.slice(at * size, at < 2 ? (at + 1) * size : undefined), ...rest }
}

export const listTools = (params, grown) =>
  page(
    'tools',
    [
      ...describeTools(ICON, OWN),
      ...(grown.tools ? [{ name: 'grown', inputSchema: { type: 'object' } }] : []),
    ],
    params,
  )
export const listPrompts = (params, grown) =>
  page('prompts', [...PROMPTS, ...(grown.prompts ? [{ name: 'grown' }] : [])], params)
export const listResources = (params, grown) =>
  page(
    'resources',
    [...RESOURCES, ...(grown.resources ? [{ uri: 'test://grown', name: 'grown' }] : [])],
    params,
  )
export const listTemplates = (params) => page('resourceTemplates', TEMPLATES, params)

export function tool(name) {
  if (Object.hasOwn(TOOLS, name)) return TOOLS[name]
  throw new RpcError(INVALID_PARAMS, `Unknown tool: ${name}`)
}

const message = (content, role = 'user') => ({ role, content })
const GET = {
  greet: ({ who, city = 'town' }) => ({
    description: 'A greeting',
    messages: [message(text(`Hello ${who} in ${city}`)), message(text('And you?'), 'assistant')],
  }),
  'with-resource': () => ({
    messages: [
      message({
        type: 'resource',
        resource: { uri: 'test://text', mimeType: 'text/plain', text: 'Twelve chars' },
      }),
      message({ type: 'resource_link', uri: 'test://blob', name: 'blob' }),
    ],
  }),
  asks: (args, context) => {
    const said = TOOLS['ask-form'](args, context)
    return { messages: [message(said.content[0])] }
  },
}

export function prompt(name) {
  if (Object.hasOwn(GET, name)) return GET[name]
  throw new RpcError(INVALID_PARAMS, `Unknown prompt: ${name}`)
}

/** @param notFound the code of the era: -32002 before 2026-07-28. */
export const reader =
  (notFound) =>
  async ({ uri }, context) => {
    const one = (content) => ({ contents: [{ uri, ...content }] })
    if (uri === 'test://text')
      return { ...one({ mimeType: 'text/plain', text: 'Twelve chars', _meta: OWN }), _meta: OWN }
    if (uri === 'test://blob') return one({ mimeType: 'image/png', blob: PNG.data })
    if (uri === RESOURCES[2].uri) return one({ mimeType: 'text/plain', text: 'odd' })
    if (uri === 'test://asks') return one({ text: TOOLS['ask-form']({}, context).content[0].text })
    const [, city] = /^test:\/\/city\/([^/]+)$/.exec(uri) ?? []
    if (city !== undefined) return one({ mimeType: 'text/plain', text: `The city of ${city}` })
    throw new RpcError(notFound, 'Resource not found', { uri })
  }

const CITIES = { france: ['paris', 'pau'], peru: ['paita', 'pisco'] }
export function complete({ ref, argument, context }) {
  const known = ref.type === 'ref/prompt' ? ref.name === 'greet' : ref.uri === 'test://city/{name}'
  if (!known) throw new RpcError(INVALID_PARAMS, 'Unknown ref')
  const among = CITIES[context?.arguments?.who] ?? [...CITIES.france, ...CITIES.peru]
  const values = among.filter((city) => city.startsWith(argument.value))
  return { completion: { values, total: values.length, hasMore: false } }
}

export function heard({ method }) {
  if (method === 'notifications/roots/list_changed') diary.rootsChanged += 1
}

/** It takes a moment, so that nobody may say that it is done before it is. */
export const subscribing = () =>
  new Promise((resolve) => {
    setTimeout(resolve, 50)
  })
