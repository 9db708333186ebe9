// A server that is ended and started all the time. It writes down each start and each call that it executes. Nothing is
// imported but what Node has at hand, since its start is most of what `npm run idle` takes.
import { appendFileSync } from 'node:fs'

const { LOG } = process.env
appendFileSync(LOG, `start ${process.pid}\n`)
const ANSWERS = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: 'idle', version: '1' },
  }),
  'tools/list': () => ({ tools: [{ name: 'get_echo', inputSchema: { type: 'object' } }] }),
  'tools/call': ({ arguments: { n } }) => {
    appendFileSync(LOG, `call ${n}\n`)
    return { content: [{ type: 'text', text: `said ${n}` }] }
  },
}
let rest = ''
process.stdin.setEncoding('utf8').on('data', (chunk) => {
  const lines = (rest + chunk).split('\n')
  rest = lines.pop()
  for (const line of lines) {
    const { id, method, params } = JSON.parse(line)
    if (id === undefined) continue
    const result = ANSWERS[method]?.(params)
    const answer = result ? { result } : { error: { code: -32601, message: 'Method not found' } }
    process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...answer })}\n`)
  }
})
