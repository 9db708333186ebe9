// Ends when it has answered a call; see life.process.test.ts.
import { serve } from './raw.mjs'

serve({
  tools: [{ name: 'part', inputSchema: { type: 'object' } }],
  call({ id, params }) {
    const text = 'x'.repeat(params.arguments.bytes)
    const line = JSON.stringify({ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text }] } })
    process.stdout.write(`${line}\n`, () => process.exit(0))
  },
})
