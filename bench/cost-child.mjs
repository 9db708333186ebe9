// The server of which the cost of a call is counted: a text of any length in either direction, one tool that asks, one
// that is blocked.
import { serve } from '../test/servers/light.mjs'

const inputSchema = {
  type: 'object',
  properties: { text: { type: 'string' }, bytes: { type: 'integer' } },
}
const names = ['get_text', 'delete_text', 'drop_text']
const tools = names.map((name) => ({ name, description: 'Gives back so much text.', inputSchema }))
serve('cost', tools, ({ arguments: { bytes = 5 } = {} }) => ({
  content: [{ type: 'text', text: 'x'.repeat(bytes) }],
}))
