/**
 * Where pins live between runs: `pins/<hash of the config's path>.json` in the state directory, 0600. Several
 * sidecars may share it, so each save reads what is there, adds only what is new and replaces the file at once.
 * An unreadable or foreign file is an error, not an empty book: an empty book would trust whatever comes next.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { sha256 } from '../canonical.ts'
import { SidemuxError, systemErrorCode } from '../errors.ts'
import type { Tool } from '../upstream/tool.ts'
import { pinNew, type Pins } from './pin.ts'

const bookSchema = z.object({
  version: z.literal(1),
  config: z.string(),
  servers: z.record(
    z.string(),
    z.object({
      launchHash: z.string(),
      /** The protocol era the child was found to speak, so that the next start needn't probe. */
      era: z.string().optional(),
      tools: z.record(z.string(), z.looseObject({ name: z.string() })),
    }),
  ),
})

type Book = z.output<typeof bookSchema>

interface BookEntry {
  readonly launchHash: string
  readonly era?: string | undefined
  readonly tools: Readonly<Record<string, Tool>>
}

export class PinBook {
  readonly #file: string
  readonly #config: string

  constructor(stateDir: string, configFile: string) {
    this.#file = join(stateDir, 'pins', `${sha256(configFile).slice(0, 16)}.json`)
    this.#config = configFile
  }

  /** @throws SidemuxError when there is a book and it can't be read. */
  pins(server: string, launchHash: string): Pins | undefined {
    const entry = own(this.#read().servers, server)
    if (entry === undefined || entry.launchHash !== launchHash) return undefined
    return { launchHash, tools: entry.tools }
  }

  era(server: string): string | undefined {
    return own(this.#read().servers, server)?.era
  }

  /** Pins what is seen for the first time; returns the pins as they now are. */
  see(server: string, launchHash: string, tools: readonly Tool[]): Pins {
    const before = this.pins(server, launchHash)
    const after = pinNew(before, launchHash, tools)
    const isNew = before === undefined || Object.keys(after.tools).length !== Object.keys(before.tools).length
    if (isNew) this.#write(server, { ...this.#entry(server, launchHash), ...after })
    return after
  }

  setEra(server: string, launchHash: string, era: string | undefined): void {
    if (this.era(server) === era) return
    const { era: _old, ...rest } = this.#entry(server, launchHash)
    this.#write(server, { ...rest, ...(era === undefined ? {} : { era }) })
  }

  /** Takes the present definitions as the good ones: the human's answer to a change. */
  accept(server: string, launchHash: string, tools: readonly Tool[]): void {
    const entry = this.#entry(server, launchHash)
    this.#write(server, {
      ...entry,
      tools: { ...entry.tools, ...Object.fromEntries(tools.map((tool) => [tool.name, tool])) },
    })
  }

  /** What is known under this launch command; another command begins anew. */
  #entry(server: string, launchHash: string): BookEntry {
    const entry = own(this.#read().servers, server)
    return entry?.launchHash === launchHash ? entry : { launchHash, tools: {} }
  }

  #read(): Book {
    let text: string
    try {
      text = readFileSync(this.#file, 'utf8')
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return { version: 1, config: this.#config, servers: {} }
      throw this.#unusable(`can't be read (${systemErrorCode(error) ?? 'unknown error'})`)
    }
    const parsed = bookSchema.safeParse(parseJson(text))
    if (!parsed.success) throw this.#unusable('is damaged')
    return parsed.data
  }

  #write(server: string, entry: BookEntry): void {
    const book = this.#read()
    const next = { ...book, servers: { ...book.servers, [server]: entry } }
    const temporary = `${this.#file}.${randomUUID()}`
    try {
      mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 })
      writeFileSync(temporary, JSON.stringify(next), { mode: 0o600, flag: 'wx' })
      renameSync(temporary, this.#file)
    } catch (error) {
      throw this.#unusable(`can't be written (${systemErrorCode(error) ?? 'unknown error'})`)
    }
  }

  #unusable(why: string): SidemuxError {
    return new SidemuxError(`the pinned tool definitions in ${this.#file} ${why}`, {
      hint: 'see what changed with "sidemux tools"; removing the file pins anew what the servers say next',
    })
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function own<T>(object: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}
