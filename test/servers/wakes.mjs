/**
 * Has a little of everything that can wake a server, and writes to WAKES_LOG a line for each start ("start PID") and each
 * request that does something ("call NAME", "read URI" …). What it shows and does besides:
 *
 * - WAKES_TOOLS names a file with the tools that it lists in place of its own, as JSON; WAKES_FAILS one whose text it
 *   prints before it exits with code 3. Neither has to be there.
 * - `get_held` answers when the file that it is given is there, `get_asked` when the host has answered its question.
 * - `start_program` starts a program that runs on, and answers with its pid.
 */
import { spawn } from 'node:child_process'
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

const { WAKES_LOG = '/dev/null', WAKES_TOOLS = '', WAKES_FAILS = '' } = process.env
const note = (...words) => appendFileSync(WAKES_LOG, `${words.join(' ')}\n`)
const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
const text = (value) => ({ content: [{ type: 'text', text: value }] })

note('start', process.pid)
if (existsSync(WAKES_FAILS)) {
  process.stderr.write(readFileSync(WAKES_FAILS, 'utf8'))
  process.exit(3)
}

const TOOLS = ['get_echo', 'get_held', 'get_asked', 'start_program'].map((name) => ({
  name,
  inputSchema: { type: 'object' },
  ...(name.startsWith('get_') && { annotations: { readOnlyHint: true } }),
}))
const waiting = new Map()

const CALLS = {
  get_echo: ({ text: said = '' }) => text(said),
  get_held: async ({ file }) => {
    while (!existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 5))
    return text('let go')
  },
  get_asked: async () => {
    const params = { message: 'Which?', requestedSchema: { type: 'object', properties: {} } }
    const answer = await new Promise((resolve) => {
      waiting.set('q', resolve)
      send({ id: 'q', method: 'elicitation/create', params })
    })
    return text(JSON.stringify(answer))
  },
  start_program: () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
    return text(String(child.pid))
  },
}

const ANSWERS = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: {
      tools: { listChanged: true },
      prompts: {},
      resources: { subscribe: true },
      completions: {},
      logging: {},
    },
    serverInfo: { name: 'wakes', version: '1' },
  }),
  ping: () => ({}),
  'tools/list': () => ({
    tools: existsSync(WAKES_TOOLS) ? JSON.parse(readFileSync(WAKES_TOOLS, 'utf8')) : TOOLS,
  }),
  'tools/call': async ({ name, arguments: args = {} }) => {
    note('call', name, args.text ?? '')
    return CALLS[name]?.(args)
  },
  'prompts/list': () => ({ prompts: [{ name: 'greet' }] }),
  'prompts/get': ({ name }) => {
    note('get', name)
    return { messages: [{ role: 'user', content: { type: 'text', text: 'hello' } }] }
  },
  'resources/list': () => ({ resources: [{ uri: 'note://one', name: 'one' }] }),
  'resources/templates/list': () => ({ resourceTemplates: [{ uriTemplate: 'note://{id}', name: 'any' }] }),
  'resources/read': ({ uri }) => {
    note('read', uri)
    return { contents: [{ uri, text: 'it' }] }
  },
  'resources/subscribe': ({ uri }) => {
    note('subscribe', uri)
    return {}
  },
  'resources/unsubscribe': ({ uri }) => {
    note('unsubscribe', uri)
    return {}
  },
  'completion/complete': ({ argument }) => {
    note('complete', argument.name)
    return { completion: { values: ['a'] } }
  },
  'logging/setLevel': ({ level }) => {
    note('level', level)
    return {}
  },
}

createInterface({ input: process.stdin })
  .on('line', async (line) => {
    const { id, method, params, result } = JSON.parse(line)
    if (method === undefined) {
      waiting.get(id)?.(result)
      return
    }
    if (id === undefined) return
    const answer = await ANSWERS[method]?.(params ?? {})
    if (answer === undefined) send({ id, error: { code: -32601, message: 'Method not found' } })
    else send({ id, result: answer })
  })
  .on('close', () => {
    note('end', process.pid)
    process.exit(0)
  })
