// What light children without an SDK have in common: one read-only tool without arguments, answered with a text.
export function serveOne(name, tool, text) {
  const answers = {
    initialize: ({ protocolVersion }) => ({
      protocolVersion,
      capabilities: { tools: {} },
      serverInfo: { name, version: '1' },
    }),
    'tools/list': () => ({
      tools: [{ name: tool, inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } }],
    }),
    'tools/call': () => ({ content: [{ type: 'text', text: text() }] }),
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
}
