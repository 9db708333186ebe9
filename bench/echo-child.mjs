// The cheapest child there is: raw JSON-RPC, no SDK, one tool that gives back its text.
import { serve } from '../test/servers/light.mjs'

const tool = {
  name: 'echo',
  description: 'Gives back its text.',
  inputSchema: { type: 'object', properties: { text: { type: 'string' } } },
}
serve('echo', [tool], ({ arguments: { text = '' } = {} }) => ({ content: [{ type: 'text', text }] }))
