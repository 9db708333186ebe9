/**
 * Keeps between runs which launches a human has agreed to, for the sidecars of one servers.yaml, in a book
 * (state/book.ts). What one of them takes down counts for the others at once.
 *
 * A book that can't be read trusts nothing: its error is thrown, and no server starts (promise 1).
 */
import { Book } from '../state/book.ts'
import { configKey, stateBook } from '../state/paths.ts'
import { beforeInstall, factsDigest, type LaunchFacts } from './facts.ts'
import { hasGrown, launchChanges, type LaunchChange } from './growth.ts'
import { trustForm, type TrustedServer, type TrustedServers } from './trust-text.ts'

export type Standing =
  | { readonly kind: 'trusted' }
  | {
      readonly kind: 'waits'
      /** Nobody has agreed to any launch of this server. */
      readonly isNew: boolean
      /** Since the one that was agreed to last; empty where there is none. */
      readonly changes: readonly LaunchChange[]
      /** A human said no to exactly this. */
      readonly denied: boolean
    }

export interface ServerFacts {
  readonly id: string
  readonly facts: LaunchFacts
}

/** Of one server; the oldest go. */
const MAX_KEPT = 16
const NOTHING: TrustedServer = { trusted: [], denied: [] }

export class TrustBook {
  readonly #book: Book<TrustedServers>

  constructor(stateDir: string, configFile: string) {
    this.#book = new Book(
      stateBook(stateDir, 'trust', { config: configKey(configFile) }),
      trustForm(configFile),
    )
  }

  /** Nothing was ever said of a server of this servers.yaml. @throws BookError */
  get isEmpty(): boolean {
    return this.#book.read() === undefined
  }

  /** @throws BookError */
  standing({ id, facts }: ServerFacts): Standing {
    return standingOf(this.#book.read()?.get(id), facts)
  }

  /** Ids of servers that were agreed to. @throws BookError */
  trusted(): readonly string[] {
    return [...(this.#book.read() ?? [])].flatMap(([id, { trusted }]) => (trusted.length === 0 ? [] : [id]))
  }

  /** @throws BookError; then nothing is trusted that wasn't before. */
  accept(servers: readonly ServerFacts[], now: number): void {
    this.#change(servers, ({ trusted, denied }, facts) => {
      const digest = factsDigest(facts)
      // What was agreed to while nobody knew which version it would be is good for this one from now on, and for no other.
      const open = factsDigest(beforeInstall(facts))
      const others = trusted.filter((one) => ![digest, open].includes(factsDigest(one.facts)))
      return {
        trusted: [{ facts, since: now }, ...others].slice(0, MAX_KEPT),
        denied: denied.filter((other) => other !== digest),
      }
    })
  }

  /** The first sight of a servers.yaml is taken as it is; false where there was one before. @throws BookError */
  acceptFirst(servers: readonly ServerFacts[], now: number): boolean {
    let isFirst = false
    this.#book.change((before) => {
      isFirst = before === undefined
      return isFirst
        ? new Map(servers.map(({ id, facts }) => [id, { trusted: [{ facts, since: now }], denied: [] }]))
        : undefined
    })
    return isFirst
  }

  /** A human said no: it isn't asked again by itself. @throws BookError */
  deny(servers: readonly ServerFacts[]): void {
    this.#change(servers, ({ trusted, denied }, facts) => {
      const digest = factsDigest(facts)
      return { trusted, denied: [digest, ...denied.filter((other) => other !== digest)].slice(0, MAX_KEPT) }
    })
  }

  /** They are new again. Answers which of them were agreed to. @throws BookError */
  revoke(ids: readonly string[]): readonly string[] {
    let revoked: readonly string[] = []
    this.#book.change((before) => {
      revoked = ids.filter((id) => (before?.get(id)?.trusted.length ?? 0) > 0)
      return revoked.length === 0
        ? undefined
        : new Map([...(before ?? [])].filter(([id]) => !revoked.includes(id)))
    })
    return revoked
  }

  /** Calls back when something was said, here or elsewhere; returns how to stop. */
  watch(onChange: () => void): () => void {
    return this.#book.watch(onChange)
  }

  #change(
    servers: readonly ServerFacts[],
    next: (server: TrustedServer, facts: LaunchFacts) => TrustedServer,
  ): void {
    if (servers.length === 0) return
    this.#book.change((before) => {
      const all = new Map(before)
      for (const { id, facts } of servers) all.set(id, next(all.get(id) ?? NOTHING, facts))
      return all
    })
  }
}

/** Trusted is what is no more than one of those that were agreed to. Pure. */
export function standingOf({ trusted, denied }: TrustedServer = NOTHING, facts: LaunchFacts): Standing {
  if (trusted.some((one) => !hasGrown(one.facts, facts))) return { kind: 'trusted' }
  const [last] = trusted
  return {
    kind: 'waits',
    isNew: last === undefined,
    changes: last === undefined ? [] : launchChanges(last.facts, facts),
    denied: denied.includes(factsDigest(facts)),
  }
}
