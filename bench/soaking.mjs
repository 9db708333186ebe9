// Many calls of all kinds at once through a running sidemux, and what became of each. Used by soak.mjs, and in small by a
// test. A call is answered exactly once with its own text or with a failure; one that is cancelled at most once.
import { spawn } from 'node:child_process'
import { join } from 'node:path'

const CHILD = join(import.meta.dirname, 'children/soaked.mjs')
const SERVERS = ['a', 'b', 'c', 'd']
/** One call of so many is of that kind. */
const EVERY = { get_large: 211, get_flood: 53, get_progress: 7, get_slow: 3 }
const CANCELLED_EVERY = 11
const AFTER_FAILURE_MS = 20
/** What comes later than this after the last answer comes never. */
const LATE_MS = 500

const pause = (ms) => new Promise((done) => setTimeout(done, ms))

/** What sidemux serves: four servers that make it hard, with a secret each. */
export const soakConfig = (secret) => ({
  defaults: { rateLimit: '1000000/second' },
  approvals: { channels: ['elicitation'] },
  servers: Object.fromEntries(
    SERVERS.map((name) => [
      name,
      {
        command: process.execPath,
        args: [CHILD],
        tools: { allow: ['*'] },
        ...(secret && { env: { TOKEN: secret } }),
      },
    ]),
  ),
})

/**
 * Ids as hosts choose them. Two that follow each other have the same digits, one as a number and one as a text.
 */
function idOf(n) {
  switch (n % 8) {
    case 0:
    case 4:
      return n
    case 1:
    case 5:
      return String(n - 1)
    case 2:
      return -n
    case 3:
      return `"é\\ \u2028${n}`
    case 6:
      return Number.MAX_SAFE_INTEGER - n
    default:
      return `request-${n}`
  }
}

function kindOf(n, endsEvery) {
  if (n % endsEvery === endsEvery - 1) return 'get_end'
  return Object.entries(EVERY).find(([, every]) => n % every === 0)?.[0] ?? 'get_echo'
}

/**
 * @param command of sidemux, and the environment that a host gives it
 * @param options how many calls, how many in flight, after how many one ends its server, and what is looked at after so
 * many calls: `marks` numbers of calls, `look(pid)` gives what is kept of each
 */
export async function soak(
  command,
  env,
  { calls, inFlight = 32, endsEvery, marks = [], look = () => undefined },
) {
  const sidemux = spawn(command[0], command.slice(1), { env, stdio: ['pipe', 'pipe', 'ignore'] })
  const host = new Host(sidemux)
  const seen = []
  try {
    const clientInfo = { name: 'soak', version: '1' }
    await host.request('first', 'initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo })
    host.send({ method: 'notifications/initialized' })
    for (const server of SERVERS) await ready(host, server)
    let next = 0
    const worker = async () => {
      while (next < calls) {
        const n = (next += 1)
        if (marks.includes(n)) seen.push({ calls: n, ...look(sidemux.pid) })
        if (!(await host.call(n, endsEvery))) await pause(AFTER_FAILURE_MS)
      }
    }
    await Promise.all(Array.from({ length: inFlight }, worker))
    await pause(LATE_MS)
    return { ...host.counts, unanswered: host.waiting, seen }
  } finally {
    const ended = new Promise((done) => sidemux.on('exit', done))
    sidemux.stdin.end()
    await ended
  }
}

async function ready(host, server) {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const params = { name: `${server}_get_echo`, arguments: { text: 'ready' } }
    const { result } = await host.request(`ready ${server} ${attempt}`, 'tools/call', params)
    if (result?.content?.[0]?.text === 'ready') return
    await pause(50)
  }
  throw new Error(`${server} did not come up`)
}

class Host {
  /** `strange`: an answer to nothing that was asked, or a second one. `wrong`: another call's text. */
  counts = { right: 0, failed: 0, cancelled: 0, strange: 0, wrong: 0, strangeProgress: 0 }
  #stdin
  #waiting = new Map()
  #given = new Set()
  #tokens = new Set()
  #parts = []

  constructor({ stdin, stdout }) {
    this.#stdin = stdin.on('error', () => {})
    stdout.on('data', (chunk) => {
      let from = 0
      for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
        this.#parts.push(chunk.subarray(from, end))
        from = end + 1
        this.#take(JSON.parse(Buffer.concat(this.#parts).toString()))
        this.#parts = []
      }
      if (from < chunk.length) this.#parts.push(chunk.subarray(from))
    })
  }

  /** Of calls that were not cancelled. */
  get waiting() {
    return this.#waiting.size
  }

  send(message) {
    this.#stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  }

  request(id, method, params) {
    return new Promise((done) => {
      this.#waiting.set(JSON.stringify(id), done)
      this.send({ id, method, params })
    })
  }

  /** False when it failed, as calls do whose server has just ended. */
  async call(n, endsEvery) {
    const kind = kindOf(n, endsEvery)
    const id = idOf(n)
    const text = `text ${n} ${'.'.repeat(n % 5)}`
    const params = { name: `${SERVERS[n % SERVERS.length]}_${kind}`, arguments: { text } }
    if (kind === 'get_progress') {
      const progressToken = n % 2 === 0 ? n : `token ${n}`
      this.#tokens.add(JSON.stringify(progressToken))
      params._meta = { progressToken }
    }
    const answer = this.request(id, 'tools/call', params)
    if (n % CANCELLED_EVERY === 0 && kind !== 'get_end') return this.#cancel(id, n)
    const { result } = await answer
    const said = result?.isError === true ? undefined : result?.content?.[0]?.text
    const isRight = said === text || (kind === 'get_large' && said?.startsWith(`${text} y`))
    if (said !== undefined && !isRight) this.counts.wrong += 1
    this.counts[isRight ? 'right' : 'failed'] += 1
    return isRight
  }

  /** Half of them before the server can have read the call. Such a call may be answered once more, or never. */
  async #cancel(id, n) {
    if (n % 2 === 0) await pause(n % 3)
    const key = JSON.stringify(id)
    if (this.#waiting.delete(key)) this.#given.add(key)
    this.send({ method: 'notifications/cancelled', params: { requestId: id } })
    this.counts.cancelled += 1
    return true
  }

  #take({ id, method, params, ...answer }) {
    if (method === 'notifications/progress') {
      if (!this.#tokens.has(JSON.stringify(params.progressToken))) this.counts.strangeProgress += 1
    } else if (method !== undefined) {
      if (id !== undefined) this.send({ id, error: { code: -32601, message: 'Method not found' } })
    } else {
      const key = JSON.stringify(id)
      const done = this.#waiting.get(key)
      if (done === undefined && !this.#given.delete(key)) this.counts.strange += 1
      this.#waiting.delete(key)
      done?.(answer)
    }
  }
}
