/**
 * Knows what was accepted of each server (promise 5): by servers.lock beside servers.yaml, which is committed and reviewed,
 * and what was accepted on this machine alone. All sidecars of one servers.yaml share it (lock-store.ts).
 *
 * It is written by sidemux, and never where nobody has agreed to that: a server that is `strict` may offer what
 * servers.lock holds and nothing else, and with `serve --frozen` nothing is written at all.
 *
 * A whole file is written anew at each change, and what changes is bounded: a first listing (pin.ts), which is pinned
 * here at once and written a little later (unwritten-pins.ts), and what a human accepts. What a call relies on is written
 * before the call (`keep`).
 */
import { basename } from 'node:path'
import type { SidemuxError } from '../../errors.ts'
import type { JsonObject } from '../../json/record.ts'
import type { LockedPackage, PackageInLock } from '../../packages/locked.ts'
import type { Offers } from '../../upstream/messages/offer.ts'
import {
  accepted,
  NO_PINS,
  pinSeen,
  PINNED_KINDS,
  type AcceptedOffers,
  type PinnedKind,
  type PinnedList,
  type Pins,
} from '../pins/pin.ts'
import { LearntFacts } from './learnt.ts'
import { LockStore, type LockableServer } from './lock-store.ts'
import type { LockedServer } from './lock-text.ts'
import { offersIn } from './locked-offers.ts'
import { mapLists, withSeen } from './locked-server.ts'
import { resourcesToLock } from './resources-to-lock.ts'
import { UnwrittenPins } from './unwritten-pins.ts'

/** By kind of list. */
type Seen = Readonly<Partial<Record<PinnedKind, Lists>>> & { readonly resources?: readonly JsonObject[] }
interface Lists {
  readonly list: readonly JsonObject[]
  readonly isWhole: boolean
}

/** `ask`: only what a human accepts is written, for a command that shows the difference. `never`: not even that. */
export type LockWriting = 'seen' | 'ask' | 'never'

const EMPTY_AND_OVER: PinnedList = { pinned: new Map(), isOver: true }
/** Of a strict server of which servers.lock says nothing, all is new. */
const NOTHING_ACCEPTED: Pins = { tools: EMPTY_AND_OVER, prompts: EMPTY_AND_OVER, templates: EMPTY_AND_OVER }

export class ServersLock {
  readonly #store: LockStore
  readonly #writing: LockWriting
  readonly #learnt = new LearntFacts()
  readonly #unwritten: UnwrittenPins

  constructor(
    stateDir: string,
    configFile: string,
    servers: readonly LockableServer[],
    writing: LockWriting = 'seen',
  ) {
    this.#store = new LockStore(stateDir, configFile)
    this.#writing = writing
    this.#unwritten = new UnwrittenPins({
      store: this.#store,
      learnt: this.#learnt,
      isWriter: writing === 'seen',
    })
    this.know(servers)
  }

  get path(): string {
    return this.#store.path
  }

  /** The servers of another servers.yaml. What is known of those before stays known. */
  know(servers: readonly LockableServer[]): void {
    this.#store.know(servers)
  }

  /** Another one each time that somebody else was found to have changed it. */
  get revision(): number {
    return this.#store.revision
  }

  /** Calls back when it is another one, whoever made it; returns how to stop. */
  watch(onChange: () => void): () => void {
    return this.#store.watch(onChange)
  }

  /** What can't be used of it; empty where all can. */
  faults(): readonly SidemuxError[] {
    return this.#store.faults()
  }

  /** @throws SidemuxError where nothing is known to be accepted, of whichever server. */
  check(): void {
    this.#store.check()
  }

  /** @throws SidemuxError when it can't be read. */
  pins(server: string, launchHash: string): AcceptedOffers | undefined {
    const found = this.stored(server, launchHash)
    if (this.#isStrict(server, launchHash)) return found ?? NOTHING_ACCEPTED
    const unwritten = this.#unwritten.of(server, launchHash)
    return unwritten === undefined ? found : withSeen(found ?? NO_PINS, unwritten)
  }

  era(server: string, launchHash: string): string | undefined {
    return this.stored(server, launchHash)?.era ?? this.#learnt.of(server, launchHash).era
  }

  /** Undefined also where it can't be told. */
  instructions(server: string, launchHash: string): string | undefined {
    if (!this.#store.isUsable(server)) return undefined
    return (
      this.stored(server, launchHash)?.instructions ?? this.#unwritten.of(server, launchHash)?.instructions
    )
  }

  /** All that was accepted of it, as if it had just said so; undefined where nothing was. @throws SidemuxError */
  offers(server: string, launchHash: string): Offers | undefined {
    const found = this.stored(server, launchHash)
    return found && offersIn(found)
  }

  /** The launch that servers.lock has of it, and the one of now. */
  launches(server: string, launchHash: string): { readonly locked?: JsonObject; readonly now: JsonObject } {
    const locked = this.#store.launch(server)
    return { ...(locked && { locked }), now: this.#store.lockable(server, launchHash)?.launch ?? {} }
  }

  /** What stands there now, without what is pinned and not written; for comparing. @throws SidemuxError */
  stored(server: string, launchHash: string): LockedServer | undefined {
    return this.#store.entry(server, launchHash)
  }

  /** False for a strict server that servers.lock doesn't hold as it is launched now: it may not start. @throws SidemuxError */
  mayStart(server: string, launchHash: string): boolean {
    return !this.#isStrict(server, launchHash) || this.stored(server, launchHash) !== undefined
  }

  /**
   * Pins what a first listing holds; returns the pins as they now are.
   * @param seen the lists that could be read
   * @throws SidemuxError when it can't be read, or written where that is due.
   */
  see(server: string, launchHash: string, seen: Seen): Pins {
    const before = this.pins(server, launchHash)
    const known = before ?? NO_PINS
    if (this.#isStrict(server, launchHash)) return known
    const at = Date.now()
    const after = mapLists(known, (list, kind) => {
      const now = seen[kind]
      return now === undefined ? list : pinSeen(list, { ...now, at })
    })
    const resources = this.#newResources(server, launchHash, seen)
    // A server without tools is known too.
    const isKnown = before !== undefined && PINNED_KINDS.every((kind) => after[kind] === before[kind])
    if (isKnown && resources === undefined && this.#store.isWritten(server, launchHash)) return before
    this.#unwritten.note(server, launchHash, { ...after, ...(resources !== undefined && { resources }) })
    return this.pins(server, launchHash) ?? after
  }

  /** What it first said of itself. */
  seeInstructions(server: string, launchHash: string, instructions: string): void {
    if (this.#isStrict(server, launchHash) || this.instructions(server, launchHash) !== undefined) return
    const known = this.pins(server, launchHash) ?? NO_PINS
    this.#unwritten.note(server, launchHash, { ...known, instructions })
  }

  /** Whether something that was pinned of this server isn't in the file yet. */
  hasUnwritten(server: string): boolean {
    return this.#unwritten.has(server)
  }

  /** Writes what was pinned of this server and isn't in the file yet. @throws SidemuxError */
  keep(server: string): void {
    this.#unwritten.keep(server)
  }

  /** Never throws: what can't be written at the end is pinned anew by the next run. */
  close(): void {
    this.#unwritten.close()
  }

  setEra(server: string, launchHash: string, era: string | undefined): void {
    const known = this.stored(server, launchHash)
    if (era === undefined || known === undefined) this.#learnt.setEra(server, launchHash, era)
    if (known === undefined || known.era === era) return
    if (this.#writing !== 'seen' || this.#isStrict(server, launchHash)) return
    const next = ({ era: _before, ...rest }: LockedServer): LockedServer => ({
      ...rest,
      ...(era === undefined ? {} : { era }),
    })
    this.#store.change([{ server, launchHash, next }])
  }

  /** What it says of the package of a server. @throws SidemuxError where that can't be told */
  packageOf(server: string, launchHash: string): PackageInLock {
    const isStrict = this.#isStrict(server, launchHash)
    // Who is to put right what can't be used has to see it run.
    const canTell = this.#writing !== 'ask' || this.#store.isUsable(server)
    const locked = canTell ? this.stored(server, launchHash)?.package : undefined
    return { locked, isStrict, file: basename(this.path) }
  }

  /** That it runs in this process; undefined where it was started as it is written, or not at all. */
  packageNow(server: string, launchHash: string): LockedPackage | undefined {
    return this.#learnt.of(server, launchHash).package
  }

  /** It runs that. What stands here already stays, since somebody may just have written another one. @throws SidemuxError */
  setPackage(server: string, launchHash: string, now: LockedPackage): void {
    this.#learnt.setPackage(server, launchHash, now)
    if (this.#writing !== 'seen' || this.#isStrict(server, launchHash)) return
    const known = this.stored(server, launchHash)
    if (known === undefined || known.package !== undefined) return
    const next = (there: LockedServer): LockedServer => ({ package: now, ...there })
    this.#store.change([{ server, launchHash, next }])
  }

  /** A human's word for that one, also of a strict server. Of a server of which nothing stands here its next start writes it. @throws SidemuxError */
  acceptPackage(server: string, launchHash: string, now: LockedPackage): void {
    if (this.#writing === 'never' || this.stored(server, launchHash) === undefined) return
    this.#store.change([{ server, launchHash, next: (known) => ({ ...known, package: now }) }])
  }

  /** Takes these definitions as the good ones: a human's answer to what is new or has changed. @throws SidemuxError */
  accept(
    server: string,
    launchHash: string,
    definitions: Readonly<Partial<Record<PinnedKind, readonly JsonObject[]>>>,
    facts: Pick<LockedServer, 'instructions' | 'package'> = {},
  ): void {
    if (this.#writing === 'never') return
    this.keep(server)
    const isKnown = this.stored(server, launchHash) !== undefined
    const next = (known: LockedServer): LockedServer => ({
      ...known,
      // Whoever chooses of what nobody has seen leaves the rest for later.
      ...mapLists(isKnown ? known : { ...known, ...NOTHING_ACCEPTED }, (list, kind) =>
        accepted(list, definitions[kind] ?? []),
      ),
      ...facts,
    })
    this.#store.change([{ server, launchHash, next }])
  }

  /** Takes all that it offers now, and nothing else, as the good one. @throws SidemuxError */
  acceptAll(server: string, launchHash: string, offers: Offers): void {
    if (this.#writing === 'never') return
    const list = (kind: PinnedKind): PinnedList => {
      const { since: _since, ...seen } = pinSeen(NO_PINS[kind], { list: offers[kind], isWhole: true, at: 0 })
      return seen
    }
    const resources = resourcesToLock(offers.resources)
    const next = ({ launch, era }: LockedServer): LockedServer => ({
      launch,
      ...this.#learnt.of(server, launchHash),
      ...(era !== undefined && { era }),
      ...(offers.instructions !== undefined && { instructions: offers.instructions }),
      tools: list('tools'),
      prompts: list('prompts'),
      templates: list('templates'),
      ...(resources.size > 0 && { resources }),
    })
    this.#store.change([{ server, launchHash, next, anew: true }])
  }

  /**
   * Takes out of everything that is pinned what became a secret since. A definition says the same after it, so it stays
   * the one that was seen first.
   * @throws SidemuxError
   */
  mask(mask: <T>(value: T) => T): void {
    this.#unwritten.mask(mask)
    if (this.#writing === 'seen') this.#store.mask(mask)
  }

  /** Not for whoever is shown what it offers before it is accepted. */
  #isStrict(server: string, launchHash: string): boolean {
    if (this.#writing === 'ask') return false
    return this.#store.lockable(server, launchHash)?.isStrict === true
  }

  #newResources(
    server: string,
    launchHash: string,
    { resources = [] }: Seen,
  ): LockedServer['resources'] | undefined {
    if (resources.length === 0) return undefined
    const known =
      this.stored(server, launchHash)?.resources ?? this.#unwritten.of(server, launchHash)?.resources
    return known === undefined ? resourcesToLock(resources) : undefined
  }
}
