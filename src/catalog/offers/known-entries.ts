/**
 * Tells what of a server is known to be there, under the rules of now: by what it said in this run, else by what it offered when
 * it last ran, as far as that was accepted. Pure.
 */
import type { JsonObject } from '../../json/record.ts'
import type { Offers } from '../../upstream/messages/offer.ts'
import type { KeptOffers } from '../listed/last-listed.ts'
import { definitionKey, NO_PINS, type AcceptedOffers, type PinnedKind } from '../pins/pin.ts'
import { catalogEntriesOf, type Entries } from './entries.ts'
import type { CatalogServer } from './select.ts'

export interface KnownEntries {
  readonly entries: Entries
  /** Of the launch of now, with its tools. */
  readonly isOfNow: boolean
}

/** What a server said in this run, and launched by which command. */
export type HeardOffers = Offers & { readonly launchHash: string }

export interface KnownBy {
  readonly heard: HeardOffers | undefined
  /** What was accepted of a launch of it. @throws SidemuxError where that can't be told */
  accepted(launchHash: string): AcceptedOffers | undefined
  /** What it offered in an earlier run, where that is known. */
  lastListed(): KeptOffers | undefined
}

/** Undefined for a server that nothing is known of. @throws SidemuxError where it can't be told what was accepted of it */
export function knownEntries(server: CatalogServer, by: KnownBy): KnownEntries | undefined {
  const { heard } = by
  if (heard === undefined) {
    const entries = listedBefore(server, by)
    return entries && { entries, isOfNow: true }
  }
  // Of another launch than that of now it is told as it was accepted then.
  const now = catalogEntriesOf(server, heard, by.accepted(heard.launchHash) ?? NO_PINS)
  const isOfNow = heard.launchHash === server.launchHash
  if (isOfNow && heard.unread?.includes('tools') !== true) return { entries: now, isOfNow }
  const before = listedBefore(server, by)
  if (isOfNow)
    return { entries: { ...now, tools: before?.tools ?? now.tools }, isOfNow: before !== undefined }
  // What it said in this run is newer than what was accepted once.
  const entries = listedBefore(server, by, { locked: false }) ?? now
  return { entries, isOfNow: before !== undefined }
}

/** What a first listing hasn't had yet was never shown, or its pin was taken back: it waits for its server. */
function listedBefore(server: CatalogServer, by: KnownBy, { locked = true } = {}): Entries | undefined {
  const pinned = by.accepted(server.launchHash)
  const kept = pinned && by.lastListed()
  if (pinned === undefined || kept === undefined || (kept.isLocked === true && !locked)) return undefined
  const { tools, prompts, templates } = kept.offers
  const known = <T extends JsonObject>(kind: PinnedKind, list: readonly T[]): readonly T[] =>
    list.filter((one) => pinned[kind].isOver || pinned[kind].pinned.has(definitionKey(one)))
  const offers = {
    ...kept.offers,
    tools: known('tools', tools),
    prompts: known('prompts', prompts),
    templates: known('templates', templates),
  }
  return catalogEntriesOf(server, offers, pinned)
}
