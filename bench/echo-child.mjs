// The cheapest child there is: raw JSON-RPC, no SDK, one tool that gives back its text.
const tool = {
  name: 'echo',
  description: 'Gives back its text.',
  inputSchema: { type: 'object', properties: { text: { type: 'string' } } },
  annotations: { readOnlyHint: true },
}
const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)

const answers = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: 'echo', version: '1' },
  }),
  'tools/list': () => ({ tools: [tool] }),
  'tools/call': ({ arguments: { text = '' } = {} }) => ({ content: [{ type: 'text', text }] }),
  ping: () => ({}),
}

let rest = ''
process.stdin.setEncoding('utf8').on('data', (chunk) => {
  const lines = (rest + chunk).split('\n')
  rest = lines.pop()
  for (const line of lines) {
    const { id, method, params } = JSON.parse(line)
    if (id === undefined) continue
    const answer = answers[method]
    send(
      answer ? { id, result: answer(params) } : { id, error: { code: -32601, message: 'Method not found' } },
    )
  }
})
process.stdin.on('end', () => process.exit(0))
