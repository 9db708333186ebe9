/**
 * Keeps what servers reached for and were refused, for the log and for the hint of a call that failed meanwhile: a server
 * seldom says itself why it got no answer. What a refusal says names the host and the setting.
 */
import { isIPv6 } from 'node:net'
import type { WhyRefused } from './decide.ts'

export interface RefusedPlace {
  readonly server: string
  readonly host: string
  /** Absent where only the name was asked for. */
  readonly port?: number
  readonly why: WhyRefused
  /** Where the name is. */
  readonly address?: string
  /** In ms since 1970, of the last time. */
  readonly at: number
}

/** Of each server; a hostile one can make up names. */
const MOST = 64
/** Of each server, what is told within the time; the rest is only kept. */
const MOST_TOLD = 32
const TOLD_WITHIN_MS = 60 * 60_000

export class RefusedPlaces {
  readonly #kept = new Map<string, Map<string, RefusedPlace>>()
  readonly #told = new Map<string, { since: number; count: number }>()
  readonly #onNew: (refusal: RefusedPlace) => void

  /** @param onNew of a place that this server wasn't refused before, as far as is remembered */
  constructor(onNew: (refusal: RefusedPlace) => void) {
    this.#onNew = onNew
  }

  add(refusal: RefusedPlace): void {
    const { server, host, port, why } = refusal
    const own = this.#kept.get(server) ?? new Map<string, RefusedPlace>()
    this.#kept.set(server, own)
    const key = `${why} ${host} ${port ?? ''}`
    const isNew = !own.delete(key)
    own.set(key, refusal)
    const [oldest] = own.keys()
    if (own.size > MOST && oldest !== undefined) own.delete(oldest)
    if (isNew && this.#mayTell(refusal)) this.#onNew(refusal)
  }

  #mayTell({ server, at }: RefusedPlace): boolean {
    const before = this.#told.get(server)
    const told = before === undefined || at - before.since > TOLD_WITHIN_MS ? { since: at, count: 0 } : before
    this.#told.set(server, told)
    told.count += 1
    return told.count <= MOST_TOLD
  }

  /** The latest last. @param since in ms since 1970 */
  of(server: string, since = 0): readonly RefusedPlace[] {
    return [...(this.#kept.get(server)?.values() ?? [])].filter(({ at }) => at >= since)
  }
}

/** One sentence, without its end, and what to do. `host` is what a server wrote, but holds only letters of names. */
export function refusedText({ server, host, port, why, address = host }: RefusedPlace): {
  readonly message: string
  readonly hint: string
} {
  const place = placeOf({ host, port })
  const at = address === host ? '' : ` (${address})`
  const add = (what: string): string =>
    `to allow it, add "${what}" to sandbox.network of "${server}" in servers.yaml`
  const reached = `"${server}" reached for ${place}`
  switch (why) {
    case 'host':
      return { message: `${reached}, which its "network" does not name`, hint: add(place) }
    case 'port':
      return { message: `${reached}, and its "network" names that host without this port`, hint: add(place) }
    case 'none':
      return {
        message: `${reached}, and has no network`,
        hint: `set sandbox.network of "${server}" in servers.yaml`,
      }
    case 'door':
      return { message: `${reached}, where sidemux listens`, hint: 'no server may reach that' }
    case 'loopback':
      return {
        message: `${reached}${at}, which is this machine`,
        hint: add(placeOf({ host: 'localhost', port })),
      }
    case 'private':
      return {
        message: `${reached}${at}, which is in a private network`,
        hint: add(placeOf({ host: address, port })),
      }
    case 'link-local':
      return {
        message: `${reached}${at}, where clouds hand out credentials and neighbours of a cable are`,
        hint: add(placeOf({ host: address, port })),
      }
    case 'unusable':
      return { message: `${reached}${at}, which is no address of a host`, hint: 'check the name' }
  }
}

export function placeOf({
  host,
  port,
}: {
  readonly host: string
  readonly port?: number | undefined
}): string {
  const written = isIPv6(host) ? `[${host}]` : host
  return port === undefined ? written : `${written}:${port}`
}
