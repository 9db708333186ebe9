/**
 * Which leases exist, on disk: ids and references only, 0600, one file a clerk, so that what a crash left behind is
 * known to the next start. A lease is entered before the sidecar hears of it and struck out when it is gone; a file
 * without open entries is removed. Whether the clerk of a file still lives is told by its process, or by the file's age
 * where that can't be seen from here, since a clerk touches its file as long as it lives.
 */
import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import { systemErrorCode } from '../../errors.ts'
import { holderShape, standing, thisProcess, type Holder } from '../../state/holder.ts'
import { createFile } from '../../state/replace.ts'

const TOUCH_EVERY_MS = 20_000
const ABANDONED_MS = 120_000

const ownerSchema = holderShape.extend({
  config: z.string(),
  /** Which decides where a store's paths lead. */
  environment: z.string(),
})
const heldSchema = z.object({
  held: z.string(),
  store: z.string(),
  path: z.string(),
  server: z.string(),
  at: z.string(),
})
const goneSchema = z.object({ gone: z.string() })

export type Held = z.output<typeof heldSchema>

export class Ledger {
  readonly #file: string
  readonly #owner: Holder & { readonly config: string; readonly environment: string }
  readonly #open = new Map<string, Held>()
  readonly #touching: NodeJS.Timeout

  /** Begins this process's own file. */
  constructor(dir: string, of: { config: string; environment: string }, now: number) {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    this.#owner = { ...thisProcess(), config: of.config, environment: of.environment }
    this.#file = join(dir, `${now}-${process.pid}-${randomBytes(4).toString('hex')}.jsonl`)
    this.#begin()
    this.#touching = setInterval(() => this.#touch(), TOUCH_EVERY_MS).unref()
  }

  enter(held: Held): void {
    this.#append(held)
    this.#open.set(held.held, held)
  }

  strike(leaseId: string): void {
    if (this.#open.delete(leaseId)) this.#append({ gone: leaseId })
  }

  /** Removes the file when nothing is open in it. */
  close(): void {
    clearInterval(this.#touching)
    if (this.#open.size === 0) rmSync(this.#file, { force: true })
  }

  #begin(): void {
    createFile(this.#file, [this.#owner, ...this.#open.values()].map(lineOf).join(''), true)
  }

  #append(line: object): void {
    if (appendLine(this.#file, line)) return
    // Another machine took it for that of a clerk that is gone, because this one was suspended.
    this.#begin()
    appendLine(this.#file, line)
  }

  #touch(): void {
    try {
      utimesSync(this.#file, new Date(), new Date())
    } catch {
      // The next line makes it anew.
    }
  }
}

/** On a line of its own, whatever a full disk left of the one before. */
function lineOf(line: object): string {
  return `\n${JSON.stringify(line)}\n`
}

/** False when the file is gone: a line without its owner's would be nobody's. */
function appendLine(file: string, line: object): boolean {
  let fd: number
  try {
    fd = openSync(file, constants.O_WRONLY | constants.O_APPEND)
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false
    throw error
  }
  try {
    writeFileSync(fd, lineOf(line))
    return true
  } finally {
    closeSync(fd)
  }
}

interface Orphans {
  readonly environment: string
  readonly held: readonly Held[]
}

/** What dead clerks of this config left open, by file. */
export function orphans(dir: string, config: string): ReadonlyMap<string, Orphans> {
  const found = new Map<string, Orphans>()
  for (const name of names(dir)) {
    const file = join(dir, name)
    const lines = readLines(file)
    const owner = ownerSchema.safeParse(lines[0])
    // A clerk that was killed while it wrote its first line holds no lease.
    if (!owner.success || owner.data.config !== config || isInUse(file, owner.data)) continue
    const gone = new Set(lines.flatMap((line) => goneSchema.safeParse(line).data?.gone ?? []))
    const held = lines
      .flatMap((line) => heldSchema.safeParse(line).data ?? [])
      .filter((one) => !gone.has(one.held))
    found.set(file, { environment: owner.data.environment, held })
  }
  return found
}

/** What could not be settled stays for the next start. */
export function settleLedger(file: string, struck: readonly string[], all: number): void {
  if (struck.length === all) rmSync(file, { force: true })
  else for (const gone of struck) appendLine(file, { gone })
}

function names(dir: string): string[] {
  try {
    return readdirSync(dir)
      .filter((name) => name.endsWith('.jsonl'))
      .toSorted()
  } catch {
    return []
  }
}

function readLines(file: string): unknown[] {
  try {
    return readFileSync(file, 'utf8').split('\n').flatMap(parseLine)
  } catch {
    return []
  }
}

/** The last line of a killed clerk may be half. */
function parseLine(line: string): unknown[] {
  try {
    return line === '' ? [] : [JSON.parse(line)]
  } catch {
    return []
  }
}

function isInUse(file: string, owner: Holder): boolean {
  const is = standing(owner)
  if (is === 'alive' || is === 'gone') return is === 'alive'
  const { mtimeMs = 0 } = statSync(file, { throwIfNoEntry: false }) ?? {}
  return Date.now() - mtimeMs < ABANDONED_MS
}
