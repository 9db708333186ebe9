// A light server without an SDK, for the tests of what happens to calls while servers.yaml is edited. LABEL names what it
// was launched with, STARTS is a file that gets its pid, EXTRA names more tools, TOKEN is a secret that it tells.
import { appendFileSync } from 'node:fs'

const { LABEL = '', STARTS, EXTRA = '', TOKEN = '', CALLS } = process.env
if (STARTS !== undefined) appendFileSync(STARTS, `${LABEL} ${process.pid}\n`)

const text = (value) => ({ content: [{ type: 'text', text: value }] })
const who = () => text(`${process.pid} ${LABEL}`)
const readOnly = { readOnlyHint: true }
const TOOLS = {
  who: { annotations: readOnly, run: who },
  judged: { annotations: readOnly, run: who },
  slow: { annotations: readOnly, run: ({ ms }) => new Promise((done) => setTimeout(() => done(who()), ms)) },
  token: {
    annotations: readOnly,
    run: () => text(`the token is ${TOKEN}, in hex ${Buffer.from(TOKEN).toString('hex')}`),
  },
  news: {
    annotations: readOnly,
    run: ({ uri }) => (say({ method: 'notifications/resources/updated', params: { uri } }), who()),
  },
  remove: { annotations: { destructiveHint: true }, run: who },
}
const named = (name) => ({
  name,
  inputSchema: { type: 'object' },
  annotations: TOOLS[name]?.annotations ?? readOnly,
})

const answers = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {}, prompts: {}, resources: { subscribe: true } },
    serverInfo: { name: 'steady', version: '1' },
  }),
  'tools/list': () => ({ tools: [...Object.keys(TOOLS), ...EXTRA.split(',').filter(Boolean)].map(named) }),
  'tools/call': ({ name, arguments: args = {} }) => {
    if (CALLS !== undefined) appendFileSync(CALLS, `${name} ${LABEL}\n`)
    return TOOLS[name].run(args)
  },
  'prompts/list': () => ({ prompts: [{ name: 'greet' }] }),
  'prompts/get': () => ({ messages: [{ role: 'user', content: { type: 'text', text: 'hello' } }] }),
  'resources/list': () => ({ resources: [{ uri: 'note://one', name: 'one' }] }),
  'resources/templates/list': () => ({ resourceTemplates: [] }),
  'resources/read': ({ uri }) => ({ contents: [{ uri, text: LABEL }] }),
  'resources/subscribe': () => ({}),
  'resources/unsubscribe': () => ({}),
}

function say(message) {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
}

async function serve({ id, method, params }) {
  if (id === undefined) return
  const answer = answers[method]
  if (answer === undefined) say({ id, error: { code: -32601, message: 'Method not found' } })
  else say({ id, result: await answer(params) })
}

let rest = ''
process.stdin.setEncoding('utf8').on('data', (chunk) => {
  const lines = (rest + chunk).split('\n')
  rest = lines.pop()
  for (const line of lines) void serve(JSON.parse(line))
})
process.stdin.on('end', () => process.exit(0))
