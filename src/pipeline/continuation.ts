/**
 * Makes and opens the state that travels through the host when a request ends in questions, and comes back with the
 * answers. `requestState` MUST be treated as attacker-controlled (2026-07-28 basic/patterns/mrtr, server requirements
 * 4 and 5), so it is sealed, and it opens only for the request that it was made for: the same server, launch command,
 * definition and arguments, in this run. What the child gave us is in it byte by byte, and goes back to that child
 * alone.
 *
 * Where a human had said yes, the state is that yes as well, and opens once (promise 4).
 */
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { members } from '../json/named.ts'
import { Seal } from '../approval/facts/seal.ts'
import type { Continuation } from '../upstream/messages/caller.ts'

/** What the state is bound to, as one value. */
export type StateBinding = string

export interface Suspended {
  readonly binding: StateBinding
  readonly next: Continuation
  /** What was asked by which key, as far as it takes to know an answer. */
  readonly asked: Readonly<Record<string, AskedKind>>
  /** A human said yes to the request. */
  readonly confirmed: boolean
  /** SHA-256 of the servers.yaml under which it was said; under another it is none. */
  readonly configHash: string
}

export interface AskedKind {
  readonly method: string
  /** Of an elicitation. */
  readonly mode?: string
}

const PREFIX = 'c1.'
const MAX_SEALED_LENGTH = 4 * 1024 * 1024
const MAX_SPENT = 10_000

const payloadSchema = z.object({
  id: z.string(),
  expires: z.number(),
  binding: z.string(),
  next: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('state'), requestState: z.string().exactOptional() }),
    z.object({ kind: z.literal('parked'), id: z.string() }),
  ]),
  asked: members(z.object({ method: z.string(), mode: z.string().exactOptional() })),
  confirmed: z.boolean(),
  configHash: z.string(),
})

export interface ContinuationsOptions {
  readonly session: string
  readonly expireMs: number
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export class Continuations {
  readonly #options: ContinuationsOptions
  readonly #seal: Seal
  /** Confirmed ones that came back already, with when they would have expired. */
  readonly #spent = new Map<string, number>()

  constructor(options: ContinuationsOptions) {
    this.#options = options
    this.#seal = new Seal(`continuation ${options.session}`, { prefix: PREFIX, maxLength: MAX_SEALED_LENGTH })
  }

  /** Undefined when it is too long to come back. */
  seal(suspended: Suspended): string | undefined {
    const { now, expireMs } = this.#options
    const sealed = this.#seal.seal({ ...suspended, id: randomUUID(), expires: now() + expireMs })
    return sealed.length > MAX_SEALED_LENGTH ? undefined : sealed
  }

  /** Whether a `requestState` says of itself that it is one of these; approvals have their own (through-host.ts). */
  isOne(requestState: string): boolean {
    return requestState.startsWith(PREFIX)
  }

  /** Undefined for anything that isn't one for this request, is over, or was confirmed and came back before. */
  open(requestState: string, binding: StateBinding): Suspended | undefined {
    const parsed = payloadSchema.safeParse(this.#seal.open(requestState))
    if (!parsed.success) return undefined
    const { id, expires, ...suspended } = parsed.data
    const now = this.#options.now()
    if (expires <= now || suspended.binding !== binding || this.#spent.has(id)) return undefined
    if (suspended.confirmed && !this.#spend(id, expires, now)) return undefined
    return suspended
  }

  /** False where so many are remembered that another can't be; then it isn't taken. */
  #spend(id: string, expires: number, now: number): boolean {
    for (const [old, until] of this.#spent) if (until <= now) this.#spent.delete(old)
    if (this.#spent.size >= MAX_SPENT) return false
    this.#spent.set(id, expires)
    return true
  }
}
