// A host that calls without end and knows of each call what came of it: it is answered exactly once with its own words or
// with a failure; one that was cancelled at most once.
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'

const KINDS = ['get_echo', 'get_echo', 'get_echo', 'get_slow', 'get_large', 'get_flood']
const CANCELLED = 0.08
/** The last server is called so seldom that it falls asleep in between. */
const SELDOM = 0.02
const FAILED_PAUSE_MS = 15

export class Caller {
  counts = { right: 0, failed: 0, cancelled: 0, wrong: 0, strange: 0 }
  /** What was said of those that failed, with how often. */
  reasons = new Map()
  #sidemux
  #random
  #servers
  #waiting = new Map()
  #given = new Set()
  #next = 0
  #isOver = false

  constructor(sidemux, servers, random) {
    this.#sidemux = sidemux
    this.#servers = servers
    this.#random = random
    sidemux.stdin.on('error', () => {})
    createInterface({ input: sidemux.stdout }).on('line', (line) => this.#take(JSON.parse(line)))
  }

  /** Calls that have no answer yet. */
  get waiting() {
    return this.#waiting.size
  }

  get calls() {
    return this.#next
  }

  async open() {
    const clientInfo = { name: 'chaos', version: '1' }
    await this.#request('open', 'initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo })
    this.#say({ method: 'notifications/initialized' })
  }

  /** Until it is told to stop; then all that was asked has been answered, or is still waiting after so long. */
  async work(workers, untilOver, patienceMs) {
    const one = async () => {
      while (!this.#isOver) await this.#call((this.#next += 1))
    }
    const all = Promise.all(Array.from({ length: workers }, one))
    await untilOver
    this.#isOver = true
    const patience = new AbortController()
    const late = setTimeout(patienceMs, undefined, { signal: patience.signal }).catch(() => undefined)
    await Promise.race([all, late])
    patience.abort()
  }

  async #call(n) {
    const kind = KINDS[Math.floor(this.#random() * KINDS.length)]
    const [often, seldom] = [this.#servers.slice(0, -1), this.#servers.at(-1)]
    const server = this.#random() < SELDOM ? seldom : often[Math.floor(this.#random() * often.length)]
    const answer = this.#request(n, 'tools/call', { name: `${server}_${kind}`, arguments: { n } })
    if (this.#random() < CANCELLED) return this.#cancel(n)
    const { result, error } = await answer
    const text = result?.content?.[0]?.text ?? error?.message ?? ''
    const isRight = result?.isError !== true && new RegExp(`^said ${n}(?: y+)?$`).test(text)
    if (!isRight && text.startsWith('said ')) this.counts.wrong += 1
    this.counts[isRight ? 'right' : 'failed'] += 1
    if (isRight) return
    const reason = text.split('\n')[0].replaceAll(/\d+/g, 'N').slice(0, 90)
    this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1)
    await setTimeout(FAILED_PAUSE_MS)
  }

  async #cancel(n) {
    await setTimeout(this.#random() * 20)
    if (this.#waiting.delete(n)) this.#given.add(n)
    this.#say({ method: 'notifications/cancelled', params: { requestId: n } })
    this.counts.cancelled += 1
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
    if (method !== undefined) {
      if (id !== undefined) this.#say({ id, error: { code: -32601, message: 'Method not found' } })
      return
    }
    const done = this.#waiting.get(id)
    if (done === undefined && !this.#given.delete(id)) this.counts.strange += 1
    this.#waiting.delete(id)
    done?.(answer)
  }
}
