// What calls cost in the sidecar itself, counted and not timed: the real rooms and the host's end in this process, and a
// real server beside it. Used by cost.mjs with the built modules, and by the test that holds the figures.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { PassThrough } from 'node:stream'
import { Counting, parse, stringify } from './counting.mjs'

/** Where that is of the sidecar which it takes, below dist/. */
export const MODULES = [
  'sidecar/sidecar.js',
  'config/load.js',
  'downstream/host-link.js',
  'downstream/server.js',
  'log.js',
  'redact/redactor.js',
]
const CHILD = resolve(import.meta.dirname, 'cost-child.mjs')
const SECRET = 'cost-secret-0123456789'
const LARGE = 100_000
/** Of so many calls the cheapest counts, since what a timer does meanwhile is none of the call. */
const TRIES = 5
/** An answer that comes sooner is taken for a program's. */
const READING_MS = 1100

export const CALLS = {
  small: { name: 'c_get_text', arguments: { text: 'hello' } },
  'argument of 100 kB': { name: 'c_get_text', arguments: { text: 'x'.repeat(LARGE) } },
  'result of 100 kB': { name: 'c_get_text', arguments: { bytes: LARGE } },
  blocked: { name: 'c_drop_text', arguments: { text: 'hello' } },
  asks: { name: 'c_delete_text', arguments: { text: 'hello' } },
}

const config = {
  version: 1,
  secrets: { local: { type: 'dotenv', path: '.env' } },
  approvals: { channels: ['elicitation'] },
  servers: {
    c: {
      command: process.execPath,
      args: [CHILD],
      env: { TOKEN: '${local:TOKEN}' },
      tools: { confirm: ['delete_*'], block: ['drop_*'], rateLimit: { '{get,show}_*': '1000/minute' } },
    },
  },
}

/** The counts of each of CALLS, by its name. */
export async function costs(modules) {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-cost-'))
  writeFileSync(join(dir, 'servers.yaml'), stringify(config))
  writeFileSync(join(dir, '.env'), `TOKEN=${SECRET}\n`, { mode: 0o600 })
  const opened = await open(dir, modules)
  const counting = new Counting()
  try {
    await opened.host.introduce()
    const counted = {}
    for (const [name, call] of Object.entries(CALLS))
      counted[name] = await cheapest(opened.host, call, counting)
    return counted
  } finally {
    counting.end()
    await opened.close()
    rmSync(dir, { recursive: true, force: true })
  }
}

async function cheapest(host, call, counting) {
  let best
  for (let index = 0; index < (call === CALLS.asks ? 3 : TRIES); index += 1) {
    counting.begin()
    const { error, result } = await host.request('tools/call', call)
    const { counts } = counting
    if (call !== CALLS.blocked && (error !== undefined || result.isError === true))
      throw new Error(`the call failed: ${stringify(error ?? result).slice(0, 300)}`)
    if (best === undefined || counts.writes + counts.files < best.writes + best.files) best = counts
  }
  return best
}

async function open(dir, { Sidecar, requireRunnable, HostLink, serveHost, createLog, Redactor }) {
  const env = {
    PATH: process.env.PATH,
    HOME: dir,
    SIDEMUX_STATE_DIR: join(dir, 'state'),
    SIDEMUX_TRUST: 'off',
  }
  const redactor = new Redactor()
  const log = createLog({ level: 'silent', scrub: (line) => redactor.maskText(line).text })
  const whole = await requireRunnable({ config: join(dir, 'servers.yaml'), env, cwd: dir })
  const sidecar = await Sidecar.open(whole, {
    stateDir: join(dir, 'state'),
    env,
    log,
    version: '0',
    redactor,
  })
  const host = new Host()
  const front = { version: '0', instructions: () => sidecar.instructions(), onError: () => {} }
  const served = serveHost(new HostLink(host.stdin, host.stdout), front, {
    list: (kind, asking) => sidecar.list(kind, asking),
    call: (call) => sidecar.call(call),
    nextCallId: () => sidecar.nextCallId(),
    onHost: (name) => sidecar.setHost(name),
    onIntroduced: (capabilities) => {
      sidecar.host.introduced(capabilities)
      sidecar.start()
    },
    onConnected: (connected) => sidecar.host.connected(connected),
    onListed: () => {},
    onLogLevel: () => {},
    onRootsChanged: () => {},
    watch: (uri) => sidecar.watch(uri),
    unwatch: (uri) => sidecar.unwatch(uri),
  })
  const close = async () => {
    await served.close()
    await sidecar.stop()
  }
  return { host, close }
}

/** A host that says no more than it has to, and whose user says yes to all that is asked. */
class Host {
  stdin = new PassThrough()
  stdout = new PassThrough()
  #waiting = new Map()
  #next = 0
  #rest = ''

  constructor() {
    this.stdout.setEncoding('utf8').on('data', (chunk) => {
      const lines = (this.#rest + chunk).split('\n')
      this.#rest = lines.pop()
      for (const line of lines) this.#take(parse(line))
    })
  }

  async introduce() {
    const capabilities = { elicitation: {} }
    const clientInfo = { name: 'counting', version: '1' }
    await this.request('initialize', { protocolVersion: '2025-06-18', capabilities, clientInfo })
    this.#send({ method: 'notifications/initialized' })
    const { result } = await this.request('tools/list', {})
    if (result.tools.length !== 2)
      throw new Error(`the two tools that are listed, not ${stringify(result.tools)}`)
  }

  request(method, params) {
    const id = ++this.#next
    return new Promise((done) => {
      this.#waiting.set(id, done)
      this.#send({ id, method, params })
    })
  }

  #take({ id, method, ...message }) {
    if (method === 'elicitation/create') {
      const result = { action: 'accept', content: { decision: 'approve once' } }
      setTimeout(() => this.#send({ id, result }), READING_MS)
    } else if (method === undefined) {
      this.#waiting.get(id)?.(message)
      this.#waiting.delete(id)
    }
  }

  #send(message) {
    this.stdin.write(`${stringify({ jsonrpc: '2.0', ...message })}\n`)
  }
}
