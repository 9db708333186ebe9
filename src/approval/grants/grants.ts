/**
 * A grant is a human's yes to calls that are still to come: which tool, which argument values, until when, how
 * often. It belongs to one server, launch command, tool definition and set of rules; when any of them changes it is
 * void.
 *
 * A grant may speak of a group of tools instead, with any arguments: then each is in it by name and definition.
 *
 * A grant binds hashes, so it isn't ended by a change but doesn't fit what was changed; when the change is taken back
 * it fits again, because that is what the human said yes to.
 *
 * What may be granted is grant-offer.ts's, what a grant covers grant-coverage.ts's, and the file grant-book.ts's. Pure.
 */
import { createHmac } from 'node:crypto'
import { canonicalHash } from '../../json/canonical.ts'
import { writeJson } from '../../json/write.ts'
import type { RiskClass } from '../../policy/risk-class.ts'
import type { ServerPlace } from '../../policy/where/place.ts'
import { visibleLine } from '../../visible.ts'
import type { GrantOffer, GrantWish } from './grant-offer.ts'
import type { ToolGroup } from './group.ts'

/** What a call must be for a grant to speak of it; the same hashes as in a Binding. */
export interface GrantSubject {
  readonly server: string
  readonly tool: string
  readonly launchHash: string
  readonly toolHash: string
  /** SHA-256 of the rules of servers.yaml that speak of this server, and of the profile's. */
  readonly ruleHash: string
  /** The rule that asks because of the arguments of this very call; absent where every call of the tool is asked about. */
  readonly rule?: string | undefined
  /** The class of this very call, which may be milder than that of its tool; the grant has its own. */
  readonly risk?: RiskClass
}

export interface Grant {
  readonly id: string
  /** The call that it was given at. */
  readonly subject: GrantSubject
  /** The tools that it is for; the one of `subject` alone when absent. */
  readonly group?: ToolGroup
  readonly risk: RiskClass
  /** Epoch milliseconds. */
  readonly createdAt: number
  readonly expiresAt: number
  /** Uses left; undefined: not counted. */
  readonly left: number | undefined
  readonly used: number
  /** By name: a salted hash of the canonical value that must be given, and the value as people may see it (masked). */
  readonly fixed: Readonly<Record<string, { readonly hash: string; readonly shown: string }>>
  /** By name: the folder below which each path that is given must lie (grants/within.ts). */
  readonly within?: Readonly<Record<string, string>>
  /** Arguments that may have any value or be absent. */
  readonly free: readonly string[]
  readonly salt: string
}

/** Where grants are kept, as the queue sees it. A book that can't be read or written grants nothing. */
export interface Grants {
  /**
   * Spends one use of a grant that covers the call; undefined when none does.
   * @param place where the server's paths are; without it no grant for a folder covers anything.
   */
  use(subject: GrantSubject, args: Readonly<Record<string, unknown>>, place?: ServerPlace): Grant | undefined
  /**
   * @throws SidemuxError when the wish goes beyond the offer, or it can't be written.
   */
  remember(subject: GrantSubject, call: GrantedCall & { readonly offer: GrantOffer }, wish: GrantWish): Grant
  /** Those that could still be used, oldest first. */
  list(): readonly Grant[]
  /** False when there is none of this id. */
  revoke(id: string): boolean
}

const MAX_SHOWN_LENGTH = 200

type Args = Readonly<Record<string, unknown>>

export interface GrantedCall {
  readonly args: Args
  /** `args` with secrets masked. */
  readonly shown: Args
  /** What `offer.group` names. */
  readonly group?: ToolGroup | undefined
}

/** The grant that a checked wish makes. */
export function grantOf(
  subject: GrantSubject,
  { args, shown, risk, group }: GrantedCall & { readonly risk: RiskClass },
  wish: GrantWish,
  fresh: { readonly id: string; readonly salt: string; readonly now: number },
): Grant {
  const fixed = wish.fixed.map((name) => [
    name,
    { hash: fixedHash(fresh.salt, canonicalHash(args[name])), shown: shownValue(shown[name]) },
  ])
  const within = wish.group === true ? {} : { ...wish.within }
  return {
    id: fresh.id,
    subject,
    ...(wish.group === true && group !== undefined && { group }),
    risk,
    createdAt: fresh.now,
    expiresAt: fresh.now + wish.ms,
    left: wish.uses,
    used: 0,
    fixed: Object.fromEntries(fixed),
    ...(Object.keys(within).length > 0 && { within }),
    free:
      wish.group === true
        ? []
        : Object.keys(args).filter((name) => !wish.fixed.includes(name) && !Object.hasOwn(within, name)),
    salt: fresh.salt,
  }
}

/** Of a value that is fixed; its own hash is made once a call, however many grants it is compared with. */
export function fixedHash(salt: string, valueHash: string): string {
  return createHmac('sha256', salt).update(valueHash).digest('hex')
}

function shownValue(value: unknown): string {
  const text = visibleLine(writeJson(value))
  if (text.length <= MAX_SHOWN_LENGTH) return text
  return `${text.slice(0, MAX_SHOWN_LENGTH).toWellFormed()} … (cut, ${text.length} characters)`
}

/** One use less. */
export function spent(grant: Grant): Grant {
  return {
    ...grant,
    used: grant.used + 1,
    left: grant.left === undefined ? undefined : grant.left - 1,
  }
}
