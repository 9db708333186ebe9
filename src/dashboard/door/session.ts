/**
 * Decides which browser may use the page. A link carries a bootstrap secret (256 random bits, good for 60 s and for
 * one use), which is exchanged for a session: a cookie that only the browser that made the exchange has.
 *
 * - A second use of a link, whenever it comes, means that two have had it: the session that came out of the first use
 *   is void, and with it the yeses given through it that aren't spent.
 * - A fresh session decides nothing for 2 s, in which a browser that lost the race against a thief voids it; for 6 s
 *   where the thief could be what a server left behind, because a browser that isn't running yet takes its time.
 * - Browsers send a cookie to every port of 127.0.0.1, so that whoever listens on one can be shown it. A session
 *   therefore belongs to the processes that made the exchange, where the system tells which; it is not taken from others.
 * - It ends with the sidecar, and after 12 h in which nobody used it.
 *
 * Secrets are kept as their SHA-256 and looked up by it, so that comparing tells nothing about them.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto'

export interface PageSession {
  /** Names it in the audit log and at the desk; no right. */
  readonly id: string
  readonly decidesFrom: number
  readonly owner: string | undefined
}

export type CodeExchange =
  | { readonly kind: 'begun'; readonly session: PageSession; readonly cookie: string }
  | { readonly kind: 'reused'; readonly session: string }
  | { readonly kind: 'expired' }
  | { readonly kind: 'unknown' }

export interface SessionsOptions {
  readonly now: () => number
  readonly settleMs: number
  /** For a process that a server may have left behind: as long as a browser may take to open, who would void it. */
  readonly orphanSettleMs: number
  readonly linkMs: number
  readonly idleMs: number
}

export const SESSION_TIMES = {
  settleMs: 2000,
  orphanSettleMs: 6000,
  linkMs: 60_000,
  idleMs: 12 * 60 * 60_000,
}

/** A browser that has come in by its link loads the page, and is there when the page listens. */
const LOADS_MS = 10_000

/** Each link that was used lives as long as its session does. */
const MAX_LINKS = 64

interface Link {
  readonly madeAt: number
  session?: string
  /** When it was used, while its page doesn't listen yet. */
  loadsSince?: number
}

interface Kept {
  readonly session: PageSession
  readonly key: string
  usedAt: number
}

export class Sessions {
  readonly #options: SessionsOptions
  readonly #links = new Map<string, Link>()
  /** Cookies whose session was voided, so that their pages can be told why they are over. */
  readonly #voided = new Set<string>()
  readonly #byKey = new Map<string, Kept>()

  constructor(options: SessionsOptions) {
    this.#options = options
  }

  /** A secret for a new link. */
  mint(): string {
    this.#forget()
    const secret = randomBytes(32).toString('base64url')
    this.#links.set(hash(secret), { madeAt: this.#options.now() })
    return secret
  }

  /** A link that was handed to nobody. */
  drop(secret: string): void {
    this.#links.delete(hash(secret))
  }

  knows(secret: string): boolean {
    return this.#links.has(hash(secret))
  }

  wasUsed(secret: string): boolean {
    return this.#links.get(hash(secret))?.session !== undefined
  }

  /** Whether a link is still waiting for its browser, or a browser that came loads the page. */
  get awaited(): boolean {
    const now = this.#options.now()
    const alive = new Set([...this.#byKey.values()].map(({ session }) => session.id))
    return [...this.#links.values()].some(({ session, madeAt, loadsSince = -Infinity }) =>
      session === undefined
        ? now - madeAt < this.#options.linkMs
        : alive.has(session) && now - loadsSince < LOADS_MS,
    )
  }

  /** Its page listens; that a person closes it afterwards is his affair. */
  arrived(id: string): void {
    for (const link of this.#links.values()) if (link.session === id) delete link.loadsSince
  }

  /**
   * @param owner The processes that hold the connection.
   * @param isOrphan Whether a server may have left them behind.
   */
  exchange(secret: string, owner: string | undefined, isOrphan = false): CodeExchange {
    const link = this.#links.get(hash(secret))
    if (link === undefined) return { kind: 'unknown' }
    if (link.session !== undefined) {
      this.#void(link.session)
      // Told once; whoever comes now finds nothing.
      this.#links.delete(hash(secret))
      return { kind: 'reused', session: link.session }
    }
    const now = this.#options.now()
    const cookie = randomBytes(32).toString('base64url')
    const { settleMs, orphanSettleMs } = this.#options
    const session = { id: randomUUID(), decidesFrom: now + (isOrphan ? orphanSettleMs : settleMs), owner }
    link.session = session.id
    link.loadsSince = now
    // What came too late was used all the same: whoever comes next is the second.
    if (now - link.madeAt >= this.#options.linkMs) return { kind: 'expired' }
    this.#byKey.set(hash(cookie), { session, key: hash(cookie), usedAt: now })
    return { kind: 'begun', session, cookie }
  }

  /** @param use Somebody did something, which keeps it alive. */
  find(cookie: string | undefined, use: boolean): PageSession | undefined {
    if (cookie === undefined) return undefined
    const kept = this.#byKey.get(hash(cookie))
    if (kept === undefined) return undefined
    const now = this.#options.now()
    if (now - kept.usedAt >= this.#options.idleMs) {
      this.end(kept.session.id)
      return undefined
    }
    if (use) kept.usedAt = now
    return kept.session
  }

  wasVoided(cookie: string): boolean {
    return this.#voided.has(hash(cookie))
  }

  end(id: string): void {
    for (const { session, key } of this.#byKey.values()) if (session.id === id) this.#byKey.delete(key)
  }

  #void(id: string): void {
    const [oldest] = this.#voided
    if (this.#voided.size >= MAX_LINKS && oldest !== undefined) this.#voided.delete(oldest)
    for (const { session, key } of this.#byKey.values()) if (session.id === id) this.#voided.add(key)
    this.end(id)
  }

  /** Links that are no use to anybody; the oldest ones beyond the bound, and their sessions, whom nothing could void. */
  #forget(): void {
    const now = this.#options.now()
    for (const [key, { session, madeAt }] of this.#links)
      if (session === undefined && now - madeAt >= 2 * this.#options.linkMs) this.#links.delete(key)
    for (const [key, { session }] of this.#links) {
      if (this.#links.size < MAX_LINKS) return
      if (session !== undefined) this.end(session)
      this.#links.delete(key)
    }
  }
}

function hash(secret: string): string {
  return createHash('sha256').update(secret).digest('base64')
}
