/**
 * Pinned definitions: what a server's tools, prompts and templates looked like when they were accepted (promises 4 and
 * 5). The whole object is pinned, with annotations and unknown members, because whatever isn't pinned can change
 * unseen. Pure.
 *
 * - Definitions of a server's first listing are accepted without a question: a person has let the server in.
 * - The first listing ends with the first complete list that isn't empty, or ten minutes after the first name.
 * - A name that comes later is new and waits for a human. Otherwise a changed tool could come back under a new name.
 * - What is new isn't remembered, so a server that shows ever new names makes nothing grow.
 * - Resources aren't pinned: their list changes all the time, as the files themselves do. Of a strict server only those
 *   are listed that servers.lock holds.
 */
import { canonicalHash } from '../../json/canonical.ts'
import { own } from '../../json/named.ts'
import type { JsonObject } from '../../json/record.ts'

export const PINNED_KINDS = ['tools', 'prompts', 'templates'] as const
export type PinnedKind = (typeof PINNED_KINDS)[number]

/** What is pinned of one list of one server. */
export interface PinnedList {
  /** By name, which may be any text; of templates by their `uriTemplate`. */
  readonly pinned: ReadonlyMap<string, JsonObject>
  /** When the first of them were seen, in ms since 1970; absent while there are none. */
  readonly since?: number
  /** The first listing is over: what isn't pinned is new. */
  readonly isOver: boolean
}

/** One server's pins, as it is launched by one command. */
export type Pins = Readonly<Record<PinnedKind, PinnedList>>

/** All that counts as accepted. */
export type AcceptedOffers = Pins & {
  /** By URI. Only a strict server is held to them. */
  readonly resources?: ReadonlyMap<string, JsonObject>
}

const EMPTY: PinnedList = { pinned: new Map(), isOver: false }
export const NO_PINS: Pins = { tools: EMPTY, prompts: EMPTY, templates: EMPTY }

/** How a definition that was never accepted is told from one that is seen for the first time: it isn't trusted. */
export const NEW = 'new'

/** Undefined while the first listing goes on and hasn't had this one. */
export function pinnedIn({ pinned, isOver }: PinnedList, key: string): JsonObject | typeof NEW | undefined {
  return pinned.get(key) ?? (isOver ? NEW : undefined)
}

export function definitionKey({ uriTemplate, name }: JsonObject): string {
  return String(uriTemplate ?? name)
}

/** What a server lists now. */
export interface Sighting {
  readonly list: readonly JsonObject[]
  /** It could be read to its end. */
  readonly isWhole: boolean
  /** In ms since 1970. */
  readonly at: number
}

/** As long as a first listing that never comes to its end goes on. */
export const FIRST_LISTING_MS = 10 * 60_000
/** More than any server has in its first listing. */
const MAX_NAMES = 10_000
/** Of all definitions of one list, in characters of their JSON; a whole list is smaller (upstream/session/lists/pages.ts). */
const MAX_CHARACTERS = 16 * 1024 * 1024

/** The pins after these have been seen; the same object where nothing came of it. Nothing is unpinned or replaced here. */
export function pinSeen(
  before: PinnedList,
  { list, isWhole, at }: Sighting,
  { maxNames = MAX_NAMES, maxCharacters = MAX_CHARACTERS } = {},
): PinnedList {
  if (before.isOver) return before
  // A clock that was set back ends it as well.
  if (before.since !== undefined && Math.abs(at - before.since) > FIRST_LISTING_MS)
    return { ...before, isOver: true }
  const pinned = new Map(before.pinned)
  let characters = [...pinned.values()].reduce((sum, one) => sum + sizeOf(one), 0)
  let isFull = false
  for (const one of list) {
    const key = definitionKey(one)
    if (pinned.has(key) || definitionHash(one) === undefined) continue
    characters += sizeOf(one)
    isFull = pinned.size >= maxNames || characters > maxCharacters
    if (isFull) break
    pinned.set(key, one)
  }
  const isOver = isFull || (isWhole && pinned.size > 0)
  if (!isOver && pinned.size === before.pinned.size) return before
  return { pinned, since: before.since ?? at, isOver }
}

/** What another process wrote meanwhile goes before what was seen here. */
export function joined(written: PinnedList, seen: PinnedList): PinnedList {
  if (written.isOver || seen === EMPTY) return written
  const since = written.since ?? seen.since
  return {
    pinned: new Map([...seen.pinned, ...written.pinned]),
    ...(since !== undefined && { since }),
    isOver: seen.isOver,
  }
}

/** A human's answer: these are the good ones. */
export function accepted(before: PinnedList, list: readonly JsonObject[]): PinnedList {
  if (list.length === 0) return before
  return {
    ...before,
    pinned: new Map([...before.pinned, ...list.map((one) => [definitionKey(one), one] as const)]),
  }
}

/** SHA-256 of the whole definition; what has no canonical form (lone surrogates, too deep) matches nothing. */
export function definitionHash(definition: object): string | undefined {
  try {
    return canonicalHash(definition)
  } catch {
    return undefined
  }
}

/** One member of a definition, before and after, as JSON; absent on the side where it isn't there. */
export interface Change {
  readonly member: string
  readonly before?: string
  readonly after?: string
}

/** How a definition differs from the pinned one; empty for what wasn't there before. */
export function changesOf(now: JsonObject, pinned: JsonObject | undefined): readonly Change[] {
  if (pinned === undefined || pinned === now) return []
  const members = [...new Set([...Object.keys(pinned), ...Object.keys(now)])].toSorted()
  return members
    .filter((member) => !isSame(own(pinned, member), own(now, member)))
    .map((member) => ({
      member,
      ...asJson('before', own(pinned, member)),
      ...asJson('after', own(now, member)),
    }))
}

const sizes = new WeakMap<JsonObject, number>()

function sizeOf(definition: JsonObject): number {
  const known = sizes.get(definition) ?? JSON.stringify(definition).length
  sizes.set(definition, known)
  return known
}

function isSame(before: unknown, after: unknown): boolean {
  if (before === undefined || after === undefined) return before === after
  try {
    return canonicalHash(before) === canonicalHash(after)
  } catch {
    // What can't be compared has to be looked at.
    return false
  }
}

function asJson(side: 'before' | 'after', member: unknown): Partial<Change> {
  return member === undefined ? {} : { [side]: JSON.stringify(member) }
}
