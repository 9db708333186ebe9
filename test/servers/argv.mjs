// Echoes what it was started with wherever a child can say something: its list of tools, its instructions' place, stderr,
// results, errors, log messages. With PORT it does the same over HTTP, and says its own address.
import { createServer } from 'node:http'

const said = () =>
  JSON.stringify({ argv: process.argv.slice(2), cwd: process.cwd(), env: process.env['CFG'] })

export function answer({ id, method, params }, what) {
  const reply = (result) => JSON.stringify({ jsonrpc: '2.0', id, result })
  if (method === 'initialize') {
    const serverInfo = { name: 'argv', version: '1' }
    return reply({
      protocolVersion: params.protocolVersion,
      capabilities: { tools: {} },
      serverInfo,
      instructions: what,
    })
  }
  if (method === 'tools/list') {
    const annotations = { readOnlyHint: true }
    return reply({
      tools: [{ name: 'get_argv', description: what, inputSchema: { type: 'object' }, annotations }],
    })
  }
  if (method === 'tools/call') {
    if (params.arguments?.fail)
      return JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32000, message: what } })
    return reply({ content: [{ type: 'text', text: what }], structuredContent: { what } })
  }
  return method === 'ping'
    ? reply({})
    : JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32601, message: 'no' } })
}

/** A server that says the address it was asked at; its port, and how to end it. */
export async function startEcho() {
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += chunk))
    request.on('end', () => {
      if (request.method !== 'POST') return response.writeHead(405).end()
      const message = JSON.parse(body)
      if (message.id === undefined) return response.writeHead(202).end()
      const what = JSON.stringify({ url: request.url, cfg: request.headers['x-cfg'] })
      response.writeHead(200, { 'content-type': 'application/json' }).end(answer(message, what))
    })
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: server.address().port, close: () => new Promise((resolve) => server.close(resolve)) }
}

if (import.meta.filename === process.argv[1]) {
  let rest = ''
  process.stderr.write(`started as ${said()}\n`)
  process.stdin.setEncoding('utf8').on('data', (chunk) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop()
    for (const line of lines) {
      const message = JSON.parse(line)
      if (message.id === undefined) continue
      const note = { method: 'notifications/message', params: { level: 'error', data: said() } }
      process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...note })}\n${answer(message, said())}\n`)
    }
  })
  process.stdin.on('end', () => process.exit(0))
}
