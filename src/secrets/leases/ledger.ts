/**
 * Which leases exist, on disk: ids and references only, 0600, one file a clerk, so that what a crash left behind is
 * known to the next start. A lease is entered before the sidecar hears of it and struck out when it is gone; a file
 * without open entries is removed. Whether the clerk of a file still lives is told by its pid and, where /proc says
 * it, when that process began, because pids are given out again.
 */
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'

const ownerSchema = z.object({
  pid: z.number().int(),
  began: z.string(),
  config: z.string(),
  /** Which decides where a store's paths lead; absent in ledgers of an older version. */
  environment: z.string().optional(),
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
  readonly #open = new Set<string>()

  /** Begins this process's own file. */
  constructor(dir: string, { config, environment }: { config: string; environment: string }, now: number) {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    this.#file = join(dir, `${now}-${process.pid}-${randomBytes(4).toString('hex')}.jsonl`)
    this.#append({ pid: process.pid, began: statOf(process.pid)?.began ?? '', config, environment })
  }

  enter(held: Held): void {
    this.#append(held)
    this.#open.add(held.held)
  }

  strike(leaseId: string): void {
    if (this.#open.delete(leaseId)) this.#append({ gone: leaseId })
  }

  /** Removes the file when nothing is open in it. */
  close(): void {
    if (this.#open.size === 0) rmSync(this.#file, { force: true })
  }

  #append(line: object): void {
    appendFileSync(this.#file, `${JSON.stringify(line)}\n`, { mode: 0o600 })
  }
}

interface Orphans {
  readonly environment: string | undefined
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
    if (!owner.success || owner.data.config !== config || isAlive(owner.data)) continue
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
  else for (const gone of struck) appendFileSync(file, `${JSON.stringify({ gone })}\n`)
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

function isAlive({ pid, began }: { pid: number; began: string }): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  const stat = statOf(pid)
  // A killed process whose parent hasn't asked for its exit code can still be signalled.
  if (stat?.state === 'Z') return false
  return began === '' || (stat?.began ?? began) === began
}

/** State, and start in clock ticks since boot; undefined where /proc doesn't tell. */
function statOf(pid: number): { state: string | undefined; began: string | undefined } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The second field is the program's name in parentheses and may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0], began: fields[19] }
  } catch {
    return undefined
  }
}
