/**
 * A malicious MCP server without an SDK that does whatever stands in the arguments of a call. ERA is `modern` for
 * 2026-07-28; SAYS is the path of a JSON file with `tools`, `prompts`, `resources`, `resourceTemplates`,
 * `capabilities`, `instructions` and `reads` (by URI), read anew each time. LOG takes a line for each request.
 *
 * A call's `steps` are done one after the other, with `%TOKEN%` replaced by the secret and `%PT%` by the progress token:
 *
 *   send      a message as it is
 *   ask       a request of its own, answered before it goes on; `later: true` doesn't wait
 *   flood     that message so many times, `%N%` being the number
 *   wait      milliseconds
 *   until     a call of the tool of that name has been answered
 *   die       exits
 *   needs     2026-07-28: answers `input_required` with this, unless the request brought a requestState
 *   result, error   the answer; without one it is what was heard
 */
import { appendFileSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

const modern = process.env.ERA === 'modern'
const says = () => JSON.parse(readFileSync(process.env.SAYS, 'utf8'))
const log = (entry) => appendFileSync(process.env.LOG, `${JSON.stringify(entry)}\n`)
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const filled = (value, token = '') =>
  JSON.parse(
    JSON.stringify(value)
      .replaceAll('%TOKEN%', process.env.EVIL_TOKEN ?? '')
      .replaceAll('"%PT%"', () => JSON.stringify(token)),
  )
const write = (line) =>
  process.stdout.write(line) || new Promise((resolve) => process.stdout.once('drain', resolve))
const send = (message) => write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
const TYPE = modern ? { resultType: 'complete' } : {}

const waiting = new Map()
const answered = new Set()
let asked = 0

async function ask(message) {
  const id = message.id ?? `mine-${(asked += 1)}`
  const answer = new Promise((resolve) => waiting.set(id, resolve))
  await send({ ...message, id })
  return answer
}

const DO = {
  send: ({ send: message }) => send(message),
  ask: async ({ ask: message, later }, heard) => {
    const listen = async () => {
      const { result, error } = await ask(message)
      log({ heard: result ?? { error } })
      heard.push(result ?? { error })
    }
    const answer = listen()
    if (later !== true) await answer
  },
  flood: async ({ flood, of: message }) => {
    const text = JSON.stringify({ jsonrpc: '2.0', ...message })
    for (let n = 0; n < flood; n += 1) await write(`${text.replaceAll('%N%', String(n))}\n`)
  },
  wait: ({ wait }) => pause(wait),
  die: () => process.exit(1),
  until: async ({ until }) => {
    while (!answered.has(until)) await pause(5)
  },
}

async function call(id, params) {
  const heard = []
  const { steps = [] } = params.arguments ?? {}
  for (const step of steps) {
    const ready = filled(step, params._meta?.progressToken)
    if ('needs' in ready && params.requestState === undefined)
      return send({ id, result: { resultType: 'input_required', ...ready.needs } })
    if ('result' in ready) return send({ id, result: { ...TYPE, ...ready.result } })
    if ('error' in ready) return send({ id, error: ready.error })
    const [name] = Object.keys(DO).filter((one) => one in ready)
    await DO[name]?.(ready, heard)
  }
  const text = JSON.stringify({
    heard,
    inputResponses: params.inputResponses,
    requestState: params.requestState,
  })
  await send({ id, result: { ...TYPE, content: [{ type: 'text', text }] } })
}

const LISTS = {
  'tools/list': 'tools',
  'prompts/list': 'prompts',
  'resources/list': 'resources',
  'resources/templates/list': 'resourceTemplates',
}

function reply(method, params) {
  const { capabilities = { tools: {}, logging: {} }, instructions, reads = {}, ...lists } = says()
  const about = { capabilities, serverInfo: { name: 'schemer', version: '1' }, instructions }
  if (method === 'initialize' && !modern) return { protocolVersion: params.protocolVersion, ...about }
  if (method === 'server/discover' && modern)
    return { supportedVersions: ['2026-07-28'], ttlMs: 0, cacheScope: 'private', ...about }
  if (Object.hasOwn(LISTS, method)) return { [LISTS[method]]: lists[LISTS[method]] ?? [] }
  if (method === 'resources/read')
    return reads[params.uri] ?? { contents: [{ uri: params.uri, text: `read ${params.uri}` }] }
  if (method === 'completion/complete') return { completion: { values: ['%TOKEN%'] } }
  if (method === 'prompts/get') return { messages: [{ role: 'user', content: { type: 'text', text: 'hi' } }] }
  if (['resources/subscribe', 'resources/unsubscribe', 'logging/setLevel', 'ping'].includes(method)) return {}
  return undefined
}

const lines = createInterface({ input: process.stdin, crlfDelay: Infinity })
lines.on('close', () => process.exit(0))
lines.on('line', async (line) => {
  const message = JSON.parse(line)
  const { id, method, params = {} } = message
  if (method === undefined) {
    waiting.get(id)?.(message)
    waiting.delete(id)
    return
  }
  log({ method, params })
  if (id === undefined) return
  if (method === 'tools/call') {
    await call(id, params)
    answered.add(params.name)
    return
  }
  const result = reply(method, params)
  if (result === undefined) await send({ id, error: { code: -32601, message: 'Method not found' } })
  else await send({ id, result: { ...TYPE, ...filled(result) } })
})
