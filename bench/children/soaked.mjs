// A server that makes it hard for a relay: answers in another order than it was asked, notifications beside them, progress
// under the token that it was given, results that are large, and its own sudden end in the middle of calls.
import { readLines } from './lines.mjs'

const names = ['get_echo', 'get_slow', 'get_flood', 'get_progress', 'get_large', 'get_end']
const tools = names.map((name) => ({
  name,
  inputSchema: { type: 'object' },
  annotations: { readOnlyHint: true },
}))
const write = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
const LARGE = 'y'.repeat(300_000)
const FLOOD = 40

function call(id, { name, arguments: args, _meta }) {
  const answer = (more = '') => write({ id, result: { content: [{ type: 'text', text: args.text + more }] } })
  switch (name) {
    case 'get_slow':
      return setTimeout(answer, (args.text.length * 7) % 4)
    case 'get_flood':
      for (let index = 0; index < FLOOD; index += 1) {
        write({ method: 'notifications/message', params: { level: 'debug', data: `noise ${index}` } })
        write({ method: 'notifications/progress', params: { progressToken: index, progress: index } })
      }
      return answer()
    case 'get_progress':
      for (let progress = 1; progress < 4; progress += 1)
        write({ method: 'notifications/progress', params: { progressToken: _meta?.progressToken, progress } })
      return answer()
    case 'get_large':
      return answer(` ${LARGE}`)
    case 'get_end':
      return process.kill(process.pid, 'SIGKILL')
    default:
      return answer()
  }
}

readLines(process.stdin, (line) => {
  const { id, method, params } = JSON.parse(line.toString())
  if (id === undefined) return
  if (method === 'initialize') {
    const { protocolVersion } = params
    const serverInfo = { name: 'soaked', version: '1' }
    write({ id, result: { protocolVersion, capabilities: { tools: {}, logging: {} }, serverInfo } })
  } else if (method === 'tools/list') write({ id, result: { tools } })
  else if (method === 'tools/call') call(id, params)
  else if (method === 'ping' || method === 'logging/setLevel') write({ id, result: {} })
  else write({ id, error: { code: -32601, message: 'Method not found' } })
})
process.stdin.on('end', () => process.exit(0))
