// A light server without an SDK, for the tests of what happens to calls while servers.yaml is edited. LABEL names what it
// was launched with, STARTS is a file that gets its pid, EXTRA names more tools, TOKEN is a secret that it tells.
// START_MS lets it take its time, READY, a file, lets it begin when that is there, BROKEN keeps it from ever getting ready, and with LOCK, a file, only one of it runs at once.
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'

const { LABEL = '', STARTS, EXTRA = '', TOKEN = '', CALLS, START_MS, READY, BROKEN, LOCK } = process.env
if (STARTS !== undefined) appendFileSync(STARTS, `${LABEL} ${process.pid}\n`)
if (BROKEN) process.exit(4)
if (LOCK !== undefined) {
  if (existsSync(LOCK) && lives(Number(readFileSync(LOCK, 'utf8')))) process.exit(3)
  writeFileSync(LOCK, String(process.pid))
  process.on('exit', () => rmSync(LOCK, { force: true }))
}
if (READY !== undefined) await appears(READY)
if (START_MS) await new Promise((resolve) => setTimeout(resolve, Number(START_MS)))

function lives(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function appears(file) {
  while (!existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 10))
}

const text = (value) => ({ content: [{ type: 'text', text: value }] })
const who = () => text(`${process.pid} ${LABEL}`)
const readOnly = { readOnlyHint: true }
const TOOLS = {
  who: { annotations: readOnly, run: who },
  check: { annotations: readOnly, run: who },
  wait: { annotations: readOnly, run: ({ ms }) => new Promise((done) => setTimeout(() => done(who()), ms)) },
  hold: { annotations: readOnly, run: ({ file }) => appears(file).then(who) },
  show_token: {
    annotations: readOnly,
    run: () => text(`the token is ${TOKEN}, in hex ${Buffer.from(TOKEN).toString('hex')}`),
  },
  news: {
    annotations: readOnly,
    run: ({ uri }) => (say({ method: 'notifications/resources/updated', params: { uri } }), who()),
  },
  ask: {
    annotations: readOnly,
    run: async () => text(`${process.pid} heard ${JSON.stringify(await ask())}`),
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

const asked = new Map()
/** Asks the host's user, while a call runs. */
function ask() {
  const id = `ask-${asked.size + 1}`
  const requestedSchema = { type: 'object', properties: { city: { type: 'string' } } }
  say({ id, method: 'elicitation/create', params: { mode: 'form', message: 'Which city?', requestedSchema } })
  return new Promise((resolve) => asked.set(id, resolve))
}

async function serve({ id, method, params, result, error }) {
  if (method === undefined) asked.get(id)?.(result ?? error)
  if (id === undefined || method === undefined) return
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
