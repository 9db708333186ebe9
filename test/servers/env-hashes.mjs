// A light child without an SDK whose one tool gives back each of its variables with the SHA-256 of the value.
import { createHash } from 'node:crypto'

const tool = { name: 'get_hashes', inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } }
const hashes = Object.entries(process.env).map(([name, value]) => [
  name,
  createHash('sha256').update(value).digest('hex'),
])
const answers = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: 'env-hashes', version: '1' },
  }),
  'tools/list': () => ({ tools: [tool] }),
  'tools/call': () => ({ content: [{ type: 'text', text: JSON.stringify(Object.fromEntries(hashes)) }] }),
}
let rest = ''
process.stdin.setEncoding('utf8').on('data', (chunk) => {
  const lines = (rest + chunk).split('\n')
  rest = lines.pop()
  for (const line of lines) {
    const { id, method, params } = JSON.parse(line)
    if (id === undefined) continue
    const answer = answers[method]
    const reply = answer
      ? { result: answer(params) }
      : { error: { code: -32601, message: 'Method not found' } }
    process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...reply })}\n`)
  }
})
process.stdin.on('end', () => process.exit(0))
