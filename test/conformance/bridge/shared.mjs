/**
 * All clients of 2026-07-28: one process. Requests get ids of the bridge's own, because the suite's repeat, and get
 * theirs back; what isn't an answer finds its request by subscription id or progress token. A stream that the client
 * closes is a cancelled request.
 */
import { Exchange, reply } from './exchange.mjs'
import { Process } from './process.mjs'

export const PREFIX = 'io.modelcontextprotocol/'
const SUBSCRIPTION = `${PREFIX}subscriptionId`

/** The status that 2026-07-28 gives to errors of the protocol. */
const STATUS = new Map([
  [-32_601, 404],
  [-32_602, 400],
  [-32_021, 400],
  [-32_022, 400],
])

/** Servers of both eras settle on one by the first request, and on stdio all scenarios share what is settled. */
const OPENING = {
  [`${PREFIX}protocolVersion`]: '2026-07-28',
  [`${PREFIX}clientCapabilities`]: {},
  [`${PREFIX}clientInfo`]: { name: 'conformance-bridge', version: '1.0.0' },
}

export class Shared {
  #open = new Map()
  #last = 0
  #process

  constructor(options) {
    this.#process = new Process(options, (message) => this.#take(message))
    void this.#process.exited.then(() => this.#open.forEach((exchange) => exchange.fail()))
    this.#process.send({ jsonrpc: '2.0', id: 0, method: 'tools/list', params: { _meta: OPENING } })
  }

  post(message, response) {
    if (message.id === undefined || message.method === undefined) {
      reply(response, 202)
      this.#process.send(message)
      return
    }
    this.#last += 1
    const id = this.#last
    this.#open.set(id, new Exchange(response, message))
    response.on('close', () => {
      if (!this.#open.delete(id)) return
      const params = { requestId: id, reason: 'the stream was closed' }
      this.#process.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params })
    })
    this.#process.send({ ...message, id })
  }

  #take(message) {
    if (message.method !== undefined) {
      const [id, exchange] = this.#belongsTo(message.params) ?? []
      exchange?.event(withSubscription(message, 'params', id, exchange.message.id))
      return
    }
    const exchange = this.#open.get(message.id)
    if (!this.#open.delete(message.id)) return
    const { id } = exchange.message
    const status = STATUS.get(message.error?.code) ?? 200
    exchange.finish(withSubscription({ ...message, id }, 'result', message.id, id), status)
  }

  #belongsTo({ _meta, progressToken } = {}) {
    const open = [...this.#open]
    const subscription = _meta?.[SUBSCRIPTION]
    if (subscription !== undefined) return open.find(([id]) => String(id) === String(subscription))
    if (progressToken !== undefined)
      return open.find(([, { message }]) => message.params?._meta?.progressToken === progressToken)
    return open.findLast(([, { message }]) => message.method !== 'subscriptions/listen')
  }

  stop() {
    return this.#process.stop()
  }
}

/** A subscription is named by the id of its request, which the bridge has changed. */
function withSubscription(message, member, ours, theirs) {
  const _meta = message[member]?._meta
  if (_meta === undefined || String(_meta[SUBSCRIPTION]) !== String(ours)) return message
  return { ...message, [member]: { ...message[member], _meta: { ..._meta, [SUBSCRIPTION]: theirs } } }
}
