/**
 * The lines of a ledger, and what they come to: which leases are open, and what became of some of them when nobody was
 * there to hear of it. Ids and references only.
 */
import { closeSync, constants, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { systemErrorCode } from '../../errors.ts'
import { holderShape, thisProcess } from '../../state/holder.ts'
import { openOwn } from '../../state/read-own.ts'

/** The first line. */
const ownerSchema = holderShape.extend({
  config: z.string(),
  /** Which decides where a store's paths lead; absent in the first ledgers of version 0.1. */
  environment: z.string().optional(),
})
/** In version 0.1 at first: the clerk was known by its process id and when that began. */
const formerOwner = ownerSchema.pick({ pid: true, began: true, config: true, environment: true })

export type LedgerOwner = z.output<typeof ownerSchema>

export function ownerIn([first]: readonly unknown[]): LedgerOwner | undefined {
  const known = ownerSchema.safeParse(first).data
  if (known !== undefined) return known
  const former = formerOwner.safeParse(first).data
  return former && { ...thisProcess(), ...former }
}

const heldSchema = z.object({
  held: z.string(),
  store: z.string(),
  path: z.string(),
  server: z.string(),
  at: z.string(),
  /** RFC 3339. */
  expires: z.string(),
})
const renewedSchema = z.object({ renewed: z.string(), expires: z.string() })
/** With an outcome where nobody heard of it. */
const goneSchema = z.object({ gone: z.string(), outcome: z.string().optional(), at: z.string().optional() })
const triedSchema = z.object({ tried: z.string(), outcome: z.string(), at: z.string() })
/** How many of the outcomes above this line were told. */
const saidSchema = z.object({ said: z.number().int() })

export type Held = z.output<typeof heldSchema>

/** What became of a lease when no sidecar was there to hear of it. */
export interface SettledLease {
  readonly lease: Held
  readonly outcome: string
  /** When, RFC 3339. */
  readonly at: string
}

export function openIn(lines: readonly unknown[]): Held[] {
  const gone = new Set(lines.flatMap((line) => goneSchema.safeParse(line).data?.gone ?? []))
  return [...heldIn(lines).values()].filter(({ held }) => !gone.has(held))
}

export function outcomesIn(lines: readonly unknown[]): { all: number; untold: readonly SettledLease[] } {
  const held = heldIn(lines)
  const gone = new Set<string>()
  const all = lines.flatMap((line): SettledLease[] => {
    const told = triedSchema.safeParse(line).data ?? goneSchema.safeParse(line).data
    if (told === undefined) return []
    const id = 'gone' in told ? told.gone : told.tried
    const lease = held.get(id)
    // Two clerks that began together may both have asked; the first one ended it.
    if (lease === undefined || gone.has(id)) return []
    if ('gone' in told) gone.add(id)
    return told.outcome === undefined ? [] : [{ lease, outcome: told.outcome, at: told.at ?? '' }]
  })
  const said = lines.flatMap((line) => saidSchema.safeParse(line).data?.said ?? [])
  return { all: all.length, untold: all.slice(Math.max(0, ...said)) }
}

function heldIn(lines: readonly unknown[]): ReadonlyMap<string, Held> {
  const found = new Map<string, Held>()
  for (const line of lines) {
    const held = heldSchema.safeParse(line).data
    if (held !== undefined) found.set(held.held, held)
    const renewed = renewedSchema.safeParse(line).data
    const before = renewed && found.get(renewed.renewed)
    if (before !== undefined) found.set(before.held, { ...before, expires: renewed?.expires ?? '' })
  }
  return found
}

/** On a line of its own, whatever a full disk left of the one before. */
export function ledgerLine(line: object): string {
  return `\n${JSON.stringify(line)}\n`
}

/** False when the file is gone: a line without its owner's would be nobody's. */
export function appendLine(file: string, line: object): boolean {
  let fd: number
  try {
    fd = openOwn(file, constants.O_WRONLY | constants.O_APPEND)
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false
    throw error
  }
  try {
    writeFileSync(fd, ledgerLine(line))
    return true
  } finally {
    closeSync(fd)
  }
}

export function linesIn(text: string): unknown[] {
  return text.split('\n').flatMap(parseLine)
}

/** The last line of a killed clerk may be half. */
function parseLine(line: string): unknown[] {
  try {
    return line === '' ? [] : [JSON.parse(line)]
  } catch {
    return []
  }
}
