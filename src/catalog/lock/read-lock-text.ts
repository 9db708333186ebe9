/**
 * Reads the text of servers.lock (lock-text.ts). What is wrong with the whole of it is thrown; what is wrong with a line of a
 * server keeps only that server from being used. Pure.
 */
import { z } from 'zod'
import { canonicalHash, sha256 } from '../../json/canonical.ts'
import { parseJson } from '../../json/parse.ts'
import { isRecord, type JsonObject } from '../../json/record.ts'
import { lockedPackage } from '../../packages/locked.ts'
import { writeJson } from '../../json/write.ts'
import { visibleLine } from '../../visible.ts'
import { definitionKey, NO_PINS, PINNED_KINDS, type PinnedKind, type Pins } from '../pins/pin.ts'
import {
  LOCK_END,
  LOCK_VERSION,
  LOCK_ITEMS,
  type FaultyServer,
  type LockContent,
  type LockedServer,
  type LockFault,
} from './lock-text.ts'

/** The whole file can't be used. */
export class UnusableLock extends Error {
  readonly fault: LockFault

  constructor(fault: LockFault) {
    super(fault.message)
    this.fault = fault
  }
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
  if (version > LOCK_VERSION)
    throw new UnusableLock({
      line: 1,
      message: `this is of version ${version}, which a later sidemux wrote`,
      hint: 'update sidemux: npm install --global sidemux@latest',
    })
  if (lines.length < 2 || lines.at(-1) !== LOCK_END)
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
  readonly #items: Readonly<Record<(typeof LOCK_ITEMS)[number][1], Map<string, JsonObject>>> = {
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
    const found = LOCK_ITEMS.find(([word]) => typeof value[word] === 'string')
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
