/**
 * Installs the package of a server once and finds it again: what npx and uvx look up anew at each start. What runs then is
 * what servers.lock holds, or what was installed, whatever the registry has meanwhile; "sidemux update" brings another
 * version.
 *
 * Several sidemuxes may want the same package at once: one of them installs it, the others wait for it.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { controllerForMany } from '../cancellation.ts'
import { systemErrorCode } from '../errors.ts'
import { makeDirectory } from '../state/directory.ts'
import { LockBusy, withLock } from '../state/lock.ts'
import { stateFile, stateRoom } from '../state/paths.ts'
import { askedFor, chosen, specsFor, type Chosen } from './chosen.ts'
import { NotInstalled, notInstalled } from './install-error.ts'
import type { InstalledPackage } from './installed.ts'
import type { PackageInLock } from './locked.ts'
import type { InstallOrder, InstalledParts } from './order.ts'
import { PackageBook, readInstalls } from './package-book.ts'
import { OddTree } from './tree/content.ts'
import { PackageStore } from './tree/store.ts'

/** One who installs says all the while that he lives. */
const TURN = { waitMs: 15 * 60 * 1000, staleMs: 8000 }

/** What a server's launch asks for, and with what it is installed. */
export interface PackageOrder extends Pick<
  InstallOrder,
  'server' | 'wanted' | 'installer' | 'env' | 'runScripts'
> {
  /** Names the wish, however references in it are resolved (`wantedKey`). */
  readonly key: string
  /** Of the launch that asks for it: what servers.lock holds is of one launch. */
  readonly launchHash: string
  readonly scripts: boolean
}

export interface FoundPackage {
  readonly installed: InstalledPackage
  /** The package's own files. */
  readonly tree: string
  /** It was installed just now, here. */
  readonly isFresh: boolean
}

export interface PackagesDeps {
  readonly stateDir: string
  /** The path of servers.yaml. */
  readonly configFile: string
  readonly now: () => number
  /** What servers.lock says by now. @throws SidemuxError where that can't be told */
  inLock(server: string, launchHash: string): PackageInLock
  /** A package is being installed, which takes its time. */
  onInstalling(server: string, spec: string): void
}

export class Packages {
  readonly book: PackageBook
  readonly store: PackageStore
  readonly #deps: PackagesDeps
  /** Each install listens to it. */
  readonly #closed = controllerForMany()
  /** What is being installed here, by server and wish. */
  readonly #open = new Map<string, Promise<FoundPackage>>()

  constructor(deps: PackagesDeps) {
    this.#deps = deps
    this.book = new PackageBook(deps.stateDir, deps.configFile)
    this.store = new PackageStore(deps.stateDir)
  }

  /**
   * The package that this server runs; installed first where it isn't yet. Who stops waiting doesn't stop the install.
   *
   * @throws NotInstalled where it can't be had, or isn't what servers.lock holds, or isn't any more what was installed;
   *   SidemuxError where what was installed or is to be can't be read
   */
  async find(order: PackageOrder, signal: AbortSignal): Promise<FoundPackage> {
    const found = await this.#there(order, this.#chosen(order))
    if (found !== undefined) return found
    const key = `${order.server} ${order.key}`
    const open = this.#open.get(key) ?? this.#install(order)
    this.#open.set(key, open)
    void open.catch(() => undefined).finally(() => this.#open.delete(key))
    return unlessAborted(open, signal, order)
  }

  /**
   * Installs what the entry asks for as the registry has it now, beside what runs. Nothing starts it before `take`.
   *
   * @throws NotInstalled
   */
  async fetch(order: PackageOrder): Promise<InstalledPackage> {
    return this.#fetch(order, {})
  }

  /** From now on this server runs that. @throws BookError */
  take(server: string, installed: InstalledPackage): void {
    this.book.set(server, installed)
  }

  /** Removes the packages that no servers.yaml names any more and nobody runs. Never throws. */
  async sweep(also: readonly string[] = []): Promise<number> {
    try {
      return await this.store.sweep(new Set([...also, ...this.#named()]))
    } catch {
      return 0
    }
  }

  /** Aborted when it is closed. */
  get closed(): AbortSignal {
    return this.#closed.signal
  }

  /** What is being installed is called off. */
  async close(): Promise<void> {
    this.#closed.abort()
    await Promise.allSettled(this.#open.values())
  }

  /** @throws NotInstalled where what is there isn't what was installed. */
  async #there(
    { server, wanted }: PackageOrder,
    { own: installed }: Chosen,
  ): Promise<FoundPackage | undefined> {
    if (installed === undefined) return undefined
    const state = await this.store.state(installed.content)
    if (state.kind === 'none') return undefined
    if (state.kind === 'changed')
      throw new NotInstalled(
        `"${server}" is not started: the installed files of ${wanted.name} are not as they were installed.`,
        `See what has changed below ${this.store.tree(installed.content)} and who did it; "sidemux update ${server}" installs it anew.`,
        false,
      )
    return this.#use(installed, false)
  }

  #use(installed: InstalledPackage, isFresh: boolean): FoundPackage {
    this.store.use(installed.content)
    return { installed, tree: this.store.tree(installed.content), isFresh }
  }

  async #install(order: PackageOrder): Promise<FoundPackage> {
    const room = stateRoom(this.#deps.stateDir, 'package')
    makeDirectory(room)
    const turn = stateFile(this.#deps.stateDir, 'package', { content: order.key })
    try {
      return await withLock(turn, TURN, async () => {
        // Another sidemux may have installed it meanwhile.
        const choice = this.#chosen(order)
        const there = await this.#there(order, choice)
        if (there !== undefined) return there
        this.#deps.onInstalling(order.server, specsFor({ ...order, ...choice }).join(' '))
        const installed = await this.#fetch(order, choice)
        this.book.set(order.server, installed)
        const found = this.#use(installed, true)
        await this.sweep()
        return found
      })
    } catch (error) {
      if (!(error instanceof LockBusy)) throw error
      throw new NotInstalled(
        `"${order.server}" is not started: ${error.holder} is installing its package.`,
        'It is tried again.',
        true,
      )
    }
  }

  #chosen(order: PackageOrder): Chosen {
    const { server, launchHash } = order
    return chosen(order, this.book.of(server), this.#deps.inLock(server, launchHash))
  }

  async #fetch(order: PackageOrder, choice: Chosen): Promise<InstalledPackage> {
    const { wanted } = order
    const asked = askedFor({ ...order, ...choice })
    let draft: string | undefined
    try {
      draft = await this.store.draft()
      const parts = await install({
        ...order,
        ...choice,
        tree: join(draft, 'tree'),
        signal: this.#closed.signal,
      })
      const { own, ...more } = parts
      const content = await this.store.keep(draft)
      draft = undefined
      return {
        ...more,
        hasScript: own.hasScript,
        wanted: order.key,
        registry: wanted.registry,
        name: wanted.name,
        content,
        scripts: order.scripts,
        since: this.#deps.now(),
      }
    } catch (error) {
      if (error instanceof NotInstalled) throw error
      if (this.#closed.signal.aborted) throw new NotInstalled('sidemux ends', 'Start it again.', true)
      if (error instanceof OddTree)
        throw new NotInstalled(
          `"${order.server}" is not started: ${asked.spec} ${error.message}.`,
          `With "install: off" for "${order.server}" in servers.yaml it is started as it is written.`,
          false,
        )
      throw notInstalled(asked, wanted.registry === 'npm' ? 'npm' : 'uv', systemErrorCode(error) ?? '')
    } finally {
      if (draft !== undefined) await this.store.discard(draft)
    }
  }

  /** What the books of all servers.yaml that are still there name. @throws where one can't be read: then nothing goes. */
  #named(): readonly string[] {
    const books = stateRoom(this.#deps.stateDir, 'installs')
    return readdirSync(books).flatMap((name) => {
      const found = readInstalls(join(books, name))
      return found === undefined || !existsSync(found.config) ? [] : found.contents
    })
  }
}

async function install(order: InstallOrder): Promise<InstalledParts> {
  if (order.wanted.registry === 'npm') return (await import('./npm/npm-install.ts')).installNpm(order)
  return (await import('./pypi/pypi-install.ts')).installPypi(order)
}

async function unlessAborted(
  open: Promise<FoundPackage>,
  signal: AbortSignal,
  { server, wanted }: PackageOrder,
): Promise<FoundPackage> {
  let stop: (() => void) | undefined
  const aborted = new Promise<never>((_, refuse) => {
    stop = (): void =>
      refuse(
        new NotInstalled(
          `"${server}" is being installed: ${wanted.specs[0]} has not come yet.`,
          'It starts as soon as it is there; this happens once.',
          true,
        ),
      )
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop)
  })
  try {
    return await Promise.race([open, aborted])
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop)
  }
}
