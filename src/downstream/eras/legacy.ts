/**
 * MCP up to 2025-11-25 towards a host. What it can do is told once, by `initialize`; what changes is told unasked; and it
 * can be asked something at any time.
 */
import { isRecord, type JsonObject } from '../../json/record.ts'
import { isSeverity } from '../../upstream/messages/severity.ts'
import { askBy, legacySelf, type HostSelf } from '../asker.ts'
import type { HostRequest } from '../host-request.ts'
import type { HostNotification } from '../incoming.ts'
import { invalid, textOf } from '../requests.ts'
import type { HostRooms } from '../rooms.ts'
import { answerShared, CAPABILITIES, earlyList, type EraDeps, type HostEra } from './era.ts'
import { initializeFault } from './introduction.ts'

/** Newest first; who names none of them is offered the newest (2025-11-25 basic/lifecycle, version negotiation). */
const VERSIONS: readonly string[] = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05', '2024-10-07']

export class LegacyEra implements HostEra {
  readonly name = 'legacy'
  readonly #deps: EraDeps
  #said: Parameters<typeof legacySelf>[0] = { capabilities: {}, info: undefined, logLevel: undefined }
  #self: HostSelf

  constructor(deps: EraDeps) {
    this.#deps = deps
    this.#self = legacySelf(this.#said, deps.questions)
    const connected = {
      hearsLogs: true,
      listens: false,
      ask: askBy(deps.questions),
      notify: (method: string, params?: JsonObject) => this.notify(method, params),
    }
    deps.withRooms((rooms) => rooms.onConnected(connected))
  }

  greet({ method, params }: HostRequest): JsonObject | undefined {
    if (method === 'ping') return {}
    return method === 'initialize' ? this.#initialize(params) : undefined
  }

  early(request: HostRequest): JsonObject | undefined {
    return earlyList(request, this.#self, this.#deps)
  }

  answer(request: HostRequest, rooms: HostRooms): JsonObject | Promise<JsonObject> {
    const { method, params } = request
    if (method === 'logging/setLevel') {
      const level = levelOf(params)
      this.#say({ logLevel: level })
      rooms.onLogLevel(level)
      return {}
    }
    if (method === 'resources/unsubscribe') {
      rooms.unwatch(textOf(params, 'uri'))
      return {}
    }
    const notify = this.#deps.notify
    return answerShared(request, { self: this.#self, rooms, era: 'legacy', notify })
  }

  finish(_method: string, result: JsonObject): JsonObject {
    return result
  }

  told({ method }: HostNotification): void {
    if (method === 'notifications/roots/list_changed') this.#deps.withRooms((rooms) => rooms.onRootsChanged())
    const { name } = this.#self
    if (method === 'notifications/initialized' && name !== undefined)
      this.#deps.withRooms((rooms) => rooms.onHost(name))
    if (method === 'notifications/initialized')
      this.#deps.withRooms((rooms) => rooms.onReady(this.#self.asker))
  }

  cancel(): boolean {
    return false
  }

  notify(method: string, params?: JsonObject): void {
    const { elicitation } = this.#said.capabilities
    const opensPages = isRecord(elicitation) && isRecord(elicitation['url'])
    if (method === 'notifications/elicitation/complete' && !opensPages) return
    this.#deps.notify(method, params)
  }

  end(): readonly [] {
    return []
  }

  #initialize(params: JsonObject): JsonObject {
    const fault = initializeFault(params)
    if (fault !== undefined) throw invalid(`${fault.key} is ${fault.problem}`)
    const capabilities = params['capabilities'] as JsonObject
    this.#say({ capabilities, info: params['clientInfo'] })
    this.#deps.withRooms((rooms) => rooms.onIntroduced(capabilities))
    const { front } = this.#deps
    const said = front.instructions()
    return {
      protocolVersion: VERSIONS.includes(String(params['protocolVersion']))
        ? params['protocolVersion']
        : VERSIONS[0],
      capabilities: CAPABILITIES,
      serverInfo: { name: 'sidemux', version: front.version },
      ...(said !== undefined && said !== '' && { instructions: said }),
    }
  }

  #say(more: Partial<Parameters<typeof legacySelf>[0]>): void {
    this.#said = { ...this.#said, ...more }
    this.#self = legacySelf(this.#said, this.#deps.questions)
  }
}

function levelOf(params: JsonObject): string {
  const level = textOf(params, 'level')
  if (!isSeverity(level)) throw invalid('level is none of RFC 5424')
  return level
}
