/** The types of what the host's door needs of the house: little to greet a host, and the rooms behind it for everything else. */
import type { Asker } from '../approval/facts/channel.ts'
import type { JsonObject } from '../json/record.ts'
import type { Call, Ended } from '../pipeline/call.ts'
import type { Caller } from '../upstream/messages/caller.ts'
import type { CacheHint, OfferKind } from '../upstream/messages/offer.ts'

/** The host as it can be reached outside of any request. */
export interface ConnectedHost {
  /** Absent since 2026-07-28, where nothing is asked but in answer to a request. */
  readonly ask?: Caller['ask']
  /** Nobody learns whether it arrived. */
  notify(method: string, params?: JsonObject): void
  /** `notifications/message` may be sent unasked (up to 2025-11-25). */
  readonly hearsLogs: boolean
  /** It hears of those changes only that it asked for, by a request of their own (since 2026-07-28). */
  readonly listens: boolean
}

export interface List {
  readonly entries: readonly JsonObject[]
  readonly cache: CacheHint | undefined
}

/** Who asks for a list. */
export interface ListingHost {
  /** As it calls itself; unchecked. */
  readonly name: string | undefined
  /** It shows pages of servers (MCP Apps). */
  readonly pages: boolean
  /** As it declared them: servers may list by them. */
  readonly capabilities: JsonObject
}

/** Enough for `initialize`, `server/discover` and `ping`, and for lists that are known. */
export interface HostFront {
  readonly version: string
  /** What the servers say of themselves to the model. */
  instructions(): string | undefined
  /** What this host was listed last, where that is known; asked while the rooms aren't there. */
  list?(kind: OfferKind, host: ListingHost): List | undefined
  onError(error: Error): void
}

export interface HostRooms {
  /** The merged list, when it is ready to be shown to this host. */
  list(kind: OfferKind, host: ListingHost): Promise<List>
  /** The front has listed this before the rooms were there. */
  onListed(kind: OfferKind, host: ListingHost, list: List): void
  call(call: Call): Ended
  nextCallId(): string
  /** What the host calls itself; unchecked. */
  onHost(name: string): void
  /** Told when it declares what it can do, and since 2026-07-28 whenever that is something else than before. */
  onIntroduced(capabilities: JsonObject): void
  /** It may be asked from now on, also outside of a call where that is a live request. */
  onReady(asker: Asker): void
  onConnected(host: ConnectedHost): void
  onLogLevel(level: string): void
  /** The host's roots are other ones now. */
  onRootsChanged(): void
  /** Whether the host will hear of it. */
  watch(uri: string): Promise<boolean>
  unwatch(uri: string): void
}
