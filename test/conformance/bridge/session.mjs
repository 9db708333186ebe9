/**
 * A client of 2025-11-25: a session is a process of its own. Stdio doesn't say which request something belongs to that
 * isn't an answer, so it goes out on the newest one's stream, or on the GET stream when none is open.
 */
import { randomUUID } from 'node:crypto'
import { Exchange, openStream, reply } from './exchange.mjs'
import { Process } from './process.mjs'

export class Session {
  id = randomUUID()
  #open = new Map()
  #get
  #process

  constructor(options) {
    this.#process = new Process(options, (message) => this.#take(message))
    void this.#process.exited.then(() => this.#open.forEach((exchange) => exchange.fail()))
  }

  post(message, response) {
    if (message.id === undefined || message.method === undefined) reply(response, 202)
    else {
      this.#open.set(message.id, new Exchange(response, message))
      response.on('close', () => this.#open.delete(message.id))
    }
    this.#process.send(message)
  }

  get(response) {
    openStream(response)
    this.#get = new Exchange(response)
    response.on('close', () => (this.#get = undefined))
  }

  #take(message) {
    if (message.method !== undefined) {
      const stream = [...this.#open.values()].at(-1) ?? this.#get
      stream?.event(message)
    } else {
      this.#open.get(message.id)?.finish(message, 200, { 'mcp-session-id': this.id })
      this.#open.delete(message.id)
    }
  }

  async stop() {
    this.#get?.response.end()
    await this.#process.stop()
  }
}
