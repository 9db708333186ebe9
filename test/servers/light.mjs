// What light children without an SDK have in common: raw JSON-RPC, and tools that only read.
const MEMBERS = { inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } }

/**
 * Serves these tools, each with the members that it has beside the usual ones.
 * @param call what a call of one of them gives: a result, or its JSON
 */
export function serve(name, tools, call) {
  const answers = {
    initialize: ({ protocolVersion }) => ({
      protocolVersion,
      capabilities: { tools: {} },
      serverInfo: { name, version: '1' },
    }),
    'tools/list': () => ({ tools: tools.map((tool) => ({ ...MEMBERS, ...tool })) }),
    'tools/call': call,
    ping: () => ({}),
  }
  listen(answers)
}

/**
 * Answers requests until the end of stdin.
 * @param answers by method, from params to a result or its JSON
 */
export function listen(answers) {
  let rest = ''
  process.stdin.setEncoding('utf8').on('data', (chunk) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop()
    for (const line of lines) {
      const { id, method, params } = JSON.parse(line)
      if (id === undefined) continue
      const result = answers[method]?.(params)
      const json = typeof result === 'string' ? result : JSON.stringify(result)
      const reply = json ? `"result":${json}` : '"error":{"code":-32601,"message":"Method not found"}'
      process.stdout.write(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},${reply}}\n`)
    }
  })
  process.stdin.on('end', () => process.exit(0))
}

/** One tool without arguments, answered with a text. */
export function serveOne(name, tool, text) {
  serve(name, [{ name: tool }], () => ({ content: [{ type: 'text', text: text() }] }))
}
