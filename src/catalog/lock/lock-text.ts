/**
 * Writes and reads the text of servers.lock: what was accepted of each server, one item a line. Pure.
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
import { z } from 'zod'
import { byCodeUnit, canonicalHash, canonicalJson, sha256 } from '../../json/canonical.ts'
import { parseJson } from '../../json/parse.ts'
import { isRecord, type JsonObject } from '../../json/record.ts'
import { lockedPackage, type LockedPackage } from '../../packages/locked.ts'
import { writeJson } from '../../json/write.ts'
import { visibleJson, visibleLine } from '../../visible.ts'
import { definitionKey, NO_PINS, PINNED_KINDS, type PinnedKind, type Pins } from '../pins/pin.ts'

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

/** The whole file can't be used. */
export class UnusableLock extends Error {
  readonly fault: LockFault

  constructor(fault: LockFault) {
    super(fault.message)
    this.fault = fault
  }
}

const VERSION = 1
const BEGIN = `{"servers.lock":${VERSION},"about":"What was accepted of each server. sidemux writes it: commit it, review it, and change it with sidemux pin."}`
const END = '{"end":"servers.lock"}'

const ITEMS = [
  ['tool', 'tools'],
  ['prompt', 'prompts'],
  ['resource', 'resources'],
  ['template', 'templates'],
] as const
type ItemWord = (typeof ITEMS)[number][0]

export function lockText({ servers, faulty }: LockContent): string {
  const ids = [...new Set([...servers.keys(), ...faulty.keys()])].toSorted(byCodeUnit)
  const lines = ids.flatMap((id) => {
    const server = servers.get(id)
    return server === undefined ? (faulty.get(id)?.lines ?? []) : serverLines(id, server)
  })
  return [BEGIN, ...lines, END, ''].join('\n')
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
    ...ITEMS.flatMap(([word, kind]) => {
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

const hash = z.string().regex(/^[0-9a-f]{64}$/)
const object = z.custom<JsonObject>(isRecord)
const serverLine = z.strictObject({
  server: z.string(),
  sha256: hash,
  launch: object,
  package: lockedPackage.optional(),
  era: z.string().optional(),
  instructions: z.string().optional(),
  listed: z.array(z.enum(PINNED_KINDS)),
  since: z
    .strictObject({
      tools: z.number().optional(),
      prompts: z.number().optional(),
      templates: z.number().optional(),
    })
    .optional(),
})

/** @throws UnusableLock */
export function readLockText(text: string): LockContent {
  const lines = text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
  while (lines.at(-1) === '') lines.pop()
  checkWhole(lines)
  const reading = new Map<string, ServerReading>()
  for (const [index, line] of lines.slice(1, -1).entries()) {
    if (line === '') continue
    const at = index + 2
    const value = valueOf(line)
    const id = value?.['server'] ?? /^\{"server":"([\w-]+)"/.exec(line)?.[1]
    if (typeof id !== 'string')
      throw new UnusableLock({ line: at, message: 'this is no line of a servers.lock', hint: TAKE_ONE_SIDE })
    const server = reading.get(id) ?? new ServerReading(id)
    reading.set(id, server)
    server.add(line, value, at)
  }
  const servers = new Map<string, LockedServer>()
  const faulty = new Map<string, FaultyServer>()
  for (const [id, one] of reading) {
    const { server, fault, lines: own } = one.end()
    if (server === undefined) faulty.set(id, { fault, lines: own })
    else servers.set(id, server)
  }
  return { servers, faulty }
}

const TAKE_ONE_SIDE =
  'take the file of one side ("git checkout --ours servers.lock" or "--theirs"), then run "sidemux pin" to see what is missing'

function checkWhole(lines: readonly string[]): void {
  const conflict = lines.findIndex((line) => /^(?:<{7}|\|{7}|={7}|>{7})(?: |$)/.test(line))
  if (conflict !== -1)
    throw new UnusableLock({
      line: conflict + 1,
      message: 'a merge left a conflict here, and nobody has resolved it',
      hint: TAKE_ONE_SIDE,
    })
  const version = valueOf(lines[0] ?? '')?.['servers.lock']
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || version < 1)
    throw new UnusableLock({
      line: 1,
      message: 'this does not begin as a servers.lock does',
      hint: 'take an earlier one ("git checkout servers.lock"), or remove the file and run "sidemux pin --all" to accept all anew',
    })
  if (version > VERSION)
    throw new UnusableLock({
      line: 1,
      message: `this is of version ${version}, which a later sidemux wrote`,
      hint: 'update sidemux: npm install --global sidemux@latest',
    })
  if (lines.length < 2 || lines.at(-1) !== END)
    throw new UnusableLock({
      line: lines.length,
      message: 'the file ends early',
      hint: 'take a whole one ("git checkout servers.lock"), or remove it and run "sidemux pin --all" to accept all anew',
    })
}

/** The lines of one server, wherever they stand. */
class ServerReading {
  readonly #id: string
  readonly #lines: string[] = []
  readonly #items: Readonly<Record<(typeof ITEMS)[number][1], Map<string, JsonObject>>> = {
    tools: new Map(),
    prompts: new Map(),
    resources: new Map(),
    templates: new Map(),
  }
  #facts: z.output<typeof serverLine> | undefined
  #first = 0
  #fault: LockFault | undefined

  constructor(id: string) {
    this.#id = id
  }

  add(line: string, value: JsonObject | undefined, at: number): void {
    this.#lines.push(line)
    if (this.#first === 0) this.#first = at
    const message = value === undefined ? 'this line is damaged' : this.#take(line, value)
    if (message !== undefined) this.#fault ??= this.#faultAt(at, message)
  }

  end(): { readonly server?: LockedServer; readonly fault: LockFault; readonly lines: readonly string[] } {
    const fault =
      this.#fault ??
      this.#faultAt(this.#first, `the line with the launch of "${visibleLine(this.#id)}" is missing`)
    if (this.#fault !== undefined || this.#facts === undefined) return { fault, lines: this.#lines }
    const { launch, package: of, era, instructions, listed, since = {} } = this.#facts
    const { resources, ...pinned } = this.#items
    const list = (kind: PinnedKind): Pins[PinnedKind] => ({
      pinned: pinned[kind],
      ...(since[kind] !== undefined && { since: since[kind] }),
      isOver: listed.includes(kind),
    })
    const server: LockedServer = {
      ...NO_PINS,
      tools: list('tools'),
      prompts: list('prompts'),
      templates: list('templates'),
      launch,
      ...(of !== undefined && { package: of }),
      ...(era !== undefined && { era }),
      ...(instructions !== undefined && { instructions }),
      ...(resources.size > 0 && { resources }),
    }
    return { server, fault, lines: this.#lines }
  }

  /** Answers what is wrong with it. */
  #take(line: string, value: JsonObject): string | undefined {
    const found = ITEMS.find(([word]) => typeof value[word] === 'string')
    if (found === undefined) return this.#takeServer(value)
    const [word, kind] = found
    const name = String(value[word])
    const shown = `the ${word} "${visibleLine(name.slice(0, MAX_SHOWN))}" of "${visibleLine(this.#id)}"`
    const { definition, sha256: expected } = value
    if (!isRecord(definition) || Object.keys(value).length !== 4) return `${shown} is damaged`
    const isKeyed = word === 'resource' ? definition['uri'] === name : definitionKey(definition) === name
    if (!isKeyed || !isOfHash(line, definition, expected))
      return `${shown} is not what its hash says: it was edited by hand, or merged badly`
    if (this.#items[kind].has(name)) return `${shown} stands here twice`
    this.#items[kind].set(name, definition)
    return undefined
  }

  #takeServer(value: JsonObject): string | undefined {
    const shown = `what stands here of "${visibleLine(this.#id)}"`
    const facts = serverLine.safeParse(value).data
    if (facts === undefined) return `${shown} is damaged`
    if (this.#facts !== undefined) return `${shown} stands here twice`
    const { sha256: expected, ...rest } = value
    if (hashOf(rest) !== expected)
      return `${shown} is not what its hash says: it was edited by hand, or merged badly`
    this.#facts = facts
    return undefined
  }

  #faultAt(line: number, message: string): LockFault {
    return {
      line,
      message,
      hint: `take the lines of "${visibleLine(this.#id)}" from one side ("git diff servers.lock" shows them), or run "sidemux pin ${visibleLine(this.#id)}" to see what it offers and accept that`,
    }
  }
}

const MAX_SHOWN = 100

/** Nearly always the text is as it was hashed, and then it needs no second writing. */
function isOfHash(line: string, definition: JsonObject, expected: unknown): boolean {
  const from = line.indexOf(DEFINITION)
  const text = from === -1 ? '' : line.slice(from + DEFINITION.length, -1)
  return sha256(text) === expected || sha256(writeJson(definition)) === expected
}

const DEFINITION = ',"definition":'

function hashOf(value: unknown): string | undefined {
  try {
    return canonicalHash(value)
  } catch {
    return undefined
  }
}

function valueOf(line: string): JsonObject | undefined {
  try {
    const value = parseJson(line)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}
