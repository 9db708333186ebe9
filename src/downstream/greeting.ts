/**
 * Keeps for the next start what hosts were told last: the instructions, and by host its lists. With them a host is
 * answered before servers.yaml is parsed and the house behind is loaded, since that takes several times as long as Node
 * itself (promise 9). All of it is of one sidemux, one content of servers.yaml, one choice of profile and environment, and
 * one state of what was agreed to and of servers.lock: of anything else nothing is known, so a server whose launch is revoked says nothing. A
 * list that turns out to be another one by now is corrected by `list_changed`.
 *
 * It holds what hosts are told, and nothing that isn't masked; what holds a value that became a secret since is removed.
 */
import { readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { makeDirectory } from '../state/directory.ts'
import { removeOldest } from '../state/oldest.ts'
import { readOwn } from '../state/read-own.ts'
import { replaceFile } from '../state/replace.ts'
import type { OfferKind } from '../upstream/messages/offer.ts'
import type { List, ListingHost } from './rooms.ts'
import { isRecord, type JsonObject } from '../json/record.ts'

/** More than a host takes; what is larger isn't kept. */
const MAX_BYTES = 4 * 1024 * 1024
/** Of one directory: hosts that call themselves something else each time must not fill the disk. */
const MAX_FILES = 64
const KINDS: readonly OfferKind[] = ['tools', 'prompts', 'resources', 'templates']

/** What a greeting depends on. */
export interface GreetingFacts {
  readonly version: string
  /** Absolute. */
  readonly config: string
  /** SHA-256 of servers.yaml. */
  readonly hash: string
  readonly environment: string | undefined
  readonly profile: string | undefined
  /** As it was chosen beside the file. */
  readonly surface: string | undefined
  /** The sign of servers.lock (watch/sign.ts), and whether nothing else counts. */
  readonly lock: string
  readonly frozen: boolean
  /** Generation of the book of trusted launches; 0 where there is none. */
  readonly trust: number
}

export interface Greeting {
  readonly instructions: string | undefined
}

/** What one host was listed. */
export type HostLists = Readonly<Partial<Record<OfferKind, List>>>

/** The last one that was kept under the same facts; undefined where there is none that can be believed. */
export function recallGreeting(file: string, facts: GreetingFacts): Greeting | undefined {
  const { instructions } = read(file, keyOf(facts)) ?? { instructions: 0 }
  return typeof instructions === 'string' || instructions === undefined ? { instructions } : undefined
}

/** The same for what this host was listed. */
export function recallLists(file: string, facts: GreetingFacts, host: ListingHost): HostLists | undefined {
  const lists = read(file, keyOf(facts, host))?.['lists']
  if (!isRecord(lists)) return undefined
  const known = KINDS.flatMap((kind): [OfferKind, List][] => {
    const list = lists[kind]
    return isRecord(list) && Array.isArray(list['entries']) ? [[kind, list as unknown as List]] : []
  })
  return Object.fromEntries(known)
}

/** Keeps it, in place of the one before. @throws a system error */
export async function keepGreeting(
  file: string,
  facts: GreetingFacts,
  { instructions }: Greeting,
): Promise<void> {
  await keep(file, { of: keyOf(facts), instructions })
}

/** The same for what this host was listed. @throws a system error */
export async function keepLists(
  file: string,
  facts: GreetingFacts,
  { host, lists }: { readonly host: ListingHost; readonly lists: HostLists },
): Promise<void> {
  await keep(file, { of: keyOf(facts, host), lists })
}

/** Removes what holds a secret, whoever was told it. @param mask the same object where there is none in it */
export function removeUnmasked(directory: string, mask: (value: JsonObject) => JsonObject): void {
  for (const name of namesIn(directory)) {
    const file = join(directory, name)
    try {
      const kept: unknown = JSON.parse(readOwn(file, MAX_BYTES).text)
      if (isRecord(kept) && mask(kept) === kept) continue
    } catch {
      // Nobody is told what can't be read.
    }
    rmSync(file, { force: true })
  }
}

function keyOf(
  { version, config, hash, environment, profile, surface, lock, frozen, trust }: GreetingFacts,
  host?: ListingHost,
): string {
  const chosen = [environment ?? null, profile ?? null, surface ?? null, frozen]
  return JSON.stringify([version, config, hash, ...chosen, lock, trust, host ?? null])
}

function read(file: string, key: string): JsonObject | undefined {
  try {
    const kept: unknown = JSON.parse(readOwn(file, MAX_BYTES).text)
    return isRecord(kept) && kept['of'] === key ? kept : undefined
  } catch {
    return undefined
  }
}

async function keep(file: string, value: JsonObject): Promise<void> {
  const text = JSON.stringify(value)
  if (Buffer.byteLength(text) > MAX_BYTES) return
  const directory = dirname(file)
  makeDirectory(directory)
  await replaceFile(file, text)
  removeOldest(directory, '.json', MAX_FILES)
}

function namesIn(directory: string): readonly string[] {
  return readdirSync(directory).filter((name) => name.endsWith('.json'))
}
