// What the benchmarks have in common: a place for their files, a host that measures, and a few figures.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const here = import.meta.dirname
export const ECHO = join(here, 'echo-child.mjs')
export const BIG = join(here, 'big-child.mjs')

/** A directory with a state directory and a dotenv store of these variables. */
export class Place {
  dir = mkdtempSync(join(tmpdir(), 'sidemux-bench-'))

  constructor(variables) {
    const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`)
    writeFileSync(join(this.dir, '.env'), lines.join(''), { mode: 0o600 })
  }

  /** The command that serves this config. */
  sidemux(name, config) {
    const file = join(this.dir, `${name}.yaml`)
    writeFileSync(file, JSON.stringify({ version: 1, ...config }))
    return [process.execPath, resolve(here, '../dist/cli.js'), 'serve', '--config', file]
  }

  /** @param options env, cwd, capabilities and onRequest of this host, and `read`: { id, … } of the parts of a line */
  connect(command, options) {
    return new Connection(command, this.dir, options)
  }

  remove() {
    rmSync(this.dir, { recursive: true, force: true })
  }
}

/** What a place's store is called in a config. */
export const STORE = { secrets: { local: { type: 'dotenv', path: '.env' } } }

/** A host that says no more than it has to. */
class Connection {
  #began = performance.now()
  #waiting = new Map()
  #parts = []
  #next = 0
  #options
  #told = () => {}
  /** Resolves when a list has changed. */
  changed = Promise.resolve()

  constructor(command, dir, { env, cwd, ...options } = {}) {
    this.#options = { read: parsed, capabilities: {}, onRequest: async () => ({}), ...options }
    const own = {
      PATH: process.env.PATH,
      HOME: dir,
      SIDEMUX_STATE_DIR: join(dir, 'state'),
      SIDEMUX_TRUST: 'off',
      ...env,
    }
    this.process = spawn(command[0], command.slice(1), { cwd, env: own, stdio: ['pipe', 'pipe', 'ignore'] })
    this.process.stdin.on('error', () => {})
    this.process.stdout.on('data', (chunk) => this.#take(chunk))
  }

  /** Milliseconds from the start to the answers to initialize and the first list, and that list. */
  async open() {
    const { capabilities } = this.#options
    const clientInfo = { name: 'bench', version: '1' }
    await this.request('initialize', { protocolVersion: '2025-06-18', capabilities, clientInfo })
    const initialize = performance.now() - this.#began
    this.#send({ method: 'notifications/initialized' })
    const tools = await this.request('tools/list', {})
    return { initialize, list: performance.now() - this.#began, tools }
  }

  /** Milliseconds since the start. */
  get elapsed() {
    return performance.now() - this.#began
  }

  request(method, params) {
    // What changes from now on may not be in the answer.
    this.changed = new Promise((told) => {
      this.#told = told
    })
    const id = ++this.#next
    return new Promise((done) => {
      this.#waiting.set(id, done)
      this.#send({ id, method, params })
    })
  }

  close() {
    return new Promise((done) => {
      this.process.on('exit', done)
      this.process.stdin.end()
    })
  }

  async #answer(message) {
    this.#send({ id: message.id, result: await this.#options.onRequest(message) })
  }

  #send(message) {
    this.process.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  }

  #take(chunk) {
    let from = 0
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      this.#parts.push(chunk.subarray(from, end))
      from = end + 1
      const message = this.#options.read(this.#parts)
      this.#parts = []
      if (message.method === undefined) {
        this.#waiting.get(message.id)?.(message)
        this.#waiting.delete(message.id)
      } else if (message.id !== undefined) {
        void this.#answer(message)
      } else if (message.method === 'notifications/tools/list_changed') {
        this.#told()
      }
    }
    if (from < chunk.length) this.#parts.push(chunk.subarray(from))
  }
}

const parsed = (parts) => JSON.parse((parts.length === 1 ? parts[0] : Buffer.concat(parts)).toString())

/** Looks only at the ends of a large line, so that the host that measures isn't the one that is late. */
export function glanced(parts) {
  const bytes = parts.reduce((sum, part) => sum + part.length, 0)
  if (bytes < 10_000) return parsed(parts)
  const whole = parts.length === 1 ? parts[0] : Buffer.concat(parts)
  const ends = [whole.subarray(0, 200), whole.subarray(-200)].map(String)
  const [, id] = /^\{"jsonrpc":"2.0","id":(\d+)/.exec(ends[0]) ?? /"id":(\d+)\}$/.exec(ends[1]) ?? []
  return { id: Number(id), bytes, isError: ends.some((end) => end.includes('"isError":true')) }
}

export const quantile = (values, q) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))] ?? Number.NaN
export const median = (values) => quantile(values, 0.5)

export async function timed(act) {
  const start = performance.now()
  await act()
  return performance.now() - start
}

/** Resident memory of one process in MiB, where /proc tells. */
export function memory(pid) {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024
  } catch {
    return Number.NaN
  }
}
