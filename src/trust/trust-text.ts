/** The book of trusted launches as text (trust-book.ts): names are whatever servers.yaml has. Pure. */
import { z } from 'zod'
import { named } from '../json/named.ts'
import type { BookForm } from '../state/book.ts'
import { Unusable } from '../state/read-own.ts'
import { plainFacts, type LaunchFacts } from './facts.ts'

/** What a human said of the launches of one server. */
export interface TrustedServer {
  /** Those that he agreed to, the latest first: an entry that is changed and changed back asks once. */
  readonly trusted: readonly TrustedLaunch[]
  /** Digests of those that he said no to, the latest first. */
  readonly denied: readonly string[]
}

export interface TrustedLaunch {
  readonly facts: LaunchFacts
  /** Epoch milliseconds. */
  readonly since: number
}

export type TrustedServers = ReadonlyMap<string, TrustedServer>

const text = z.string().max(64 * 1024)
const list = z.array(text).max(10_000)
const pairs = <T extends z.ZodType>(value: T) =>
  z
    .array(z.tuple([text, value]))
    .max(10_000)
    .transform((all) => new Map(all as [string, z.output<T>][]))

const facts = z.strictObject({
  kind: z.enum(['local', 'remote']),
  target: text,
  args: list,
  cwd: text,
  given: pairs(text),
  inherited: list,
  settings: pairs(list),
})
const server = z.strictObject({
  trusted: z.array(z.strictObject({ facts, since: z.number() })).max(100),
  denied: list,
})
const book = z.strictObject({ version: z.int(), config: z.string(), servers: named(server) })

/** @param configFile the path of servers.yaml: what was agreed to is good for that one only */
export function trustForm(configFile: string): BookForm<TrustedServers> {
  return {
    what: 'the book of trusted launches',
    cost: 'every server of this servers.yaml is asked about again',
    full: 'take servers out of servers.yaml that you do not need',
    version: 1,
    maxBytes: 16 * 1024 * 1024,
    read(value) {
      const found = book.safeParse(value).data
      if (found !== undefined && found.config !== configFile)
        throw new Unusable('belongs to another servers.yaml')
      return found?.servers
    },
    write: (servers) => ({
      config: configFile,
      servers: Object.fromEntries(
        [...servers].map(([id, { trusted, denied }]) => [
          id,
          { trusted: trusted.map((one) => ({ ...one, facts: plainFacts(one.facts) })), denied },
        ]),
      ),
    }),
  }
}
