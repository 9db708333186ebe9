/**
 * Holds servers.lock and what was accepted on this machine alone (apart.ts) as one: what counts of a server as it is
 * launched now, and how that is changed. Each change is made of what is there by then, so an edit by a hand or by `git
 * pull` counts at once and is never written over.
 */
import { SidemuxError } from '../../errors.ts'
import type { JsonObject } from '../../json/record.ts'
import type { Book } from '../../state/book.ts'
import { NO_PINS } from '../pins/pin.ts'
import { apartBook, isSameLaunch, withApart, withoutApart, type ApartServers } from './apart.ts'
import { LockFile, type LockState } from './lock-file.ts'
import { serverDigest, type LockContent, type LockedServer } from './lock-text.ts'
import { maskedServer } from './locked-server.ts'

/** A server as servers.yaml has it. */
export interface LockableServer {
  readonly id: string
  readonly launchHash: string
  /** What it is launched with, as any machine can write it (config/for-rooms.ts). */
  readonly launch: JsonObject
  /** It may offer what servers.lock holds, and nothing else. */
  readonly isStrict: boolean
}

export interface LockChange {
  readonly server: string
  readonly launchHash: string
  /** What it becomes, of what it is when nobody else can change it. */
  readonly next: (known: LockedServer) => LockedServer
  /** What stands there of it doesn't count, nor whether it can be used. */
  readonly anew?: boolean
}

type KnownChange = LockChange & { readonly lockable: LockableServer }

export class LockStore {
  readonly #file: LockFile
  readonly #apart: Book<ApartServers>
  /** By id and hash of the launch, those of earlier configs too. */
  readonly #lockables = new Map<string, LockableServer>()
  #sign: string | undefined
  #revision = 0
  #isReadOnly = false

  constructor(stateDir: string, configFile: string) {
    this.#file = new LockFile(stateDir, configFile)
    this.#apart = apartBook(stateDir, configFile)
  }

  get path(): string {
    return this.#file.path
  }

  know(servers: readonly LockableServer[]): void {
    for (const server of servers) this.#lockables.set(`${server.id} ${server.launchHash}`, server)
  }

  lockable(server: string, launchHash: string): LockableServer | undefined {
    return this.#lockables.get(`${server} ${launchHash}`)
  }

  /** Another one each time that somebody else was found to have changed it; what is written here doesn't count. */
  get revision(): number {
    this.#countChange()
    return this.#revision + this.#apart.revision
  }

  /** Calls back when it is another one, whoever made it; returns how to stop. */
  watch(onChange: () => void): () => void {
    const stop = [this.#file.watch(onChange), this.#apart.watch(onChange)]
    return () => {
      for (const one of stop) one()
    }
  }

  /** What can't be used of it; empty where all can. */
  faults(): readonly SidemuxError[] {
    try {
      this.check()
    } catch (error) {
      if (error instanceof SidemuxError) return [error]
      throw error
    }
    const { content } = this.#file.look()
    return [...content.faulty.values()].map(({ fault }) => this.#file.faultOf(fault))
  }

  /** @throws SidemuxError where nothing is known to be accepted, of whichever server. */
  check(): void {
    const { error } = this.#file.look()
    if (error !== undefined) throw error
    this.#apart.read()
  }

  isUsable(server: string): boolean {
    const { error, content } = this.#file.look()
    return error === undefined && !content.faulty.has(server)
  }

  /** What counts of it as it is launched by this; another launch begins anew. @throws SidemuxError */
  entry(server: string, launchHash: string): LockedServer | undefined {
    const lockable = this.lockable(server, launchHash)
    return lockable && this.#entryIn(this.#file.look(), lockable)
  }

  /** By servers.lock, of whichever launch. */
  launch(server: string): JsonObject | undefined {
    return this.#file.look().content.servers.get(server)?.launch
  }

  /** It stands in servers.lock as it is launched now, or that can't be written. */
  isWritten(server: string, launchHash: string): boolean {
    const lockable = this.lockable(server, launchHash)
    const isOwn = lockable !== undefined && usableIn(this.#file.look().content, lockable) !== undefined
    return isOwn || this.#isReadOnly
  }

  /** @throws SidemuxError */
  change(changes: readonly LockChange[]): void {
    if (changes.length === 0) return
    const known = changes.map((one): KnownChange => {
      const lockable = this.lockable(one.server, one.launchHash)
      if (lockable === undefined) throw new Error(`the launch of ${one.server} is not known`)
      return { ...one, lockable }
    })
    const isWritten = this.#file.change((content) => {
      // What somebody else has written by now isn't taken for what is written here.
      this.#countChange()
      this.#keepFormer(content, known)
      const servers = new Map(content.servers)
      for (const one of known) servers.set(one.server, this.#next({ ...content, servers }, one))
      return { ...content, servers }
    })
    this.#isReadOnly = !isWritten
    if (!isWritten) return this.#changeApart(known)
    this.#sign = this.#file.look().sign
    const apart = this.#apart.read() ?? []
    // It stands in the file now.
    if (known.some(({ lockable }) => withoutApart(apart, lockable).length < apart.length))
      this.#apart.change((all = []) =>
        known.reduce((rest: ApartServers, { lockable }) => withoutApart(rest, lockable), all),
      )
  }

  /** @throws SidemuxError */
  mask(mask: <T>(value: T) => T): void {
    this.check()
    const { content } = this.#file.look()
    const isIn = (one: LockedServer): boolean => maskedServer(one, mask) !== one
    if ([...content.servers.values()].some(isIn)) this.#maskFile(mask)
    const next = (all: ApartServers | undefined): ApartServers | undefined =>
      all?.some(({ server }) => isIn(server)) === true
        ? all.map((one) => ({ ...one, server: maskedServer(one.server, mask) }))
        : undefined
    this.#apart.change(next)
  }

  #maskFile(mask: <T>(value: T) => T): void {
    const isWritten = this.#file.change((content) => {
      this.#countChange()
      const servers = [...content.servers].map(([id, one]) => [id, maskedServer(one, mask)] as const)
      return { ...content, servers: new Map(servers) }
    })
    this.#sign = this.#file.look().sign
    if (isWritten) return
    const { content } = this.#file.look()
    const next = (one: LockedServer): LockedServer => maskedServer(one, mask)
    const known = [...this.#lockables.values()].filter((lockable) => {
      const server = usableIn(content, lockable)
      return server !== undefined && next(server) !== server
    })
    this.#changeApart(
      known.map((lockable) => ({ server: lockable.id, launchHash: lockable.launchHash, lockable, next })),
    )
  }

  #entryIn(
    { content, error }: Pick<LockState, 'content' | 'error'>,
    lockable: LockableServer,
    all: ApartServers = this.#apart.read() ?? [],
  ): LockedServer | undefined {
    if (error !== undefined) throw error
    const { id, isStrict } = lockable
    const faulty = content.faulty.get(id)
    if (faulty !== undefined) throw this.#file.faultOf(faulty.fault)
    const own = usableIn(content, lockable)
    // What one machine alone has accepted is none of what a team has reviewed.
    if (isStrict) return own
    const apart = all.find((one) => one.id === id && isSameLaunch(one.server, lockable))
    if (own === undefined) return apart?.server
    return apart?.basis !== undefined && apart.basis === serverDigest(id, own) ? apart.server : own
  }

  #changeApart(known: readonly KnownChange[]): void {
    if (known.length === 0) return
    this.#apart.change((before = []) => {
      const { content } = this.#file.look()
      return known.reduce((all: ApartServers, one) => {
        const own = usableIn(content, one.lockable)
        return withApart(all, {
          id: one.server,
          server: this.#next(content, one, all),
          ...(own !== undefined && { basis: serverDigest(one.server, own) }),
        })
      }, before)
    })
  }

  #next(
    content: LockContent,
    { lockable, next, anew = false }: KnownChange,
    all?: ApartServers,
  ): LockedServer {
    const known = anew ? usableIn(content, lockable) : this.#entryIn({ content }, lockable, all)
    return next(known ?? { ...NO_PINS, launch: lockable.launch })
  }

  /** What another launch of it was accepted with, before that of now takes its place. */
  #keepFormer({ servers }: LockContent, known: readonly KnownChange[]): void {
    const formers = known.flatMap(({ lockable }) => {
      const server = servers.get(lockable.id)
      return server === undefined || isSameLaunch(server, lockable) ? [] : [{ id: lockable.id, server }]
    })
    if (formers.length > 0) this.#apart.change((all = []) => formers.reduce(withApart, all))
  }

  #countChange(): void {
    const { sign } = this.#file.look()
    if (this.#sign !== sign) this.#revision += 1
    this.#sign = sign
  }
}

function usableIn({ servers }: LockContent, lockable: LockableServer): LockedServer | undefined {
  const found = servers.get(lockable.id)
  return found !== undefined && isSameLaunch(found, lockable) ? found : undefined
}
