// The server behind sidemux in these checks: says what it would do, and writes down what it did (NOTES_LOG).
import { appendFileSync } from 'node:fs'
import { listen } from '../servers/light.mjs'

const object = (properties) => ({ type: 'object', properties, required: Object.keys(properties) })
const string = { type: 'string' }
const tools = [
  {
    name: 'delete_notes',
    description: 'Deletes notes for good.',
    inputSchema: object({ names: { type: 'array', items: string } }),
  },
  {
    name: 'overwrite_note',
    description: 'Replaces the text of a note.',
    inputSchema: object({ name: string, text: string }),
  },
]

listen({
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: 'notes', version: '1' },
  }),
  'tools/list': () => ({ tools }),
  'tools/call': ({ name, arguments: args }) => {
    appendFileSync(process.env.NOTES_LOG, `${JSON.stringify({ name, args })}\n`)
    return { content: [{ type: 'text', text: `done: ${name}` }] }
  },
  ping: () => ({}),
})
