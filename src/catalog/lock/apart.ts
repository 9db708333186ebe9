/**
 * Keeps what was accepted on this machine and doesn't stand in servers.lock, in a book of the state directory (state/book.ts):
 *
 * - of launches that a server had before, so that nothing is forgotten when an entry is changed and changed back;
 * - where servers.lock can't be written, as in a read-only checkout, all that would stand in it. It counts beside exactly
 *   what servers.lock said of the server then: when that is another, its word is the newer one.
 */
import { z } from 'zod'
import { canonicalHash } from '../../json/canonical.ts'
import { Book, type BookForm } from '../../state/book.ts'
import { Unusable } from '../../state/read-own.ts'
import { configKey, stateBook } from '../../state/paths.ts'
import { lockText, type LockedServer } from './lock-text.ts'
import { readLockText } from './read-lock-text.ts'

export interface ApartServer {
  readonly id: string
  readonly server: LockedServer
  /** The digest of what servers.lock said of it then; absent for a launch that servers.lock doesn't have. */
  readonly basis?: string
}

/** The latest first. */
export type ApartServers = readonly ApartServer[]

/** Of one server; the oldest go. */
const MAX_KEPT = 8

/** With this one first, in place of what there was of the same launch. */
export function withApart(all: ApartServers, one: ApartServer): ApartServers {
  const others = withoutApart(all, { id: one.id, launch: one.server.launch })
  const own = others.filter(({ id }) => id === one.id).slice(0, MAX_KEPT - 1)
  return [one, ...own, ...others.filter(({ id }) => id !== one.id)]
}

/** Without what there is of this launch. */
export function withoutApart(
  all: ApartServers,
  { id, launch }: Pick<LockedServer, 'launch'> & { readonly id: string },
): ApartServers {
  return all.filter((other) => other.id !== id || !isSameLaunch(other.server, { launch }))
}

export function isSameLaunch(
  { launch: a }: Pick<LockedServer, 'launch'>,
  { launch: b }: Pick<LockedServer, 'launch'>,
): boolean {
  return a === b || canonicalHash(a) === canonicalHash(b)
}

const shape = z.strictObject({
  version: z.int(),
  config: z.string(),
  servers: z.array(z.strictObject({ id: z.string(), basis: z.string().optional(), text: z.string() })),
})

/** @param configFile the path of servers.yaml */
export function apartBook(stateDir: string, configFile: string): Book<ApartServers> {
  return new Book(stateBook(stateDir, 'accepted', { config: configKey(configFile) }), apartForm(configFile))
}

function apartForm(configFile: string): BookForm<ApartServers> {
  return {
    what: 'the book of what was accepted beside servers.lock',
    cost: 'what servers list that servers.lock does not hold is pinned anew',
    full: 'a server that lists so much can not be pinned: set `disabled: true` in its entry',
    version: 1,
    maxBytes: 64 * 1024 * 1024,
    read(value) {
      const found = shape.safeParse(value).data
      if (found === undefined) return undefined
      if (found.config !== configFile) throw new Unusable('belongs to another servers.yaml')
      return found.servers.map(({ id, basis, text }) => {
        const server = serverIn(id, text)
        if (server === undefined) throw new Unusable('is damaged')
        return { id, server, ...(basis !== undefined && { basis }) }
      })
    },
    write: (all) => ({
      config: configFile,
      servers: all.map(({ id, server, basis }) => ({
        id,
        ...(basis !== undefined && { basis }),
        text: lockText({ servers: new Map([[id, server]]), faulty: new Map() }),
      })),
    }),
  }
}

function serverIn(id: string, text: string): LockedServer | undefined {
  try {
    return readLockText(text).servers.get(id)
  } catch {
    return undefined
  }
}
