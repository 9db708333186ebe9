/** Ends with code 0 right after it was told which resource the host wants to hear of. */
const say = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
const answers = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { resources: { subscribe: true } },
    serverInfo: { name: 'leaves', version: '1' },
  }),
  'resources/list': () => ({ resources: [{ uri: 'note://one', name: 'one' }] }),
  'resources/templates/list': () => ({ resourceTemplates: [] }),
  'resources/subscribe': () => (setTimeout(() => process.exit(0), 50), {}),
}
let rest = ''
process.stdin.setEncoding('utf8').on('data', (chunk) => {
  const lines = (rest + chunk).split('\n')
  rest = lines.pop()
  for (const { id, method, params } of lines.map((line) => JSON.parse(line))) {
    if (id === undefined) continue
    const answer = answers[method]
    say(
      answer ? { id, result: answer(params) } : { id, error: { code: -32601, message: 'Method not found' } },
    )
  }
})
process.stdin.on('end', () => process.exit(0))
