/**
 * Grants between runs, shared by the sidecars of one servers.yaml: `grants/<hash of its path>/` in the state directory,
 * 0700 and 0600 (grantFiles.ts says how they are written). Spending, giving and revoking are exact also when
 * several processes do so at once. What ended is taken out with the next change.
 *
 * A book that can't be read grants nothing and is never written over: what is in it could be less than what the
 * human forbade. It is reported once, and not thrown, where a call only wants to know whether it is covered.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import { sha256 } from '../canonical.ts'
import { SidemuxError, systemErrorCode } from '../errors.ts'
import { riskClass } from '../policy/options.ts'
import { changeNewest, MAX_BOOK_BYTES, readNewest, Unusable } from './grantFiles.ts'
import { pickGrant, whyEnded } from './grantCoverage.ts'
import { checkWish, offerFor, type GrantOffer, type GrantWish } from './grantOffer.ts'
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

const count = z.number().int().min(0)
const hash = z.string().regex(/^[0-9a-f]{64}$/)
const grantSchema = z.strictObject({
  id: z.uuid(),
  subject: z.strictObject({
    server: z.string(),
    tool: z.string(),
    launchHash: hash,
    toolHash: hash,
    ruleHash: hash,
  }),
  risk: riskClass,
  createdAt: count,
  expiresAt: count,
  left: count.optional(),
  used: count,
  fixed: z.record(z.string(), z.strictObject({ hash, shown: z.string() })),
  free: z.array(z.string()),
  salt: z.string().min(32),
})
const bookSchema = z.strictObject({ version: z.literal(1), config: z.string(), grants: z.array(grantSchema) })

export class GrantBook implements Grants {
  readonly #options: GrantBookOptions
  readonly #dir: string
  /** Also those whose end couldn't be written: nothing here uses them, and the next change takes them out. */
  readonly #revoked = new Set<string>()
  #told: string | undefined

  constructor(options: GrantBookOptions) {
    this.#options = options
    this.#dir = join(options.stateDir, 'grants', sha256(options.configFile).slice(0, 16))
  }

  use(subject: GrantSubject, args: Readonly<Record<string, unknown>>): Grant | undefined {
    return this.#orReport(undefined, () => {
      const covering = (grants: readonly Grant[]) =>
        pickGrant(
          grants.filter(({ id }) => !this.#revoked.has(id)),
          subject,
          args,
          this.#options.now(),
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
    const { args, shown, offer } = call
    const beyond =
      checkWish(offer, wish) ??
      (offerFor(offer.risk, args, false, shown) === undefined
        ? 'the names of its arguments can not be kept'
        : undefined)
    if (beyond !== undefined) {
      throw new SidemuxError(`this can't be granted: ${beyond}`, {
        hint: 'approve it once, or grant less',
      })
    }
    const fresh = { id: randomUUID(), salt: randomBytes(16).toString('hex'), now: this.#options.now() }
    const grant = grantOf(subject, { args, shown, risk: offer.risk }, wish, fresh)
    this.#orThrow(() =>
      this.#change((grants) => {
        if (grants.some(({ id }) => id === grant.id)) return undefined
        if (grants.length >= MAX_GRANTS) throw tooMany
        return [...grants, grant]
      }),
    )
    return grant
  }

  list(): readonly Grant[] {
    return this.#orReport([], () =>
      this.#alive(readNewest(this.#dir).text).filter(({ id }) => !this.#revoked.has(id)),
    )
  }

  /** @throws SidemuxError when that can't be written, so that nobody believes that other sidecars know of it. */
  revoke(id: string): boolean {
    let found = false
    this.#revoked.add(id)
    this.#orThrow(() =>
      this.#change((grants) => {
        const known = grants.some((grant) => grant.id === id)
        found ||= known
        return known ? grants.filter((grant) => grant.id !== id) : undefined
      }),
    )
    return found
  }

  /** @param next the grants as they become, of those that can still be used; undefined changes nothing. */
  #change(next: (grants: readonly Grant[]) => readonly Grant[] | undefined): void {
    changeNewest(this.#dir, (text) => {
      const grants = next(this.#alive(text))?.filter(({ id }) => !this.#revoked.has(id))
      if (grants === undefined) return undefined
      const written = JSON.stringify({ version: 1, config: this.#options.configFile, grants })
      if (Buffer.byteLength(written) > MAX_BOOK_BYTES) throw tooMany
      return written
    })
    this.#told = undefined
  }

  /** Oldest first. */
  #alive(text: string | undefined): readonly Grant[] {
    if (text === undefined) return []
    const parsed = bookSchema.safeParse(parseJson(text))
    if (!parsed.success) throw new Unusable('is damaged')
    if (parsed.data.config !== this.#options.configFile) throw new Unusable('belongs to another servers.yaml')
    const now = this.#options.now()
    return parsed.data.grants
      .map(({ left, ...grant }): Grant => ({ ...grant, left }))
      .filter((grant) => whyEnded(grant, now) === undefined)
      .toSorted((a, b) => a.createdAt - b.createdAt)
  }

  #orReport<T>(otherwise: T, act: () => T): T {
    try {
      return act()
    } catch (error) {
      const told = this.#explain(error)
      if (this.#told !== told.message) this.#options.onError(told)
      this.#told = told.message
      return otherwise
    }
  }

  #orThrow(act: () => void): void {
    try {
      act()
    } catch (error) {
      throw this.#explain(error)
    }
  }

  #explain(error: unknown): SidemuxError {
    if (error instanceof SidemuxError) return error
    if (error instanceof Unusable) {
      return new SidemuxError(
        `the book of grants ${this.#dir} ${error.message}, so every call is asked about`,
        {
          hint: `mv '${this.#dir}' '${this.#dir}.set-aside' (what was granted in it is forgotten)`,
        },
      )
    }
    const code = systemErrorCode(error) ?? 'unknown error'
    return new SidemuxError(`the book of grants ${this.#dir} can't be read or written (${code})`, {
      hint:
        code === 'EBUSY'
          ? 'other sidecars write it without pause: try again'
          : `ls -ld '${this.#dir}' shows whose it is; make room and make it writable for you alone`,
    })
  }
}

const tooMany = new SidemuxError('there are too many grants already', {
  hint: 'run "sidemux approvals list", then "sidemux approvals revoke ID" for what is no longer needed',
})

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
