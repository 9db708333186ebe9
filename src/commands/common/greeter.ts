/**
 * Keeps what hosts are told at their greeting and in their first lists, whenever it is something else than before, for the
 * next start (downstream/greeting.ts).
 */
import { keepGreeting, keepLists, removeUnmasked, type GreetingFacts } from '../../downstream/greeting.ts'
import type { List, ListingHost } from '../../downstream/rooms.ts'
import { systemErrorCode } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import { sha256 } from '../../json/canonical.ts'
import type { OfferKind } from '../../upstream/messages/offer.ts'
import { greetingFile, greetingRoom } from './greeted.ts'

export interface GreeterDeps {
  readonly stateDir: string
  readonly log: Logger
  /** Of the configuration of now. */
  facts(): GreetingFacts
  instructions(): string | undefined
  /** Each server has listed what it offers, or has failed. What is told before that isn't kept: hosts wait for the rest. */
  isWhole(): boolean
  /** As this host would be listed it now. */
  peek(kind: OfferKind, host: ListingHost): List
  /** By all secrets that are known; the same value where there is none in it. */
  mask<T>(value: T): T
  secretsKnown(): number
}

/** A host that calls itself something else each time is not worth more. */
const MAX_HOSTS = 16

export class Greeter {
  readonly #deps: GreeterDeps
  /** By file, the hash of its content as it was written last. */
  readonly #kept = new Map<string, string>()
  /** By host, the lists that it has asked for. */
  readonly #listed = new Map<string, { readonly host: ListingHost; readonly lists: Map<OfferKind, List> }>()

  /** How many secrets were known when all that is kept was looked through for them. */
  #searchedFor = 0

  /** One after the other, so that the last one stays. */
  #writing: Promise<void> = Promise.resolve()

  constructor(deps: GreeterDeps) {
    this.#deps = deps
  }

  /** A host was told this list. */
  listed(kind: OfferKind, host: ListingHost, list: List): void {
    const key = JSON.stringify(host)
    const known = this.#listed.get(key) ?? { host, lists: new Map<OfferKind, List>() }
    this.#listed.delete(key)
    this.#listed.set(key, known)
    for (const oldest of [...this.#listed.keys()].slice(0, -MAX_HOSTS)) this.#listed.delete(oldest)
    known.lists.set(kind, list)
    if (!this.#deps.isWhole()) return
    this.#keepLists(known)
    this.#keepInstructions()
    this.#removeUnmasked()
  }

  /** Nothing is told any more: what has changed since it was told is what the next start begins with. Never rejects. */
  async end(): Promise<void> {
    if (this.#deps.isWhole()) {
      for (const known of this.#listed.values()) {
        for (const kind of known.lists.keys()) known.lists.set(kind, this.#deps.peek(kind, known.host))
        this.#keepLists(known)
      }
      this.#keepInstructions()
    }
    this.#removeUnmasked()
    await this.#writing
  }

  #keepInstructions(): void {
    this.#keep(undefined, { instructions: this.#deps.mask(this.#deps.instructions()) }, keepGreeting)
  }

  #keepLists({
    host,
    lists,
  }: {
    readonly host: ListingHost
    readonly lists: ReadonlyMap<OfferKind, List>
  }): void {
    // One that was told before may hold what became a secret since.
    this.#keep(host, { host, lists: this.#deps.mask(Object.fromEntries(lists)) }, keepLists)
  }

  /** Where it is something else than before. */
  #keep<T>(
    host: ListingHost | undefined,
    told: T,
    write: (file: string, of: GreetingFacts, told: T) => Promise<void>,
  ): void {
    try {
      const of = this.#deps.facts()
      const file = greetingFile(this.#deps.stateDir, of, host)
      const text = sha256(JSON.stringify([of, told]))
      if (this.#kept.get(file) === text) return
      this.#kept.set(file, text)
      this.#afterwards(() => write(file, of, told))
    } catch (error) {
      this.#notKept(error)
    }
  }

  /** What other hosts were told, in this run or an earlier one, may hold a secret that is known by now (promise 3). */
  #removeUnmasked(): void {
    const known = this.#deps.secretsKnown()
    if (known === this.#searchedFor) return
    this.#searchedFor = known
    // What is removed is kept again with the next list.
    this.#kept.clear()
    this.#afterwards(() =>
      removeUnmasked(greetingRoom(this.#deps.stateDir), (value) => this.#deps.mask(value)),
    )
  }

  #afterwards(act: () => Promise<void> | void): void {
    this.#writing = this.#writing.then(act).catch((error: unknown) => this.#notKept(error))
  }

  #notKept(error: unknown): void {
    this.#deps.log.debug({ reason: systemErrorCode(error) }, 'what hosts are told could not be kept')
  }
}
