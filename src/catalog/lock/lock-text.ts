/**
 * Writes the text of servers.lock: what was accepted of each server, one item a line (read-lock-text.ts reads it). Pure.
 *
 * Each line is a JSON object that says of what it is, between a line that begins the file and one that ends it. So
 *
 * - `git diff` shows with each line which server and tool it is of, wherever its hunk is cut;
 * - no line ends with a comma, so a new tool changes no other line, and two branches that add one each merge;
 * - a file that was cut off at the end of a line is told from a whole one;
 * - `jq`, `grep` and `git blame` work on it as they are.
 *
 * A definition is written with its members in the order of its server, since a model reads a schema in its order, behind the
 * SHA-256 of that text. The hash keeps nobody from writing what he likes. It tells a line that was edited by hand, or merged
 * badly, from one that sidemux wrote. What hides in a text is written as `\u202e`, which is the same JSON, so that who reviews
 * the file sees it.
 */
import { byCodeUnit, canonicalHash, canonicalJson, sha256 } from '../../json/canonical.ts'
import type { JsonObject } from '../../json/record.ts'
import type { LockedPackage } from '../../packages/locked.ts'
import { writeJson } from '../../json/write.ts'
import { visibleJson } from '../../visible.ts'
import { PINNED_KINDS, type Pins } from '../pins/pin.ts'

/** What the file says of one server. */
export interface LockedServer extends Pins {
  /** What it is launched with, as it is written and never a value (config/for-rooms.ts). */
  readonly launch: JsonObject
  /** The package that sidemux installs and starts for it. */
  readonly package?: LockedPackage
  /** The protocol era that it was found to speak, so that the next start needn't probe. */
  readonly era?: string
  /** What it first said of itself to the model; the host is told this, and not what it says later. */
  readonly instructions?: string
  /** By URI, as they were when it was first seen. They change all the time, so none of them is compared. */
  readonly resources?: ReadonlyMap<string, JsonObject>
}

/** Why the file, or what it says of a server, can't be used. */
export interface LockFault {
  /** Counted from 1. */
  readonly line: number
  readonly message: string
  /** A next command. */
  readonly hint: string
}

/** What it says of a server, and can't be used. */
export interface FaultyServer {
  readonly fault: LockFault
  /** As they stand there; who writes the file leaves them so. */
  readonly lines: readonly string[]
}

export interface LockContent {
  readonly servers: ReadonlyMap<string, LockedServer>
  readonly faulty: ReadonlyMap<string, FaultyServer>
}

export const NO_LOCK: LockContent = { servers: new Map(), faulty: new Map() }

export const LOCK_VERSION = 1
const BEGIN = `{"servers.lock":${LOCK_VERSION},"about":"What was accepted of each server. sidemux writes it: commit it, review it, and change it with sidemux pin."}`
export const LOCK_END = '{"end":"servers.lock"}'

/** What a line can be of, and where that stands in a `LockedServer`. */
export const LOCK_ITEMS = [
  ['tool', 'tools'],
  ['prompt', 'prompts'],
  ['resource', 'resources'],
  ['template', 'templates'],
] as const
type ItemWord = (typeof LOCK_ITEMS)[number][0]

export function lockText({ servers, faulty }: LockContent): string {
  const ids = [...new Set([...servers.keys(), ...faulty.keys()])].toSorted(byCodeUnit)
  const lines = ids.flatMap((id) => {
    const server = servers.get(id)
    return server === undefined ? (faulty.get(id)?.lines ?? []) : serverLines(id, server)
  })
  return [BEGIN, ...lines, LOCK_END, ''].join('\n')
}

/** The same for the same server, wherever it stands. */
export function serverDigest(id: string, server: LockedServer): string {
  return sha256(serverLines(id, server).join('\n'))
}

function serverLines(id: string, server: LockedServer): readonly string[] {
  const { launch, package: of, era, instructions } = server
  const listed = PINNED_KINDS.filter((kind) => server[kind].isOver)
  const since = PINNED_KINDS.flatMap((kind) => {
    const { isOver, since: at } = server[kind]
    return isOver || at === undefined ? [] : [[kind, at] as const]
  })
  const facts = {
    launch,
    ...(of !== undefined && { package: of }),
    ...(era !== undefined && { era }),
    ...(instructions !== undefined && { instructions: instructions.toWellFormed() }),
    listed,
    ...(since.length > 0 && { since: Object.fromEntries(since) }),
  }
  const hash = canonicalHash({ server: id, ...facts })
  const members = Object.entries(facts).map(([name, value]) => `${quotedName(name)}:${canonicalJson(value)}`)
  return [
    visibleJson(`{"server":${quotedName(id)},"sha256":"${hash}",${members.join(',')}}`),
    ...LOCK_ITEMS.flatMap(([word, kind]) => {
      const items = kind === 'resources' ? (server.resources ?? new Map()) : server[kind].pinned
      return [...items]
        .toSorted(([a], [b]) => byCodeUnit(a, b))
        .map(([name, definition]) => itemLine(id, word, name, definition))
    }),
  ]
}

function itemLine(id: string, word: ItemWord, name: string, definition: JsonObject): string {
  const text = writeJson(definition)
  return visibleJson(
    `{"server":${quotedName(id)},"${word}":${quotedName(name)},"sha256":"${sha256(text)}","definition":${text}}`,
  )
}

function quotedName(name: string): string {
  return canonicalJson(name)
}
