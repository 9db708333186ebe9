/**
 * Compares what a server offers with what was accepted of it, item by item and member by member, for a person who is to
 * accept it (`sidemux pin`). Pure.
 */
import type { JsonObject } from '../../json/record.ts'
import type { LockedPackage } from '../../packages/locked.ts'
import type { OfferKind, Offers } from '../../upstream/messages/offer.ts'
import { changesOf, definitionKey, PINNED_KINDS, type Change, type PinnedKind } from '../pins/pin.ts'
import type { LockedServer } from './lock-text.ts'
import { resourcesToLock } from './resources-to-lock.ts'

export interface Difference {
  readonly kind: 'launch' | 'package' | 'instructions' | 'tool' | 'prompt' | 'template' | 'resource'
  /** Of a template or resource its URI; empty for launch, package and instructions. */
  readonly name: string
  readonly what: 'new' | 'changed' | 'gone'
  /** Empty for what is gone. */
  readonly changes: readonly Change[]
}

export interface Compared {
  /** Undefined where nothing of it was accepted as it is launched now. */
  readonly locked: LockedServer | undefined
  readonly launches: { readonly locked?: JsonObject; readonly now: JsonObject }
  /** That it runs now; undefined where it is started as it is written. */
  readonly package: LockedPackage | undefined
  readonly offers: Offers
  /** Its resources count, too. */
  readonly isStrict: boolean
}

const WORD = { tools: 'tool', prompts: 'prompt', templates: 'template', resources: 'resource' } as const

export function differencesOf({
  locked,
  launches,
  package: now,
  offers,
  isStrict,
}: Compared): readonly Difference[] {
  const { resources } = locked ?? {}
  return [
    ...(locked === undefined ? single('launch', { launch: launches.locked }, { launch: launches.now }) : []),
    ...single('package', { package: locked?.package }, { package: now }),
    ...single('instructions', { instructions: locked?.instructions }, { instructions: offers.instructions }),
    ...PINNED_KINDS.flatMap((kind) => listed(kind, locked?.[kind].pinned, keyed(kind, offers), offers)),
    ...(isStrict ? listed('resources', resources, resourcesToLock(offers.resources), offers) : []),
  ]
}

function single(
  kind: 'launch' | 'package' | 'instructions',
  before: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
): readonly Difference[] {
  const changes = changesOf(now, before)
  const [only] = changes
  if (only === undefined) return []
  return [
    {
      kind,
      name: '',
      what: only.before === undefined ? 'new' : only.after === undefined ? 'gone' : 'changed',
      changes: only.after === undefined ? [] : changes,
    },
  ]
}

function keyed(kind: PinnedKind, offers: Offers): ReadonlyMap<string, JsonObject> {
  return new Map(offers[kind].map((one) => [definitionKey(one), one]))
}

/** Of a list that could not be read to its end nothing is known to be gone. */
function listed(
  kind: OfferKind,
  before: ReadonlyMap<string, JsonObject> = new Map(),
  now: ReadonlyMap<string, JsonObject>,
  { unread = [], partial = [] }: Offers,
): readonly Difference[] {
  const isWhole = !unread.includes(kind) && !partial.includes(kind)
  const names = [...new Set([...before.keys(), ...now.keys()])].toSorted()
  return names.flatMap((name): Difference[] => {
    const [was, is] = [before.get(name), now.get(name)]
    const of = { kind: WORD[kind], name }
    if (is === undefined) return isWhole ? [{ ...of, what: 'gone', changes: [] }] : []
    const changes = changesOf(is, was ?? {})
    if (changes.length === 0) return []
    return [{ ...of, what: was === undefined ? 'new' : 'changed', changes }]
  })
}
