// A remote server of its own process that floods: from the call of `wait` on, whose stream never ends, it sends messages
// of the kind that it was started with as fast as they are read. `echo` gives back its text. Prints its port.
import { createServer } from 'node:http'

const KINDS = {
  logs: { method: 'notifications/message', params: { level: 'info', data: 'round and round' } },
  pings: { id: 5, method: 'ping' },
  changes: { method: 'notifications/tools/list_changed' },
  unknown: { method: 'notifications/something/else' },
}
const event = `data: ${JSON.stringify({ jsonrpc: '2.0', ...KINDS[process.argv[2]] })}\n\n`.repeat(200)
const tool = (name) => ({ name, inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } })

function pour(response) {
  while (response.write(event));
  response.once('drain', () => pour(response))
}

function answer({ method, params }) {
  if (method === 'initialize') {
    const { protocolVersion } = params
    const capabilities = { tools: { listChanged: true }, logging: {} }
    return { result: { protocolVersion, capabilities, serverInfo: { name: 'flood', version: '1' } } }
  }
  if (method === 'tools/list') return { result: { tools: [tool('echo'), tool('wait')] } }
  if (method === 'tools/call') return { result: { content: [{ type: 'text', text: params.arguments.text }] } }
  return { error: { code: -32601, message: 'Method not found' } }
}

const server = createServer((request, response) => {
  if (request.method !== 'POST') return response.writeHead(405).end()
  let body = ''
  request.on('data', (chunk) => (body += chunk))
  request.on('end', () => {
    const { id, method, params } = JSON.parse(body)
    if (id === undefined || method === undefined) return response.writeHead(202).end()
    if (method === 'tools/call' && params.name === 'wait') {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      return pour(response)
    }
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ jsonrpc: '2.0', id, ...answer({ method, params }) }))
  })
})
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`))
process.stdin.resume().on('end', () => process.exit(0))
