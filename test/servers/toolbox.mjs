// The server of most end-to-end tests. It says what one on the SDK of both eras says (2.4, serveStdio), without it, since the
// SDK takes a third of a second of processor time to load; those on an SDK are in primitives/. Its tools do what they say
// and write each execution to the file named by TOOLBOX_LOG, so that a test can count what really ran. TOOLBOX_LISTED is a
// file for the pid of each that was asked for its tools: its era is known by then.
import { appendFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

if (process.env.TOOLBOX_SLEEP)
  await new Promise((resolve) => setTimeout(resolve, Number(process.env.TOOLBOX_SLEEP)))

const text = (value) => ({ content: [{ type: 'text', text: value }] })
const schema = (properties = {}) => ({ type: 'object', properties })
const string = { type: 'string' }
const number = { type: 'number' }
const readOnly = { readOnlyHint: true }
/** The whole value; or, with TOOLBOX_SHOW, what a program takes out of it: a field of its JSON, the password of its URL. */
const secret = () => {
  const whole = process.env.TOOLBOX_SECRET ?? ''
  const show = process.env.TOOLBOX_SHOW
  if (show === undefined) return whole
  return show === 'password' ? decodeURIComponent(new URL(whole).password) : JSON.parse(whole)[show]
}
const base64 = (shift) => Buffer.from('xy'.slice(0, shift) + secret() + 'zz').toString('base64')

/** The secret in every way that promise 3 names. */
const LEAKS = {
  text: () => text(`the token is ${secret()}.`),
  json: () => text(JSON.stringify({ token: secret(), nested: JSON.stringify({ token: secret() }) })),
  base64: () => text([0, 1, 2].map(base64).join(' ')),
  url: () => text(`https://example.test/?token=${encodeURIComponent(secret())}`),
  hex: () =>
    text(Buffer.from(secret()).toString('hex') + ' ' + Buffer.from(secret()).toString('hex').toUpperCase()),
  split: () => {
    const middle = Math.floor(secret().length / 2)
    return {
      content: [secret().slice(0, middle), secret().slice(middle)].map((part) => ({
        type: 'text',
        text: part,
      })),
    }
  },
  structured: () => ({ ...text('see structured'), structuredContent: { token: secret(), [secret()]: 1 } }),
  resource: () => ({
    content: [{ type: 'resource', resource: { uri: 'file:///x', text: secret(), mimeType: 'text/plain' } }],
  }),
  toolError: () => ({ ...text(`failed with ${secret()}`), isError: true }),
  error: () => {
    throw Object.assign(new Error(`rejected ${secret()}`), { code: -32000, data: { token: secret() } })
  },
  stderr: () => {
    process.stderr.write(`about to use ${secret().slice(0, 5)}`)
    process.stderr.write(`${secret().slice(5)} and ${base64(1)}\n`)
    return text('written to stderr')
  },
}

const TOOLS = {
  get_env: { annotations: readOnly, run: () => text(JSON.stringify(process.env)) },
  echo: {
    annotations: readOnly,
    properties: { text: string, delay: number },
    run: async ({ text: value, delay = 0 }, context) => {
      if (delay > 0) {
        await new Promise((resolve) => {
          const timer = setTimeout(resolve, delay)
          context.signal.addEventListener('abort', () => (clearTimeout(timer), resolve()))
        })
      }
      return text(`${process.env.TOOLBOX_NAME ?? ''}:${value}`)
    },
  },
  get_leak: { annotations: readOnly, properties: { how: string }, run: ({ how }) => LEAKS[how]() },
  count: {
    annotations: readOnly,
    properties: { to: number, pause: number },
    run: async ({ to, pause = 5 }, context) => {
      for (let at = 1; at <= to; at += 1) {
        await new Promise((resolve) => setTimeout(resolve, pause))
        if (context.progressToken !== undefined) {
          const { progressToken } = context
          const params = { progressToken, progress: at, total: to, message: `at ${at}, ${secret()}` }
          send({ method: 'notifications/progress', params })
        }
      }
      return text(`counted to ${to}`)
    },
  },
  delete_thing: {
    annotations: { destructiveHint: true },
    properties: { id: string },
    run: ({ id }) => text(`deleted ${id}`),
  },
  save_thing: {
    annotations: { readOnlyHint: true },
    properties: { id: string },
    run: ({ id }) => text(`saved ${id}`),
  },
  plain: { properties: { id: string }, run: ({ id }) => text(`did ${id}`) },
  get_crash: { annotations: readOnly, run: () => process.exit(7) },
}

const extra = (process.env.TOOLBOX_EXTRA ?? '').split(',').filter(Boolean)
const describe = (name) => ({
  name,
  description: `${name} of the toolbox${process.env.TOOLBOX_DESCRIPTION ?? ''}`,
  inputSchema: schema(TOOLS[name]?.properties),
  ...(TOOLS[name]?.annotations && { annotations: TOOLS[name].annotations }),
})

const INFO = { name: 'toolbox', version: '1.0.0' }
const capabilities = { tools: { listChanged: true } }
const CACHED = { ttlMs: 0, cacheScope: 'private' }
const IN_MCP = 'io.modelcontextprotocol'
const MODERN = {
  resultType: 'complete',
  _meta: { [`${IN_MCP}/serverInfo`]: INFO },
}
const underWay = new Map()

const answers = {
  initialize: ({ protocolVersion }) => ({ protocolVersion, capabilities, serverInfo: INFO }),
  'server/discover': () => ({ supportedVersions: ['2026-07-28'], capabilities, ...CACHED }),
  ping: () => ({}),
  'tools/list': (_params, { isModern }) => {
    if (process.env.TOOLBOX_LISTED) appendFileSync(process.env.TOOLBOX_LISTED, `${process.pid}\n`)
    return { tools: [...Object.keys(TOOLS), ...extra].map(describe), ...(isModern && CACHED) }
  },
  'tools/call': ({ name, arguments: args, _meta }, { signal }) => {
    if (process.env.TOOLBOX_LOG)
      appendFileSync(process.env.TOOLBOX_LOG, `${JSON.stringify({ name, args })}\n`)
    return TOOLS[name].run(args ?? {}, { signal, progressToken: _meta?.progressToken })
  },
}

function send(message) {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
}

async function serve({ id, method, params = {} }) {
  if (method === 'notifications/cancelled') underWay.get(params.requestId)?.abort()
  if (id === undefined) return
  // It speaks the era of who speaks to it.
  const isModern = params._meta?.[`${IN_MCP}/protocolVersion`] !== undefined
  if (method === 'subscriptions/listen') {
    // It stays open: nothing changes here.
    const _meta = { [`${IN_MCP}/subscriptionId`]: id }
    const { notifications } = params
    return send({ method: 'notifications/subscriptions/acknowledged', params: { notifications, _meta } })
  }
  const isKnown = Object.hasOwn(answers, method) && (isModern || method !== 'server/discover')
  if (!isKnown) return send({ id, error: { code: -32601, message: 'Method not found' } })
  const typed = isModern ? MODERN : {}
  const call = new AbortController()
  underWay.set(id, call)
  try {
    const result = await answers[method](params, { signal: call.signal, isModern })
    if (!call.signal.aborted) send({ id, result: { ...result, ...typed } })
  } catch ({ code = -32603, message, data }) {
    if (!call.signal.aborted) send({ id, error: { code, message, data } })
  }
  underWay.delete(id)
}

const lines = createInterface({ input: process.stdin, crlfDelay: Infinity })
lines.on('line', (line) => void serve(JSON.parse(line)))
lines.on('close', () => process.exit(0))
