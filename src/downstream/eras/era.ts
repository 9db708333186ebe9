/**
 * Serves what the two eras of MCP have in common towards a host, the lists and calls, and gives the form in which each
 * serves what is its own (legacy.ts, modern.ts).
 */
import { setImmediate } from 'node:timers/promises'
import type { JsonObject } from '../../json/record.ts'
import type { Outcome } from '../../pipeline/call.ts'
import { showsPages } from '../../relay/capabilities.ts'
import type { OfferKind } from '../../upstream/messages/offer.ts'
import { METHOD_NOT_FOUND } from '../../wire/message.ts'
import { RpcError } from '../../wire/rpc-error.ts'
import type { HostSelf } from '../asker.ts'
import { hostReply } from '../host-reply.ts'
import type { HostRequest } from '../host-request.ts'
import type { HostNotification } from '../incoming.ts'
import { callOf, CALLS, invalid } from '../requests.ts'
import type { HostFront, HostRooms, ListingHost } from '../rooms.ts'
import type { HostQuestions } from '../questions.ts'
import type { EraName } from './opening.ts'

/** What an era has of the connection that it is served on. */
export interface EraDeps {
  readonly front: HostFront
  readonly questions: HostQuestions
  /** Acts at once, or as soon as the rooms are there; in order. */
  withRooms(act: (rooms: HostRooms) => void): void
  /** Nobody learns whether it arrived. */
  readonly notify: (method: string, params?: JsonObject) => void
  /** Tells what the host waits for: it is sent also when the host is slow to read. */
  readonly confirm: (method: string, params: JsonObject) => void
}

export interface HostEra {
  readonly name: EraName
  /**
   * Answers what needs no room: undefined for all else.
   * @throws RpcError where the request isn't one of this era
   */
  greet(request: HostRequest): JsonObject | undefined
  /** Lists what is known already, while the rooms aren't there; undefined where it isn't. @throws RpcError */
  early(request: HostRequest): JsonObject | undefined
  /**
   * Undefined where the request stays open, for as long as the era says.
   * @throws RpcError, or rejects with one
   */
  answer(request: HostRequest, rooms: HostRooms): JsonObject | Promise<JsonObject> | undefined
  /** The result in the form of this era. */
  finish(method: string, result: JsonObject): JsonObject
  told(notification: HostNotification): void
  /** Whether this ended a request that has stayed open. */
  cancel(id: HostRequest['id']): boolean
  /** What is told unasked, where this era's hosts want to hear it. */
  notify(method: string, params?: JsonObject): void
  /** The requests that have stayed open, with their results; nothing is told any more. */
  end(): readonly (readonly [id: HostRequest['id'], result: JsonObject])[]
}

export const CAPABILITIES = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { listChanged: true, subscribe: true },
  completions: {},
  logging: {},
}

/** By method: the list, and the member of the result that holds it. */
const LISTS: ReadonlyMap<string, readonly [OfferKind, string]> = new Map([
  ['tools/list', ['tools', 'tools']],
  ['prompts/list', ['prompts', 'prompts']],
  ['resources/list', ['resources', 'resources']],
  ['resources/templates/list', ['templates', 'resourceTemplates']],
])

export function notFound(): RpcError {
  return new RpcError(METHOD_NOT_FOUND, 'Method not found')
}

export interface Asking {
  readonly self: HostSelf
  readonly rooms: HostRooms
  readonly era: EraName
  readonly notify: EraDeps['notify']
}

/** What both eras have. @throws RpcError, or rejects with one */
export function answerShared(request: HostRequest, asking: Asking): JsonObject | Promise<JsonObject> {
  const { self, rooms, notify } = asking
  const kind = CALLS.get(request.method)
  if (kind !== undefined) {
    const call = callOf(kind, request, { id: rooms.nextCallId(), self, notify })
    const reply = (outcome: Outcome): JsonObject => hostReply(call, outcome, asking.era)
    const called = rooms.call(call)
    if (!(called instanceof Promise)) return reply(called)
    return called.then((outcome) =>
      // Some hosts lose the last progress when the result is right behind it.
      request.hasProgressed ? setImmediate().then(() => reply(outcome)) : reply(outcome),
    )
  }
  const list = LISTS.get(request.method)
  if (list === undefined) throw notFound()
  return answerList(list, request.params, asking)
}

/** A list that the front knows. @throws RpcError */
export function earlyList(
  { method, params }: HostRequest,
  self: HostSelf | undefined,
  deps: EraDeps,
): JsonObject | undefined {
  const [kind, name] = LISTS.get(method) ?? []
  if (kind === undefined || name === undefined || self === undefined) return undefined
  const host = asListing(params, self)
  const list = deps.front.list?.(kind, host)
  if (list === undefined) return undefined
  deps.withRooms((rooms) => rooms.onListed(kind, host, list))
  return { [name]: list.entries, ...list.cache }
}

async function answerList(
  [kind, name]: readonly [OfferKind, string],
  params: JsonObject,
  { self, rooms }: Asking,
): Promise<JsonObject> {
  const { entries, cache } = await rooms.list(kind, asListing(params, self))
  return { [name]: entries, ...cache }
}

function asListing(params: JsonObject, self: HostSelf): ListingHost {
  // The list is one page, so no cursor is ever ours (2025-11-25 server/utilities/pagination: -32602).
  if (params['cursor'] !== undefined) throw invalid('the cursor is not one of ours')
  const { name, capabilities } = self
  return { name, pages: showsPages(capabilities), capabilities }
}
