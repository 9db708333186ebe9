// A server that says what it is told to, to the byte: `get_result` answers with { v: TEXT }, `get_line` writes TEXT as a
// line of its own before it answers. TEXT is the argument `text`.
import { serve, text } from './raw.mjs'

const tool = (name) => ({ name, inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } })

serve({
  tools: ['get_value', 'get_result', 'get_line'].map(tool),
  call: ({ id, params: { name, arguments: given } }) => {
    if (name === 'get_value') return text(id, 'read')
    if (name === 'get_line') {
      process.stdout.write(`${given.text}\n`)
      return text(id, 'answered')
    }
    const content = '[{"type":"text","text":"said"}]'
    process.stdout.write(
      `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{"content":${content},"structuredContent":{"v":${given.text}}}}\n`,
    )
  },
})
