/**
 * Keeps what was pinned and doesn't stand in servers.lock yet, and writes it: at most once a second for each server, since a first
 * listing comes in pieces and each change writes the whole file anew.
 */
import type { Pins } from '../pins/pin.ts'
import type { LearntFacts } from './learnt.ts'
import type { LockChange, LockStore } from './lock-store.ts'
import type { LockedServer } from './lock-text.ts'
import { maskedServer, withSeen } from './locked-server.ts'

const WRITE_EVERY_MS = 1000

export type UnwrittenServer = Pins & Partial<LockedServer>

export interface UnwrittenPinsDeps {
  readonly store: Pick<LockStore, 'change'>
  readonly learnt: Pick<LearntFacts, 'of'>
  /** Otherwise nothing is written, and what is kept here counts in this process alone. */
  readonly isWriter: boolean
}

export class UnwrittenPins {
  readonly #deps: UnwrittenPinsDeps
  /** By server and launch. */
  readonly #kept = new Map<string, Map<string, UnwrittenServer>>()
  #timer: NodeJS.Timeout | undefined
  /** By server, on the clock of performance.now(). */
  readonly #wroteAt = new Map<string, number>()

  constructor(deps: UnwrittenPinsDeps) {
    this.#deps = deps
  }

  of(server: string, launchHash: string): UnwrittenServer | undefined {
    return this.#kept.get(server)?.get(launchHash)
  }

  /** @throws SidemuxError when it can't be written where that is due. */
  note(server: string, launchHash: string, next: UnwrittenServer): void {
    const launches = this.#kept.get(server) ?? new Map<string, UnwrittenServer>()
    launches.set(launchHash, { ...launches.get(launchHash), ...next })
    this.#kept.set(server, launches)
    if (!this.#deps.isWriter) return
    const dueMs = (this.#wroteAt.get(server) ?? -Infinity) + WRITE_EVERY_MS - performance.now()
    if (dueMs <= 0) this.#write()
    else this.#timer ??= setTimeout(() => this.#writeLater(), dueMs).unref()
  }

  has(server: string): boolean {
    return this.#kept.has(server)
  }

  /** Writes what there is of this server now. @throws SidemuxError */
  keep(server: string): void {
    if (this.has(server)) this.#write()
  }

  mask(mask: <T>(value: T) => T): void {
    for (const launches of this.#kept.values())
      for (const [launchHash, pins] of launches) launches.set(launchHash, maskedServer(pins, mask))
  }

  /** Never throws: what can't be written at the end is pinned anew by the next run. */
  close(): void {
    this.#writeLater()
    clearTimeout(this.#timer)
  }

  #write(): void {
    const { isWriter, learnt, store } = this.#deps
    if (!isWriter) return
    clearTimeout(this.#timer)
    this.#timer = undefined
    for (const server of this.#kept.keys()) this.#wroteAt.set(server, performance.now())
    const changes = [...this.#kept].flatMap(([server, launches]) =>
      [...launches].map(([launchHash, { resources, instructions, ...pins }]): LockChange => ({
        server,
        launchHash,
        next: (known) => ({
          ...learnt.of(server, launchHash),
          ...known,
          ...withSeen(known, pins),
          ...(known.resources === undefined && resources !== undefined && { resources }),
          ...(known.instructions === undefined && instructions !== undefined && { instructions }),
        }),
      })),
    )
    store.change(changes)
    this.#kept.clear()
  }

  /** What failed is tried again with the next name, and before a call relies on it, which then doesn't happen. */
  #writeLater(): void {
    try {
      this.#write()
    } catch {
      this.#timer = undefined
    }
  }
}
