// Prompts and resources that read and some that could do something; every request that comes through is a line of OFFERS_LOG.
import { appendFileSync } from 'node:fs'
import { listen } from './light.mjs'

const seen = (what, result) => (params) => {
  appendFileSync(
    process.env.OFFERS_LOG,
    `${what} ${params.name ?? params.uri ?? params.ref?.name ?? params.ref?.uri}\n`,
  )
  return typeof result === 'function' ? result(params) : result
}
const text = { role: 'user', content: { type: 'text', text: 'hello' } }

listen({
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { prompts: {}, resources: { subscribe: true }, completions: {} },
    serverInfo: { name: 'offers', version: '1' },
  }),
  'prompts/list': () => ({
    prompts: [{ name: 'greet' }, { name: 'delete_everything', arguments: [{ name: 'where' }] }],
  }),
  'prompts/get': seen('get', { messages: [text] }),
  'resources/list': () => ({ resources: [{ uri: 'notes://one', name: 'one' }] }),
  'resources/templates/list': () => ({
    resourceTemplates: [
      { uriTemplate: 'sql://{statement}', name: 'sql' },
      { uriTemplate: 'notes://{name}', name: 'notes' },
    ],
  }),
  'resources/read': seen('read', ({ uri }) => ({ contents: [{ uri, text: 'it' }] })),
  'resources/subscribe': seen('subscribe', {}),
  'completion/complete': seen('complete', { completion: { values: ['a'] } }),
  ping: () => ({}),
})
