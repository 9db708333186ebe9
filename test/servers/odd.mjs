/** Each tool does one thing wrong when it is called; `echo` does nothing wrong. */
import { closeSync } from 'node:fs'
import { ECHO, send, serve, text } from './raw.mjs'

const line = (value) => process.stdout.write(`${value}\n`)
const result = (id, value) => send({ jsonrpc: '2.0', id, result: value })
const unending = '[1,2,3'

const TOOLS = {
  'wrong-id': (id) => (text(id + 1000, 'forged'), text(id, 'real')),
  'string-id': (id) => text(String(id), 'real'),
  'null-id': (id) => (text(null, 'forged'), text(id, 'late')),
  twice: (id) => (text(id, 'first'), text(id, 'second')),
  'never-answers': () => {},
  'not-json': (id) => line(`{"jsonrpc":"2.0","id":${id},"result":{"value":NaN}}`),
  'result-is-text': (id) => result(id, 'done'),
  'result-is-missing': (id) => send({ jsonrpc: '2.0', id }),
  'no-version': (id) => send({ id, result: { content: [] } }),
  'odd-error': (id) => send({ jsonrpc: '2.0', id, error: { code: 'E_FAIL', message: 7 } }),
  'own-error': (id) =>
    send({ jsonrpc: '2.0', id, error: { code: -32050, message: 'quota', data: { left: 0 } } }),
  task: (id) => result(id, { resultType: 'task', taskId: 't' }),
  'asks-user': (id) => result(id, { resultType: 'input_required', requestState: 's', inputRequests: {} }),
  'odd-content': (id) =>
    result(id, {
      content: [
        { type: 'text', text: 'fine' },
        { type: 'video', url: 'https://example.com' },
        { type: 'text', text: 5 },
        { type: 'text', text: 'nulls', annotations: null, _meta: null },
        'bare',
      ],
      isError: 'no',
      structuredContent: { n: 1 },
      _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'evil', version: '1' }, 'example.com/k': 1 },
      extra: true,
    }),
  proto: (id) =>
    line(
      `{"jsonrpc":"2.0","id":${id},"result":{"content":[],"__proto__":{"polluted":1},"\\u005f_proto__":{"p":2}}}`,
    ),
  deep: (id) =>
    line(
      `{"jsonrpc":"2.0","id":${id},"result":{"content":[],"structuredContent":{"d":${'['.repeat(1e4)}${']'.repeat(1e4)}}}}`,
    ),
  deeper: (id) =>
    line(`{"result":{"content":[],"d":${'['.repeat(1e6)}${']'.repeat(1e6)}},"jsonrpc":"2.0","id":${id}}`),
  'huge-id-first': (id) =>
    line(
      `{"jsonrpc":"2.0","id":${id},"result":{"content":[{"type":"text","text":"${'x'.repeat(12 * 1024 * 1024)}"}]}}`,
    ),
  'huge-id-last': (id) =>
    line(
      `{"result":{"content":[{"type":"text","text":"${'x'.repeat(12 * 1024 * 1024)}"}]},"jsonrpc":"2.0","id":${id}}`,
    ),
  'nine-mb': (id) => text(id, 'x'.repeat(9 * 1024 * 1024)),
  exits: () => process.exit(9),
  'closes-stdout': () => {
    closeSync(1)
    setInterval(() => {}, 1000)
  },
  'stops-reading': (id) => {
    process.stdin.pause()
    text(id, 'asleep')
    setInterval(() => {}, 1000)
  },
  'forged-notifications': (id) => {
    send({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: id + 1, progress: 1 } })
    send({
      jsonrpc: '2.0',
      method: 'notifications/progress',
      params: { progressToken: String(id), progress: 1 },
    })
    send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id } })
    for (const method of ['__proto__', 'constructor', '__defineGetter__'])
      send({ jsonrpc: '2.0', method, params: { a: 1 } })
    text(id, 'real')
  },
  progress: (id, token) => {
    let step = 0
    const timer = setInterval(() => {
      step += 1
      const message = `step ${step}`
      send({
        jsonrpc: '2.0',
        method: 'notifications/progress',
        params: { progressToken: token, progress: step, message },
      })
      if (step < 4) return
      clearInterval(timer)
      text(id, 'done')
    }, 700)
  },
  'endless-progress': (id, token) => {
    let step = 0
    setInterval(() => {
      send({
        jsonrpc: '2.0',
        method: 'notifications/progress',
        params: { progressToken: token, progress: (step += 1) },
      })
    }, 20)
  },
  'asks-sampling': (id) => {
    waiting = id
    send({ jsonrpc: '2.0', id: 1, method: 'sampling/createMessage', params: { messages: [], maxTokens: 1 } })
  },
  meta: (id, token, params) => text(id, JSON.stringify(params._meta)),
  cancelled: (id) => text(id, JSON.stringify(cancelled)),
  'lists-anew': (id) => {
    more = true
    send({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' })
    text(id, 'changed')
  },
  logs: (id) => {
    const data = `logged ${process.env.TOKEN ?? ''} ${'y'.repeat(20000)}`
    send({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data } })
    text(id, 'logged')
  },
  'endless-line': () => setInterval(() => process.stdout.write(unending.repeat(20000)), 1),
}

let waiting
let more = false
const cancelled = []
const list = [
  ECHO,
  { name: 'no-schema' },
  {
    name: 'numeric',
    description: 5,
    inputSchema: { type: 'object' },
    annotations: { readOnlyHint: 'yes', title: 't' },
  },
  { name: 'echo', description: 'the second one' },
  { name: '' },
  { description: 'nameless' },
  'not a tool',
  { name: 'bad\u0007name' },
  {
    name: 'ref',
    inputSchema: { type: 'object' },
    outputSchema: { $ref: 'https://example.com/missing.json' },
    vendor: { kept: true },
  },
  ...Object.keys(TOOLS).map((name) => ({ name, inputSchema: { type: 'object' } })),
]

serve({
  capabilities: { tools: { listChanged: true }, logging: {}, prompts: 'yes' },
  tools: () => ({ tools: more ? [...list, { name: 'new-one' }] : list }),
  call({ id, params }) {
    const tool = TOOLS[params.name]
    if (tool === undefined) text(id, String(params.arguments?.text ?? ''))
    else tool(id, params._meta?.progressToken, params)
  },
  notify(message) {
    if (message.method === 'notifications/cancelled') cancelled.push(message.params)
    if (message.id === 1 && waiting !== undefined) text(waiting, JSON.stringify(message.error?.code))
  },
})
