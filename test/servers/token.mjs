// A light child without an SDK whose one tool, `token`, gives back its secret and its pid; what a rotation replaces.
const tool = { name: 'get_token', inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } }
const answers = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: 'token', version: '1' },
  }),
  'tools/list': () => ({ tools: [tool] }),
  'tools/call': () => ({
    content: [
      {
        type: 'text',
        text: `${process.pid} ${process.env.TOKEN} ${Buffer.from(process.env.TOKEN ?? '').toString('hex')}`,
      },
    ],
  }),
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
