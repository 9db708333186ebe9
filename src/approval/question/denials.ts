/**
 * Remembers what a human said no to, for as long as he need not say it again: the identical call for some minutes,
 * and, where he wished it, every call of a tool for a while. It lives as long as the sidecar. A later yes to the
 * identical call, and whoever lifts a denial of a tool, ends it. Pure but for what it remembers; the clock is handed
 * in.
 */
import type { ApprovalRequest } from './decision.ts'
import type { Denial } from '../facts/pending.ts'
import { bindingDigest } from '../facts/request.ts'

/** Why a call isn't asked about. */
export interface DeniedBefore {
  /** The question that was answered so. */
  readonly id: string
  /** Half a sentence, e.g. "the human said no to this call 2 min ago". */
  readonly detail: string
}

/** For how long the identical call is refused. */
const CALL_MS = 5 * 60_000
/** For how long all calls of a tool may be, in milliseconds. */
export const MAX_DENY_MS = 60 * 60_000
/** Of each sort; the oldest go first. Who is asked more than that in an hour has other worries. */
const MAX_KEPT = 1000

/** A clock correction is smaller than this. */
const CLOCK_SLACK_MS = 60_000

interface Kept {
  readonly denial: Denial
  readonly request: ApprovalRequest
}

export class Denials {
  readonly #now: () => number
  /** By the digest of the binding. */
  readonly #calls = new Map<string, { readonly id: string; readonly since: number }>()
  readonly #tools = new Map<string, Kept>()

  constructor(now: () => number) {
    this.#now = now
  }

  /** @param forMs every call of the tool, for so long */
  said(id: string, request: ApprovalRequest, forMs?: number): void {
    const since = this.#now()
    put(this.#calls, bindingDigest(request.binding), { id, since })
    if (forMs === undefined) return
    const { kind, server, tool } = request.facts
    const denial = { id, ...(kind !== undefined && { kind }), server, tool, since, until: since + forMs }
    put(this.#tools, denialKey(request), { denial, request })
  }

  /** A human says yes to exactly this call now. */
  reversed({ binding }: ApprovalRequest): void {
    this.#calls.delete(bindingDigest(binding))
  }

  find(request: ApprovalRequest): DeniedBefore | undefined {
    const now = this.#now()
    const all = this.#tools.get(denialKey(request))?.denial
    if (all !== undefined && holds(all, now)) {
      const detail = `the human said no to all calls of this tool ${ago(now - all.since)}, for another ${minutes(all.until - now)}`
      return { id: all.id, detail }
    }
    const one = this.#calls.get(bindingDigest(request.binding))
    if (one === undefined || !holds({ since: one.since, until: one.since + CALL_MS }, now)) return undefined
    return { id: one.id, detail: `the human said no to this call ${ago(now - one.since)}` }
  }

  /** Those of tools that still hold, oldest first. */
  list(): readonly Denial[] {
    const now = this.#now()
    return [...this.#tools.values()].map(({ denial }) => denial).filter((denial) => holds(denial, now))
  }

  /** What a denial of a tool was said to; undefined where none of this id holds. */
  get(id: string): ApprovalRequest | undefined {
    const now = this.#now()
    return [...this.#tools.values()].find(({ denial }) => denial.id === id && holds(denial, now))?.request
  }

  /** The tool is asked about again, the call that was denied too. */
  lift(id: string): void {
    for (const [key, { denial, request }] of this.#tools) {
      if (denial.id !== id) continue
      this.#tools.delete(key)
      this.reversed(request)
    }
  }
}

/** What is denied together: one tool, prompt or resource of one server. */
export function denialKey({ facts: { kind = 'tool', server, tool } }: ApprovalRequest): string {
  return JSON.stringify([kind, server, tool])
}

function put<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key)
  map.set(key, value)
  const [oldest] = map.keys()
  if (map.size > MAX_KEPT && oldest !== undefined) map.delete(oldest)
}

/** Of a clock that was set back nobody knows how long it would hold; asking again is the safe side. */
function holds({ since, until }: Pick<Denial, 'since' | 'until'>, now: number): boolean {
  return now < until && now > since - CLOCK_SLACK_MS
}

function ago(ms: number): string {
  return ms < 60_000 ? 'just now' : `${Math.floor(ms / 60_000)} min ago`
}

function minutes(ms: number): string {
  return `${Math.max(1, Math.ceil(ms / 60_000))} min`
}
