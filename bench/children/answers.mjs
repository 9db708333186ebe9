// What the server that is measured answers, on stdio and at an address alike: no SDK, no check, and a large result is
// made once. `get_echo` gives back its text, `get_bytes` so many bytes, `get_length` how long its text is, `edit_echo`
// is the one whose calls ask.
import { createHash } from 'node:crypto'

const text = { type: 'string', description: 'A text.' }
const size = { type: 'integer', description: 'How many bytes.' }
const tool = (name, properties) => ({
  name,
  description: `Does ${name}. ${'It does a thing. '.repeat(8)}`,
  inputSchema: { type: 'object', properties, required: [] },
})
const few = Array.from({ length: 6 }, (_, index) => tool(`get_thing_${index}`, { text, size }))
const TOOLS = [
  tool('get_echo', { text, size }),
  tool('get_bytes', { size }),
  tool('get_length', { text }),
  tool('edit_echo', { text }),
  ...few,
]

/** So many characters of lines as they stand in logs and lists. */
export function prose(length) {
  const lines = []
  for (let n = 0, size = 0; size < length; n += 1) {
    const commit = createHash('sha1').update(String(n)).digest('hex')
    lines.push(
      `${n}: seen once, could not be reproduced; see https://example.test/issues/${n}, commit ${commit}\n`,
    )
    size += lines.at(-1).length
  }
  return lines.join('').slice(0, length)
}

const made = new Map()
function bytes(length) {
  if (!made.has(length))
    made.set(length, JSON.stringify({ content: [{ type: 'text', text: prose(length) }] }))
  return made.get(length)
}
const said = (text) => ({ content: [{ type: 'text', text }] })
const CALLS = {
  get_echo: ({ text = '' }) => said(text),
  edit_echo: ({ text = '' }) => said(text),
  get_length: ({ text = '' }) => said(String(text.length)),
  get_bytes: ({ size = 0 }) => bytes(size),
}

const ANSWERS = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {}, prompts: {}, resources: {} },
    serverInfo: { name: 'measured', version: '1' },
  }),
  ping: () => ({}),
  'tools/list': () => ({ tools: TOOLS }),
  'tools/call': (params) => CALLS[params.name]?.(params.arguments ?? {}),
  'prompts/list': () => ({ prompts: [{ name: 'greeting', description: 'Greets.' }] }),
  'prompts/get': () => ({ messages: [{ role: 'user', content: { type: 'text', text: 'hello' } }] }),
  'resources/list': () => ({ resources: [{ uri: 'note:///hello', name: 'hello', mimeType: 'text/plain' }] }),
  'resources/read': ({ uri }) => ({ contents: [{ uri, mimeType: 'text/plain', text: 'hello' }] }),
}

/** The answer's JSON without a line's end; undefined for a notification. */
export function answerTo({ id, method, params }) {
  if (id === undefined) return undefined
  const result = ANSWERS[method]?.(params)
  const json = typeof result === 'string' ? result : JSON.stringify(result)
  const reply = json ? `"result":${json}` : '"error":{"code":-32601,"message":"Method not found"}'
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},${reply}}`
}
