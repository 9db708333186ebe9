// A host that says no more than it has to, and its sidecar. Told what it is started with, since some rounds start it below
// another process.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** Node hides from those below it what it was started with, up to the first gap beyond 15. */
const HIGH = 40

export class Host {
  #next = 0
  #waiting = new Map()
  #errors = ''

  /** @param options of spawn: env, cwd; and `open`, a descriptor that it has left open to what it starts */
  constructor([program, ...args], { open, ...options }) {
    const stdio = [
      'pipe',
      'pipe',
      'pipe',
      ...(open === undefined ? [] : [...Array(HIGH - 3).fill('ignore'), open]),
    ]
    this.process = spawn(program, args, { ...options, stdio })
    this.process.stdin.on('error', () => {})
    this.process.stderr.on('data', (chunk) => (this.#errors += chunk))
    createInterface({ input: this.process.stdout }).on('line', (line) => this.#take(line))
    this.ended = new Promise((done) => this.process.on('close', done))
    this.process.on('close', () => {
      for (const fail of this.#waiting.values()) fail({ error: { message: 'the sidecar is gone' } })
    })
  }

  get errors() {
    return this.#errors
  }

  async open() {
    const clientInfo = { name: 'attack', version: '1' }
    await this.request('initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo })
    this.#say({ method: 'notifications/initialized' })
  }

  request(method, params) {
    const id = (this.#next += 1)
    return new Promise((done) => {
      this.#waiting.set(id, done)
      this.#say({ id, method, params })
    })
  }

  /** The text of a tool's result. @throws Error with what was said in its place */
  async call(name, args = {}) {
    const { result, error } = await this.request('tools/call', { name, arguments: args })
    const text = result?.content?.map((part) => part.text ?? '').join('\n')
    if (error !== undefined || result?.isError === true) throw new Error(`${name}: ${error?.message ?? text}`)
    return text
  }

  async close() {
    this.process.stdin.end()
    await this.ended
  }

  #say(message) {
    this.process.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  }

  #take(line) {
    const message = JSON.parse(line)
    if (message.method !== undefined) {
      if (message.id !== undefined) this.#say({ id: message.id, error: { code: -32601, message: 'no' } })
      return
    }
    this.#waiting.get(message.id)?.(message)
    this.#waiting.delete(message.id)
  }
}
