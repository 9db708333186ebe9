// Gives back results of any size: `text` one long text with line breaks, `binary` base64, `dense` many small objects.
const kinds = {
  text: (bytes) => [
    { type: 'text', text: 'the quick brown fox jumps over the lazy dog, again\n'.repeat(bytes / 52) },
  ],
  binary: (bytes) => [
    { type: 'image', mimeType: 'image/png', data: 'iVBORw0KGgoAAAANSUhEUgAA'.repeat(bytes / 24) },
  ],
  dense: () => [{ type: 'text', text: 'see the structured content' }],
}
const row = { id: 1234, name: 'a name', tags: ['x', 'y'], ok: true, at: null, n: 0.25 }
const tool = (name) => ({ name, inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } })
const made = new Map()

function result(kind, bytes) {
  const key = `${kind} ${bytes}`
  if (!made.has(key)) {
    const content = kinds[kind](bytes)
    const rows = Math.floor(bytes / (JSON.stringify(row).length + 1))
    const structuredContent = kind === 'dense' ? { rows: Array.from({ length: rows }, () => row) } : undefined
    made.set(key, JSON.stringify({ content, structuredContent }))
  }
  return made.get(key)
}

const answers = {
  initialize: ({ protocolVersion }) =>
    JSON.stringify({
      protocolVersion,
      capabilities: { tools: {} },
      serverInfo: { name: 'big', version: '1' },
    }),
  'tools/list': () => JSON.stringify({ tools: Object.keys(kinds).map(tool) }),
  'tools/call': ({ name, arguments: { bytes } }) => result(name, bytes),
}

let rest = ''
process.stdin.setEncoding('utf8').on('data', (chunk) => {
  const lines = (rest + chunk).split('\n')
  rest = lines.pop()
  for (const line of lines) {
    const { id, method, params } = JSON.parse(line)
    if (id === undefined) continue
    const answer = answers[method]
    const body = answer
      ? `"result":${answer(params)}`
      : '"error":{"code":-32601,"message":"Method not found"}'
    process.stdout.write(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},${body}}\n`)
  }
})
process.stdin.on('end', () => process.exit(0))
