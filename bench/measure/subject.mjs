// A contender that runs: its connection, and one function for each thing that is measured of it. An answer that isn't
// the right one ends the bench.
import { glanced } from '../connection.mjs'

const PATIENCE_MS = 30_000
const pause = (ms) => new Promise((done) => setTimeout(done, ms))

export class Subject {
  /** Calls so far: memory is looked at after a number of them. */
  calls = 0
  #connection
  #contender

  constructor(name, contender, connection) {
    this.name = name
    this.#contender = contender
    this.#connection = connection
  }

  /** @param host capabilities and onRequest of the host that it is put behind */
  static async open(place, name, contender, host = {}) {
    const { command, cwd, env } = contender
    const connection = place.connect(command, { read: glanced, cwd, env, ...host })
    await connection.open()
    const subject = new Subject(name, contender, connection)
    await subject.#isReady()
    return subject
  }

  get pid() {
    return this.#connection.process.pid
  }

  /** One call of a tool of the first server, and its answer. */
  async call(tool, args) {
    this.calls += 1
    const { named, wrap } = this.#contender
    const params = { name: named(tool), arguments: wrap ? wrap(tool, args) : args }
    return right(this.name, await this.#connection.request('tools/call', params))
  }

  async echo() {
    const { result } = await this.call('get_echo', { text: 'hello' })
    if (result.content[0].text !== 'hello') throw new Error(`${this.name} answered ${JSON.stringify(result)}`)
  }

  async resultOf(size) {
    const { bytes } = await this.call('get_bytes', { size })
    if (!(bytes > size)) throw new Error(`${this.name} gave ${bytes} bytes in place of ${size}`)
  }

  async argumentsOf(text) {
    const { result } = await this.call('get_length', { text })
    if (result.content[0].text !== String(text.length))
      throw new Error(`${this.name} lost some of the argument`)
  }

  /** A function that gets the first prompt, and one that reads the first resource; undefined without them. */
  async others() {
    if (this.#contender.wrap) return undefined
    const first = async (kind) =>
      right(this.name, await this.#connection.request(`${kind}/list`, {})).result[kind][0]
    const [{ name }, { uri }] = [await first('prompts'), await first('resources')]
    const request = async (method, params) => right(this.name, await this.#connection.request(method, params))
    return {
      prompt: () => request('prompts/get', { name }),
      resource: () => request('resources/read', { uri }),
    }
  }

  close() {
    return this.#connection.close()
  }

  /** Some answer before their servers are up. */
  async #isReady() {
    const end = performance.now() + PATIENCE_MS
    for (;;) {
      try {
        return await this.echo()
      } catch (error) {
        if (performance.now() > end) throw error
        await pause(50)
      }
    }
  }
}

function right(name, answer) {
  if (answer.error !== undefined || answer.isError === true || answer.result?.isError === true)
    throw new Error(`${name} answered ${JSON.stringify(answer).slice(0, 300)}`)
  return answer
}
