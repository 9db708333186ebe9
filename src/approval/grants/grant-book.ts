/**
 * Grants between runs, shared by the sidecars of one servers.yaml, in a book (state/book.ts). Spending, giving and revoking
 * are exact also when several processes do so at once (promise 4: a use can't be spent twice). What ended is taken out
 * with the next change.
 *
 * A book that can't be read grants nothing. That is reported once, and not thrown, where a call only wants to know
 * whether it is covered.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { SidemuxError } from '../../errors.ts'
import type { ServerPlace } from '../../policy/where/place.ts'
import { Book } from '../../state/book.ts'
import { configKey, stateBook } from '../../state/paths.ts'
import { pickGrant, whyEnded } from './grant-coverage.ts'
import { checkWish, offerFor, type GrantOffer, type GrantWish } from './grant-offer.ts'
import { grantForm } from './grant-text.ts'
import { grantOf, spent, type Grant, type GrantedCall, type Grants, type GrantSubject } from './grants.ts'

export interface GrantBookOptions {
  readonly stateDir: string
  /** The path of servers.yaml. */
  readonly configFile: string
  /** Epoch milliseconds. */
  now(): number
  /** The book can't be used, so every call is asked about; told once until it can be used again. */
  onError(error: SidemuxError): void
}

const MAX_GRANTS = 1000

export class GrantBook implements Grants {
  readonly #options: GrantBookOptions
  readonly #book: Book<readonly Grant[]>
  /** Also those whose end couldn't be written: nothing here uses them, and the next change takes them out. */
  readonly #revoked = new Set<string>()
  #told: string | undefined

  constructor(options: GrantBookOptions) {
    this.#options = options
    this.#book = new Book(
      stateBook(options.stateDir, 'grants', { config: configKey(options.configFile) }),
      grantForm(options.configFile),
    )
  }

  use(
    subject: GrantSubject,
    args: Readonly<Record<string, unknown>>,
    place?: ServerPlace,
  ): Grant | undefined {
    return this.#orReport(undefined, () => {
      const covering = (grants: readonly Grant[]) =>
        pickGrant(
          grants.filter(({ id }) => !this.#revoked.has(id)),
          subject,
          args,
          this.#options.now(),
          place,
        )
      let used: Grant | undefined
      this.#change((grants) => {
        const found = covering(grants)
        used = found && spent(found)
        return used && grants.map((grant) => (grant === found && used ? used : grant))
      })
      return used
    })
  }

  remember(
    subject: GrantSubject,
    call: GrantedCall & { readonly offer: GrantOffer },
    wish: GrantWish,
  ): Grant {
    const { args, shown, offer, group } = call
    const beyond =
      checkWish(offer, wish) ??
      (wish.group === true && group === undefined ? 'no group of tools is known here' : undefined) ??
      (offerFor(offer.risk, args, false, shown) === undefined
        ? 'the names of its arguments can not be kept'
        : undefined)
    if (beyond !== undefined) {
      throw new SidemuxError(`this can't be granted: ${beyond}`, {
        hint: 'approve it once, or grant less',
      })
    }
    const fresh = { id: randomUUID(), salt: randomBytes(16).toString('hex'), now: this.#options.now() }
    const grant = grantOf(subject, { args, shown, group, risk: offer.risk }, wish, fresh)
    this.#change((grants) => {
      if (grants.some(({ id }) => id === grant.id)) return undefined
      if (grants.length >= MAX_GRANTS) throw tooMany
      return [...grants, grant]
    })
    return grant
  }

  list(): readonly Grant[] {
    return this.#orReport([], () => this.#alive(this.#book.read()).filter(({ id }) => !this.#revoked.has(id)))
  }

  /** @throws SidemuxError when that can't be written, so that nobody believes that other sidecars know of it. */
  revoke(id: string): boolean {
    let found = false
    this.#revoked.add(id)
    this.#change((grants) => {
      const known = grants.some((grant) => grant.id === id)
      found ||= known
      return known ? grants.filter((grant) => grant.id !== id) : undefined
    })
    return found
  }

  /** Calls back when something is granted, spent or revoked, here or elsewhere; returns how to stop. */
  watch(onChange: () => void): () => void {
    return this.#book.watch(onChange)
  }

  /** @param next the grants as they become, of those that can still be used; undefined changes nothing. */
  #change(next: (grants: readonly Grant[]) => readonly Grant[] | undefined): void {
    this.#book.change((grants) => next(this.#alive(grants))?.filter(({ id }) => !this.#revoked.has(id)))
    this.#told = undefined
  }

  /** Oldest first. */
  #alive(grants: readonly Grant[] = []): readonly Grant[] {
    const now = this.#options.now()
    return grants.filter((grant) => whyEnded(grant, now) === undefined)
  }

  #orReport<T>(otherwise: T, act: () => T): T {
    try {
      return act()
    } catch (error) {
      const told =
        error instanceof SidemuxError
          ? error
          : new SidemuxError('the grants can not be used', { cause: error })
      if (this.#told !== told.message) this.#options.onError(told)
      this.#told = told.message
      return otherwise
    }
  }
}

const tooMany = new SidemuxError('there are too many grants already', {
  hint: 'run "sidemux approvals list", then "sidemux approvals revoke ID" for what is no longer needed',
})
