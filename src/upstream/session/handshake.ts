/**
 * Finds out which era a server speaks, on the very process or address that is then used, and shakes hands in it.
 *
 * - The server is probed with `server/discover`. A local one that is silent for 3 s is of the older era; a remote one
 *   that is silent is away.
 * - A remembered era is used without a probe. What was remembered may be wrong by now: of the newer era a list and an
 *   answer to `server/discover` are the proof.
 * - A server that is slow to start may show when nobody waits any more that it is of 2026-07-28: it answers the probe
 *   too late, or refuses `initialize` and names the versions that it speaks.
 */
import { isRecord, type JsonObject } from '../../json/record.ts'
import { MODERN_VERSIONS, UNSUPPORTED_VERSION } from '../../wire/message.ts'
import { RpcError } from '../../wire/rpc-error.ts'
import type { RequestEnd } from '../link/request-end.ts'
import { FIRST_MODERN_VERSION } from '../link/gate.ts'
import { MAX_TIMER_MS, settlesWithin } from '../wait.ts'
import { isMethodNotFound, NoAnswer } from './no-answer.ts'
import { CLIENT_INFO, envelopeOf, type Speaker } from './speaker.ts'

export const PROBE_TIMEOUT_MS = 3000

/** Who answers `initialize` is awake, and answers the probe before it within this time, if ever. */
const LATE_PROBE_MS = 1000

/** Those before 2026-07-28, newest first. */
const LEGACY_VERSIONS: readonly string[] = [
  '2025-11-25',
  '2025-06-18',
  '2025-03-26',
  '2024-11-05',
  '2024-10-07',
]

/** `legacy`, or the version of a server of 2026-07-28 or later. */
export type ServerEra = string

export interface HandshakeOptions {
  /** As remembered from an earlier start. */
  readonly era: ServerEra | undefined
  readonly probeTimeoutMs: number
  readonly timeoutMs: number
}

/** It speaks none of our versions; `names` is what it names instead, in its words. */
export class UnknownVersion extends Error {
  readonly names: string
  constructor(names: string) {
    super('The server speaks no version of MCP that sidemux knows.')
    this.names = names
  }
}

export class Handshake {
  readonly #speaker: Speaker
  readonly #options: HandshakeOptions
  #answer: JsonObject = {}
  #provedModern = false
  #initializing = false
  #probes = 0
  /** The answer to a probe that nobody waits for any more. */
  #late: Promise<RequestEnd> | undefined

  constructor(speaker: Speaker, options: HandshakeOptions) {
    this.#speaker = speaker
    this.#options = options
  }

  /** The result of `initialize` or `server/discover`, as it came. */
  get answer(): JsonObject {
    return this.#answer
  }

  /** It is of 2026-07-28 after all. */
  get provedModern(): boolean {
    return this.#provedModern
  }

  /** @throws RpcError, NoAnswer, UnknownVersion, or what the link could not be started with */
  async shake(): Promise<void> {
    const { era } = this.#options
    if (era !== undefined && era !== 'legacy' && !MODERN_VERSIONS.includes(era))
      throw new NoAnswer({ how: 'odd' })
    await this.#speaker.link.start()
    if (era === undefined) await this.#findOut()
    else if (era === 'legacy') await this.#initialize()
    else await this.#prove(era)
  }

  async #findOut(): Promise<void> {
    const [newest = FIRST_MODERN_VERSION] = MODERN_VERSIONS
    let answer = await this.#probe(newest)
    const named = answer === undefined ? undefined : modernNamed(answer)
    if (named?.mutual !== undefined) answer = await this.#probe(named.mutual)
    else if (named !== undefined && named.all.length > 0) throw new UnknownVersion(named.all.join(', '))
    // It has named a version, and doesn't take it.
    const again = answer === undefined ? undefined : modernNamed(answer)
    if (again?.mutual !== undefined) throw new UnknownVersion(again.all.join(', '))
    const result = answer?.kind === 'result' && isRecord(answer.result) ? answer.result : {}
    const versions = versionsIn(result)
    const version = MODERN_VERSIONS.find((one) => versions.includes(one))
    if (version === undefined) return this.#initialize()
    this.#answer = result
    this.#speaker.speak(version)
  }

  /** Undefined when it isn't answered in time. */
  async #probe(version: string): Promise<RequestEnd | undefined> {
    const { link, capabilities } = this.#speaker
    this.#probes += 1
    const id = `server-discover-probe-${this.#probes}`
    const params = { _meta: envelopeOf(version, capabilities) }
    const answered = new Promise<RequestEnd>((resolve) => {
      link.request(id, 'server/discover', params, {
        method: 'server/discover',
        answered: (one) => {
          if (this.#initializing && one.kind === 'result') this.#provedModern = true
          resolve(one)
        },
      })
    })
    const inTime = await settlesWithin(answered, Math.min(this.#options.probeTimeoutMs, MAX_TIMER_MS))
    const answer = inTime ? await answered : undefined
    if (answer === undefined) this.#late = answered
    if (answer === undefined && link.pid === null) throw new NoAnswer({ how: 'late' })
    if (answer?.kind === 'gone' || answer?.kind === 'unread') throw new NoAnswer({ how: answer.kind })
    return answer
  }

  async #initialize(): Promise<void> {
    const speaker = this.#speaker
    const { timeoutMs } = this.#options
    const [newest] = LEGACY_VERSIONS
    this.#initializing = true
    const params = { protocolVersion: newest, capabilities: speaker.capabilities, clientInfo: CLIENT_INFO }
    let result: unknown
    try {
      result = await speaker.ask('initialize', params, { timeoutMs })
    } catch (error) {
      throw await this.#refused(error)
    }
    this.#answer = recordIn(result)
    const { protocolVersion } = this.#answer
    if (typeof protocolVersion !== 'string') throw new NoAnswer({ how: 'odd' })
    if (!LEGACY_VERSIONS.includes(protocolVersion)) throw new UnknownVersion(protocolVersion)
    speaker.speak(protocolVersion)
    await speaker.notify('notifications/initialized')
  }

  async #refused(error: unknown): Promise<unknown> {
    if (!(error instanceof RpcError)) return error
    const named = supportedIn(error)
    if (named === undefined) {
      await this.#hearLate()
      return error
    }
    if (named.includes(FIRST_MODERN_VERSION)) this.#provedModern = true
    return new UnknownVersion(named.join(', '))
  }

  /**
   * A server that was slow to start finds the probe and `initialize` together. One that does several things at a time may
   * refuse the second before it answers the first.
   */
  async #hearLate(): Promise<void> {
    if (this.#late !== undefined && !this.#provedModern) await settlesWithin(this.#late, LATE_PROBE_MS)
  }

  /**
   * A server of the older era may not answer what it doesn't know, but a list it does, and in its own way.
   */
  async #prove(era: string): Promise<void> {
    const speaker = this.#speaker
    const { timeoutMs } = this.#options
    speaker.speak(era)
    const list = speaker.ask('tools/list', undefined, { timeoutMs }).then(
      (raw) => isRecord(raw) && raw['resultType'] === undefined,
      (error: unknown) => !isMethodNotFound(error),
    )
    const discovered = speaker.ask('server/discover', undefined, { timeoutMs })
    discovered.catch(() => undefined)
    if ((await Promise.race([list, discovered])) === true) throw new NoAnswer({ how: 'odd' })
    const result = recordIn(await discovered)
    if (!versionsIn(result).includes(era)) throw new NoAnswer({ how: 'odd' })
    this.#answer = result
  }
}

/** @throws NoAnswer */
function recordIn(result: unknown): JsonObject {
  if (isRecord(result)) return result
  throw new NoAnswer({ how: 'bad', why: 'with a result that is not an object', failing: {} })
}

function versionsIn({ supportedVersions }: JsonObject): readonly string[] {
  const isList = Array.isArray(supportedVersions) && supportedVersions.every((one) => typeof one === 'string')
  return isList ? supportedVersions : []
}

/** The versions that a refusal names; undefined for an error that is no such refusal. */
function supportedIn({ code, data }: Pick<RpcError, 'code' | 'data'>): readonly string[] | undefined {
  const supported: unknown = isRecord(data) ? data['supported'] : undefined
  const isList =
    Array.isArray(supported) && supported.length > 0 && supported.every((one) => typeof one === 'string')
  return code === UNSUPPORTED_VERSION && isList ? supported : undefined
}

/** Undefined where it refuses no version, or names older ones only. */
function modernNamed(
  answer: RequestEnd,
): { readonly all: readonly string[]; readonly mutual?: string } | undefined {
  const supported = answer.kind === 'error' ? supportedIn(answer.error) : undefined
  const modern = supported?.filter((version) => version >= FIRST_MODERN_VERSION) ?? []
  if (supported === undefined || modern.length === 0) return undefined
  const mutual = MODERN_VERSIONS.find((version) => modern.includes(version))
  return { all: supported, ...(mutual !== undefined && { mutual }) }
}
