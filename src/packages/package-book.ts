/**
 * Keeps which version of its package each server of one servers.yaml runs, in a book (state/book.ts) that all its sidemuxes
 * share. What one of them installs the others start.
 */
import { z } from 'zod'
import { named } from '../json/named.ts'
import { Book, type BookForm } from '../state/book.ts'
import { configKey, stateBook } from '../state/paths.ts'
import { Unusable } from '../state/read-own.ts'
import type { InstalledPackage } from './installed.ts'

type Installs = ReadonlyMap<string, InstalledPackage>

const text = z.string().max(4096)
const part = z.strictObject({ path: text, version: text, integrity: text, hasScript: z.boolean() })
const installedPackage = z.strictObject({
  wanted: text,
  registry: z.enum(['npm', 'pypi']),
  name: text,
  version: text,
  integrity: text,
  content: z.string().regex(/^[0-9a-f]{32}$/),
  start: z.strictObject({
    by: z.enum(['node', 'itself']),
    flags: z.array(text).max(64),
    // It stands below the package's tree, and nowhere else.
    file: text.regex(/^(?!\/)(?!(?:.*\/)?\.\.(?:\/|$))/),
    bin: text.regex(/^(?!\/)(?!(?:.*\/)?\.\.(?:\/|$))/),
  }),
  hasScript: z.boolean(),
  parts: z.array(part).max(20_000),
  scripts: z.boolean(),
  engines: text.optional(),
  since: z.number(),
})
const book = z.strictObject({ version: z.int(), config: z.string(), servers: named(installedPackage) })

function installsForm(configFile: string | undefined): BookForm<Installs & { readonly config?: string }> {
  return {
    what: 'the book of installed packages',
    cost: 'each package is installed again, in the version that servers.lock holds or else the newest',
    full: 'take servers out of servers.yaml that you do not need',
    version: 1,
    maxBytes: 32 * 1024 * 1024,
    read(value) {
      const found = book.safeParse(value).data as
        | { readonly config: string; readonly servers: ReadonlyMap<string, InstalledPackage> }
        | undefined
      if (found === undefined) return undefined
      if (configFile !== undefined && found.config !== configFile)
        throw new Unusable('belongs to another servers.yaml')
      return Object.assign(new Map(found.servers), { config: found.config })
    },
    write: (servers) => ({ config: configFile, servers: Object.fromEntries(servers) }),
  }
}

/** Of one servers.yaml. */
export class PackageBook {
  readonly #book: Book<Installs>

  constructor(stateDir: string, configFile: string) {
    this.#book = new Book(
      stateBook(stateDir, 'installs', { config: configKey(configFile) }),
      installsForm(configFile),
    )
  }

  /** What was installed for a server, whatever its entry asks for now. @throws BookError */
  of(server: string): InstalledPackage | undefined {
    return this.#book.read()?.get(server)
  }

  /** @throws BookError; then nothing was changed. */
  set(server: string, installed: InstalledPackage): void {
    this.#book.change((before) => new Map([...(before ?? []), [server, installed]]))
  }

  /** Only these servers are there any more. @throws BookError */
  keepOnly(servers: readonly string[]): void {
    this.#book.change((before) => {
      const left = [...(before ?? [])].filter(([id]) => servers.includes(id))
      return before === undefined || left.length === before.size ? undefined : new Map(left)
    })
  }
}

/** What a book says, whosever it is: which servers.yaml it is for, and the contents that it names. @throws BookError */
export function readInstalls(directory: string): { config: string; contents: readonly string[] } | undefined {
  const found = new Book(directory, installsForm(undefined)).read()
  return found === undefined
    ? undefined
    : { config: found.config ?? '', contents: [...found.values()].map(({ content }) => content) }
}
