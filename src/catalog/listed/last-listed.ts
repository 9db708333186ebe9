/**
 * Keeps from one run to the next what servers offered last, so that a host's first list needn't wait for them. It is
 * a memory and no promise: what is listed from it goes through the same rules and pins as what a server says now, and
 * a call waits for the server itself. It lies masked in `listed/` of the state directory, a file for each server,
 * launch and circumstance (0600); the file's time is when it was last listed. What can't be used is left alone with a
 * line in the log, since it costs a wait and nothing else.
 */
import { readdirSync } from 'node:fs'
import { readdir, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { canonicalHash, sha256 } from '../../json/canonical.ts'
import { systemErrorCode } from '../../errors.ts'
import { makeDirectory } from '../../state/directory.ts'
import { stateRoom } from '../../state/paths.ts'
import { replaceFile } from '../../state/replace.ts'
import type { JsonObject } from '../../json/record.ts'
import type { Offers } from '../../upstream/messages/offer.ts'
import { listedText, MAX_LISTED_BYTES, readListed } from './listed-file.ts'

/** Whose listing, and what it depends on. */
export interface ListedAs {
  readonly server: string
  readonly launchHash: string
  /** Whatever else decides what the server lists, as JSON. */
  readonly circumstances: JsonObject
}

export interface KeptOffers {
  /** Without cache hints: it is old already. */
  readonly offers: Offers
  /** When it was listed, in ms since 1970. */
  readonly at: number
  /** It was never listed here: it is what servers.lock holds. */
  readonly isLocked?: true
}

/** Of one server, by launches and circumstances; the oldest go first. */
const MAX_FILES = 8
const MAX_AGE_MS = 30 * 24 * 3_600_000
/** What a killed process was writing. */
const ABANDONED_MS = 60_000
const NAME = /^([0-9a-f]{16})-([a-z0-9-]+)-([0-9a-f]{16})-[0-9a-f]{16}\.json$/

export class LastListed {
  readonly #dir: string
  readonly #config: string
  readonly #warn: (text: string) => void
  /** What is in the files, as far as it was read or written here. */
  readonly #texts = new Map<string, string>()

  /** @param warn for the log */
  constructor(stateDir: string, configFile: string, warn: (text: string) => void) {
    this.#dir = stateRoom(stateDir, 'listed')
    this.#config = configFile
    this.#warn = warn
  }

  get(as: ListedAs): KeptOffers | undefined {
    const name = this.#nameOf(as)
    return name === undefined ? undefined : this.#read(name, as)
  }

  /** The newest one of this launch, whatever it was listed for. */
  latest(server: string, launchHash: string): KeptOffers | undefined {
    const start = this.#startOf(server, launchHash)
    const all = this.#names()
      .filter((name) => name.startsWith(start) && NAME.test(name))
      .flatMap((name) => this.#read(name, { server, launchHash }) ?? [])
    return all.toSorted((a, b) => b.at - a.at)[0]
  }

  /** Never rejects. @param offers masked */
  async keep(as: ListedAs, offers: Offers): Promise<void> {
    const { server, launchHash, circumstances } = as
    const name = this.#nameOf(as)
    if (name === undefined) return
    const file = join(this.#dir, name)
    const text = listedText({ config: this.#config, server, launch: launchHash, circumstances }, offers)
    try {
      if (Buffer.byteLength(text) > MAX_LISTED_BYTES) {
        await rm(file, { force: true })
        this.#warn(
          `what ${server} lists is larger than ${MAX_LISTED_BYTES} bytes, so hosts wait for it at each start`,
        )
        return
      }
      if (this.#texts.get(name) === text && (await touched(file))) return
      makeDirectory(this.#dir)
      await replaceFile(file, text)
      this.#texts.set(name, text)
    } catch (error) {
      this.#warn(`what ${server} lists could not be kept (${systemErrorCode(error) ?? 'unknown error'})`)
    }
  }

  /** Takes out of all that is kept for this servers.yaml what became a secret since. Never rejects. */
  async mask(mask: (offers: Offers) => Offers): Promise<void> {
    for (const name of this.#names().filter((one) => one.startsWith(`${this.#prefix}-`) && NAME.test(one))) {
      const file = join(this.#dir, name)
      try {
        const { at, of, offers } = readListed(file)
        const masked = mask(offers)
        if (masked === offers) continue
        const text = listedText(of, masked)
        await replaceFile(file, text)
        await utimes(file, new Date(at), new Date(at))
        if (this.#texts.has(name)) this.#texts.set(name, text)
      } catch {
        // What can't be used is told of when it is asked for, and is written anew then.
      }
    }
  }

  /**
   * Removes what nobody will ask for: of servers that servers.yaml names no more, what was listed 30 days ago or more,
   * and of each server all but the newest few. Never rejects.
   * @param servers all that servers.yaml names, those that aren't started too
   */
  async sweep(servers: ReadonlySet<string>, now: number): Promise<void> {
    try {
      const files = await Promise.all((await namesIn(this.#dir)).map(async (name) => this.#look(name)))
      const newest = files.toSorted((a, b) => b.changed - a.changed)
      const seen = new Map<string, number>()
      for (const { name, changed } of newest) {
        const age = now - changed
        const [, config, server = ''] = NAME.exec(name) ?? []
        const owner = `${config} ${server}`
        const count = (seen.get(owner) ?? 0) + 1
        seen.set(owner, count)
        const isOver =
          config === undefined
            ? name.endsWith('.tmp') && age > ABANDONED_MS
            : age > MAX_AGE_MS || count > MAX_FILES || (config === this.#prefix && !servers.has(server))
        if (isOver) await rm(join(this.#dir, name), { force: true })
      }
    } catch (error) {
      this.#warn(`${this.#dir} could not be cleared up (${systemErrorCode(error) ?? 'unknown error'})`)
    }
  }

  async #look(name: string): Promise<{ name: string; changed: number }> {
    const changed = await stat(join(this.#dir, name)).then(
      ({ mtimeMs }) => mtimeMs,
      () => Infinity,
    )
    return { name, changed }
  }

  get #prefix(): string {
    return sha256(this.#config).slice(0, 16)
  }

  #startOf(server: string, launchHash: string): string {
    return `${this.#prefix}-${server}-${sha256(launchHash).slice(0, 16)}-`
  }

  /** Undefined for circumstances that have no canonical form (canonical.ts), as a host could tell of itself. */
  #nameOf({ server, launchHash, circumstances }: ListedAs): string | undefined {
    try {
      return `${this.#startOf(server, launchHash)}${canonicalHash(circumstances).slice(0, 16)}.json`
    } catch {
      return undefined
    }
  }

  #names(): readonly string[] {
    try {
      return readdirSync(this.#dir)
    } catch {
      return []
    }
  }

  /** Only where it is of this server and launch. */
  #read(
    name: string,
    { server, launchHash }: Pick<ListedAs, 'server' | 'launchHash'>,
  ): KeptOffers | undefined {
    const file = join(this.#dir, name)
    try {
      const { text, at, of, offers } = readListed(file)
      if (of.config !== this.#config || of.server !== server || of.launch !== launchHash)
        throw new Error('of another server')
      this.#texts.set(name, text)
      return { at, offers }
    } catch (error) {
      const code = systemErrorCode(error)
      if (code !== 'ENOENT')
        this.#warn(`${file} is not used (${code ?? 'damaged, or of another server'}); it is written anew`)
      return undefined
    }
  }
}

async function namesIn(dir: string): Promise<readonly string[]> {
  return readdir(dir).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return []
    throw error
  })
}

/** False when it isn't there any more. */
async function touched(file: string): Promise<boolean> {
  const now = new Date()
  return utimes(file, now, now).then(
    () => true,
    () => false,
  )
}
