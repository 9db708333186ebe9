// A server that floods: with FLOOD it sends messages of that kind as fast as they are read, from the call of `wait` on,
// which it never answers. `echo` gives back its text all the while.
const { FLOOD } = process.env
const note = (method, params) => ({ method, ...(params && { params }) })
let number = 0
const token = { now: 0 }
const KINDS = {
  logs: () =>
    note('notifications/message', { level: 'info', logger: 'loop', data: `round ${number} of many` }),
  progress: () => note('notifications/progress', { progressToken: token.now, progress: number }),
  pings: () => ({ id: number, method: 'ping' }),
  changes: () => note('notifications/tools/list_changed'),
  unknown: () => note('notifications/something/else', { number }),
  updated: () => note('notifications/resources/updated', { uri: 'memo:a' }),
  roots: () => ({ id: number, method: 'roots/list' }),
  huge: () => note('notifications/message', { level: 'info', data: 'x'.repeat(2_000_000) }),
  stray: () => ({ id: 1_000_000 + number, result: {} }),
}
const tools = ['echo', 'wait'].map((name) => ({
  name,
  inputSchema: { type: 'object' },
  annotations: { readOnlyHint: true },
}))
const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)

const PER_WRITE = FLOOD === 'huge' ? 1 : 200
function pour() {
  if (FLOOD === 'stderr')
    return void process.stderr.write('a line of stderr that nobody needs\n'.repeat(PER_WRITE), pour)
  if (FLOOD === 'blank') return void process.stdout.write('\n'.repeat(50_000), pour)
  const lines = Array.from({ length: PER_WRITE }, () => {
    number += 1
    return `${JSON.stringify({ jsonrpc: '2.0', ...KINDS[FLOOD]() })}\n`
  })
  process.stdout.write(lines.join(''), () => setImmediate(pour))
}

const answers = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: { listChanged: true }, resources: { subscribe: true }, logging: {} },
    serverInfo: { name: 'flood', version: '1' },
  }),
  'tools/list': () => ({ tools }),
  'resources/list': () => ({ resources: [{ uri: 'memo:a', name: 'a' }] }),
  'resources/templates/list': () => ({ resourceTemplates: [] }),
  'resources/subscribe': () => ({}),
  'logging/setLevel': () => ({}),
}
let rest = ''
let pours = false
process.stdin.setEncoding('utf8').on('data', (chunk) => {
  const lines = (rest + chunk).split('\n')
  rest = lines.pop()
  for (const line of lines) {
    const { id, method, params } = JSON.parse(line)
    if (id === undefined || method === undefined) continue
    if (method !== 'tools/call') {
      const result = answers[method]?.(params)
      send({ id, ...(result ? { result } : { error: { code: -32601, message: 'Method not found' } }) })
    } else if (params.name === 'wait') {
      token.now = params._meta?.progressToken
      if (FLOOD !== undefined && !pours) pour()
      pours = true
    } else {
      send({ id, result: { content: [{ type: 'text', text: String(params.arguments?.text) }] } })
    }
  }
})
process.stdin.on('end', () => process.exit(0))
