// A host that knows of each call what came of it: it is answered exactly once, with its own words.
import { createInterface } from 'node:readline'

export class Host {
  counts = { right: 0, failed: 0, strange: 0 }
  reasons = new Map()
  calls = 0
  #sidemux
  #waiting = new Map()

  constructor(sidemux) {
    this.#sidemux = sidemux
    sidemux.stdin.on('error', () => {})
    createInterface({ input: sidemux.stdout }).on('line', (line) => this.#take(JSON.parse(line)))
  }

  get waiting() {
    return this.#waiting.size
  }

  async open() {
    const clientInfo = { name: 'idle', version: '1' }
    await this.#request('open', 'initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo })
    this.#say({ method: 'notifications/initialized' })
    await this.#request('list', 'tools/list', {})
  }

  async call(server) {
    const n = (this.calls += 1)
    const { result, error } = await this.#request(n, 'tools/call', {
      name: `${server}_get_echo`,
      arguments: { n },
    })
    const text = result?.content?.[0]?.text ?? error?.message ?? ''
    const isRight = result?.isError !== true && text === `said ${n}`
    this.counts[isRight ? 'right' : 'failed'] += 1
    if (isRight) return
    const reason = text.split('\n')[0].replaceAll(/\d+/g, 'N').slice(0, 120)
    this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1)
  }

  #request(id, method, params) {
    return new Promise((done) => {
      this.#waiting.set(id, done)
      this.#say({ id, method, params })
    })
  }

  #say(message) {
    this.#sidemux.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  }

  #take({ id, method, ...answer }) {
    if (method !== undefined) return
    const done = this.#waiting.get(id)
    if (done === undefined) this.counts.strange += 1
    this.#waiting.delete(id)
    done?.(answer)
  }
}
