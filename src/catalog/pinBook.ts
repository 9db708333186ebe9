/**
 * Where pins live between runs: `pins/<hash of the config's path>.json` in the state directory, 0600. Several
 * sidecars may share it, so each save reads what is there, adds only what is new and replaces the file at once, and
 * only one of them does so at a time.
 * What is known of a server is kept by launch command, so that changing the command and back makes nothing forgotten.
 * An unreadable or foreign file is an error, not an empty book: an empty book would trust whatever comes next.
 */
import { mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { sha256 } from '../canonical.ts'
import { SidemuxError, systemErrorCode } from '../errors.ts'
import { LockBusy, withLockSync } from '../state/lock.ts'
import type { Tool } from '../upstream/tool.ts'
import { pinNew, type Pins } from './pin.ts'

/** A save takes milliseconds, and everything waits for it. */
const LOCK = { waitMs: 4000, staleMs: 1500 }

const bookSchema = z.object({
  version: z.literal(1),
  config: z.string(),
  servers: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        /** The protocol era the child was found to speak, so that the next start needn't probe. */
        era: z.string().optional(),
        /** What it first said of itself to the model; the host is told this, and not what it says later. */
        instructions: z.string().optional(),
        tools: z.record(z.string(), z.looseObject({ name: z.string() })),
      }),
    ),
  ),
})

type Book = z.output<typeof bookSchema>

interface BookEntry {
  readonly era?: string | undefined
  readonly instructions?: string | undefined
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
    const entry = this.#known(server, launchHash)
    return entry === undefined ? undefined : { launchHash, tools: entry.tools }
  }

  era(server: string, launchHash: string): string | undefined {
    return this.#known(server, launchHash)?.era
  }

  /** Pins what is seen for the first time; returns the pins as they now are. */
  see(server: string, launchHash: string, tools: readonly Tool[]): Pins {
    const before = this.pins(server, launchHash)
    const after = pinNew(before, launchHash, tools)
    const isNew = before === undefined || Object.keys(after.tools).length !== Object.keys(before.tools).length
    if (!isNew) return after
    const entry = this.#change(server, launchHash, (known) => {
      const pins = pinNew(known && { launchHash, tools: known.tools }, launchHash, tools)
      return { ...known, tools: pins.tools }
    })
    return { launchHash, tools: entry.tools }
  }

  instructions(server: string, launchHash: string): string | undefined {
    return this.#known(server, launchHash)?.instructions
  }

  /** Pins them when they are seen for the first time, or accepted by a human. */
  pinInstructions(server: string, launchHash: string, instructions: string): void {
    this.#change(server, launchHash, (known) => ({ ...known, tools: known?.tools ?? {}, instructions }))
  }

  setEra(server: string, launchHash: string, era: string | undefined): void {
    if (this.era(server, launchHash) === era) return
    this.#change(server, launchHash, ({ era: _before, ...known } = { tools: {} }) => ({
      ...known,
      ...(era === undefined ? {} : { era }),
    }))
  }

  /** Takes the present definitions as the good ones: the human's answer to a change. */
  accept(server: string, launchHash: string, tools: readonly Tool[]): void {
    this.#change(server, launchHash, (known) => ({
      ...known,
      tools: { ...known?.tools, ...Object.fromEntries(tools.map((tool) => [tool.name, tool])) },
    }))
  }

  /** What is known under this launch command; another command begins anew. */
  #known(server: string, launchHash: string): BookEntry | undefined {
    const launches = own(this.#read().servers, server)
    return launches === undefined ? undefined : own(launches, launchHash)
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

  /** @param next what the entry becomes, of what it is when nobody else can change it. */
  #change(server: string, launchHash: string, next: (known: BookEntry | undefined) => BookEntry): BookEntry {
    try {
      mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 })
      return withLockSync(this.#file, LOCK, (held) => {
        const book = this.#read()
        const launches = own(book.servers, server) ?? {}
        const entry = next(own(launches, launchHash))
        const servers = { ...book.servers, [server]: { ...launches, [launchHash]: entry } }
        held.replace(JSON.stringify({ ...book, servers }))
        return entry
      })
    } catch (error) {
      if (error instanceof SidemuxError) throw error
      if (error instanceof LockBusy) {
        throw new SidemuxError(`${error.holder} is writing ${this.#file}, the pinned tool definitions`, {
          hint: 'try again when it is done; nothing was changed',
        })
      }
      throw this.#unusable(`can't be written (${systemErrorCode(error) ?? 'unknown error'})`)
    }
  }

  #unusable(why: string): SidemuxError {
    return new SidemuxError(`the file of pinned tool definitions ${this.#file} ${why}`, {
      hint: 'nothing starts without it: restore it, or move it away, and what the servers say next is pinned anew',
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
