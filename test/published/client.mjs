/**
 * An SDK client that also keeps what came over the wire: the SDK drops what its schemas don't know, and what sidemux
 * may have changed has to be seen. Says yes to what sidemux asks, and no to what a server asks.
 */
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'

/** The SDK's own transport starts a second process to find out the era; this one asks in place. */
class InPlace extends StdioClientTransport {}

export const ERAS = { old: 'legacy', new: { pin: '2026-07-28' } }
const KINDS = {
  tools: ['tools', 'tools/list'],
  prompts: ['prompts', 'prompts/list'],
  resources: ['resources', 'resources/list'],
  templates: ['resourceTemplates', 'resources/templates/list'],
}
const MOST_PAGES = 20
const MOST_READ = 3
const LATEST_MS = 20_000

export async function connect(program, era, seconds) {
  const capabilities = { elicitation: {}, roots: {} }
  const client = new Client(
    { name: 'published-check', version: '1.0.0' },
    { capabilities, versionNegotiation: { mode: ERAS[era] } },
  )
  client.setRequestHandler('elicitation/create', async ({ params }) => {
    if (params.requestedSchema?.properties?.decision === undefined) return { action: 'decline' }
    // An answer faster than a person's is none.
    await new Promise((read) => setTimeout(read, 1100))
    return { action: 'accept', content: { decision: 'approve once' } }
  })
  client.setRequestHandler('roots/list', () => ({ roots: [] }))
  const transport = new InPlace({ ...program, stderr: 'pipe' })
  let stderr = ''
  transport.stderr?.on('data', (chunk) => (stderr = (stderr + chunk).slice(-4000)))
  try {
    await within(client.connect(transport), seconds, 'connecting')
  } catch (error) {
    await client.close().catch(() => {})
    throw Object.assign(error, { stderr })
  }
  let last
  const { onmessage } = transport
  transport.onmessage = (message, extra) => {
    if (message.method === undefined && message.id !== undefined) last = message
    onmessage(message, extra)
  }
  return {
    client,
    stderr: () => stderr,
    /** The result or the error as it came; an error of the SDK's own beside it. */
    async ask(ask) {
      last = undefined
      try {
        await within(ask(client), seconds, 'a call')
        return { result: last?.result }
      } catch (error) {
        return {
          ...(last?.error && { error: last.error }),
          thrown: error.message,
          ...(last?.result && { result: last.result }),
        }
      }
    },
    close: () => client.close(),
  }
}

/** Everything that a server offers, and what came of the calls. */
export async function lookAt(program, era, calls, seconds) {
  let peer
  try {
    peer = await connect(program, era, seconds)
  } catch (error) {
    return { down: error.message, stderr: error.stderr }
  }
  try {
    const lists = await listsOf(peer, calls.expected ?? {})
    const version = peer.client.getNegotiatedProtocolVersion()
    const capabilities = peer.client.getServerCapabilities() ?? {}
    const answers = await callAll(peer, lists, calls)
    const instructions = peer.client.getInstructions() ?? null
    return { version, instructions, capabilities, lists, answers, stderr: peer.stderr() }
  } finally {
    await peer.close()
  }
}

/**
 * Servers start behind sidemux while a host lists already, and it hears of what came later: so a list that has less than
 * the server itself is asked for again, for a while.
 */
async function listsOf(peer, expected) {
  const until = Date.now() + LATEST_MS
  for (;;) {
    const lists = {}
    for (const kind of Object.keys(KINDS)) lists[kind] = await listOf(peer, kind)
    const isLess = Object.entries(lists).some(([kind, list]) => list.length < (expected[kind] ?? 0))
    if (!isLess || Date.now() > until) return lists
    await new Promise((done) => setTimeout(done, 500))
  }
}

async function listOf(peer, kind) {
  const [member, method] = KINDS[kind]
  const capability = kind === 'templates' ? 'resources' : kind
  if (peer.client.getServerCapabilities()?.[capability] === undefined) return []
  const all = []
  let cursor
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const params = cursor === undefined ? {} : { cursor }
    const { result, error } = await peer.ask((client) => client.request({ method, params }))
    if (error !== undefined || result === undefined) break
    all.push(...result[member])
    cursor = result.nextCursor
    if (cursor === undefined) break
  }
  return all
}

/** The calls of the table, prompts that need no argument, the first resources. */
async function callAll(peer, lists, calls) {
  const answers = {}
  for (const [tool, args] of calls.tools)
    answers[`tool ${tool} ${JSON.stringify(args)}`] = await peer.ask((client) =>
      client.request({ method: 'tools/call', params: { name: calls.nameOf(tool), arguments: args } }),
    )
  for (const { name, arguments: args = [] } of lists.prompts.filter(isFree))
    answers[`prompt ${calls.own('prompt', name)}`] = await peer.ask((client) =>
      client.request({ method: 'prompts/get', params: { name, ...(args.length > 0 && { arguments: {} }) } }),
    )
  const inOrder = lists.resources.map(({ uri }) => [calls.own('resource', uri), uri]).toSorted(byFirst)
  const read = inOrder.filter(([own]) => !own.startsWith('ui://')).slice(0, MOST_READ)
  for (const [own, uri] of read)
    answers[`resource ${own}`] = await peer.ask((client) =>
      client.request({ method: 'resources/read', params: { uri } }),
    )
  return answers
}

function isFree({ arguments: args = [] }) {
  return args.every(({ required }) => required !== true)
}

function byFirst([a], [b]) {
  return a < b ? -1 : 1
}

async function within(promise, seconds, what) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took over ${seconds} s`)), seconds * 1000)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
