/**
 * The connections of one client: kept and used again, one agent for each way that a request can take (plain http to this
 * machine, https straight, https through a proxy to one origin). A request that may not meet a connection which its
 * peer is just closing gets one of its own (`fresh`). Idle connections don't keep the process running, and all end with
 * `close`.
 */
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Reach } from './address.ts'
import { coded } from './failure.ts'
import { proxyFor } from './proxy.ts'
import { checkBehindProxy, lookupWithin } from './reach.ts'
import type { Trust } from './trust.ts'
import { PROBE_MS, TunnelAgent } from './tunnel.ts'

export interface WaysOptions {
  readonly reach: Reach
  readonly plain: Reach
  /** Where the proxy's variables are. */
  readonly env: NodeJS.ProcessEnv
  readonly trust: Trust | undefined
  readonly connectMs: number
}

const MAX_SOCKETS = 256
/** Shorter than servers usually keep them, so that a request seldom meets a connection that is just being closed. */
const IDLE_MS = 4000

export class Ways {
  readonly #options: WaysOptions
  readonly #agents = new Map<string, HttpAgent>()
  #closed = false

  constructor(options: WaysOptions) {
    this.#options = options
  }

  /** @throws NotAllowedError, or an Error with a `code` when the proxy's variable is no address. */
  async agentFor(url: URL, isFresh: boolean): Promise<HttpAgent> {
    const common = {
      keepAlive: !isFresh,
      keepAliveInitialDelay: PROBE_MS,
      maxSockets: MAX_SOCKETS,
      timeout: IDLE_MS,
    }
    const kind = isFresh ? 'fresh' : 'kept'
    const { reach, plain, env, trust, connectMs } = this.#options
    if (url.protocol === 'http:')
      return this.#agent(`http ${kind}`, () => new HttpAgent({ ...common, lookup: lookupWithin(plain) }))
    const proxy = proxyFor(url, env)
    const secure = { ...common, ...(trust !== undefined && { secureContext: trust.context }) }
    if (proxy === undefined)
      return this.#agent(`https ${kind}`, () => new HttpsAgent({ ...secure, lookup: lookupWithin(reach) }))
    await checkBehindProxy(url, reach)
    return this.#agent(
      `${proxy.href} ${url.origin} ${kind}`,
      () => new TunnelAgent({ proxy, target: url, connectMs, trust }, common),
    )
  }

  /** Connections that are in use end too. */
  close(): void {
    this.#closed = true
    for (const agent of this.#agents.values()) agent.destroy()
  }

  #agent(way: string, make: () => HttpAgent): HttpAgent {
    if (this.#closed) throw coded('ECANCELED')
    const agent = this.#agents.get(way) ?? make()
    this.#agents.set(way, agent)
    return agent
  }
}

/** Whether a request may get a connection that has been idle. */
export function hasIdle(agent: HttpAgent): boolean {
  return Object.keys(agent.freeSockets).length > 0
}
