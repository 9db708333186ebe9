/**
 * A grant is a human's yes to calls that are still to come: which tool, which argument values, until when, how
 * often. It belongs to one server, launch command, tool definition and set of rules; when any of them changes it is
 * void. What may be granted at all is decided here, by the tool's risk:
 *
 *   destructive   at least one argument fixed (where there are any), at most 20 uses and 8 hours
 *   write         any arguments or some fixed, at most 30 days, any number of uses
 *   changed       a definition that changed since it was first seen: nothing is remembered
 *
 * A grant binds hashes, so it isn't ended by a change but doesn't fit what was changed; when the change is taken back
 * it fits again, because that is what the human said yes to.
 *
 * Pure: the clock is handed in, and the file is grantBook.ts's.
 */
import { createHmac } from 'node:crypto'
import { canonicalHash } from '../canonical.ts'
import { writeJson } from '../json/write.ts'
import type { RiskClass } from '../policy/options.ts'
import { visibleLine } from '../visible.ts'

/** What a call must be for a grant to speak of it; the same hashes as in a Binding. */
export interface GrantSubject {
  readonly server: string
  readonly tool: string
  readonly launchHash: string
  readonly toolHash: string
  /** SHA-256 of the rules of servers.yaml that speak of this server, and of the profile's. */
  readonly ruleHash: string
}

/** The widest grant that a human may give here. */
export interface GrantOffer {
  readonly risk: RiskClass
  /** Whether the grant may leave every argument free. */
  readonly anyArguments: boolean
  /** Names of the arguments of this call, any of which can be fixed. */
  readonly argumentNames: readonly string[]
  /** Undefined: as often as the human likes. */
  readonly maxUses: number | undefined
  /** Milliseconds from now. */
  readonly maxMs: number
}

export interface GrantWish {
  /** The arguments whose values are fixed as in this call; the others of this call are free, further ones never match. */
  readonly fixed: readonly string[]
  readonly uses: number | undefined
  /** Milliseconds from now. */
  readonly ms: number
}

export interface Grant {
  readonly id: string
  readonly subject: GrantSubject
  readonly risk: RiskClass
  /** Epoch milliseconds. */
  readonly createdAt: number
  readonly expiresAt: number
  /** Uses left; undefined: not counted. */
  readonly left: number | undefined
  readonly used: number
  /** By name: a salted hash of the canonical value that must be given, and the value as people may see it (masked). */
  readonly fixed: Readonly<Record<string, { readonly hash: string; readonly shown: string }>>
  /** Arguments that may have any value or be absent. */
  readonly free: readonly string[]
  readonly salt: string
}

/** Where grants are kept, as the queue sees it. A book that can't be read or written grants nothing. */
export interface Grants {
  /** Spends one use of a grant that covers the call; undefined when none does. */
  use(subject: GrantSubject, args: Readonly<Record<string, unknown>>): Grant | undefined
  /**
   * @param shown `args` with secrets masked.
   * @throws SidemuxError when the wish goes beyond the offer, or it can't be written.
   */
  remember(
    subject: GrantSubject,
    call: {
      readonly args: Readonly<Record<string, unknown>>
      readonly shown: Readonly<Record<string, unknown>>
      readonly offer: GrantOffer
    },
    wish: GrantWish,
  ): Grant
  /** Those that could still be used, oldest first. */
  list(): readonly Grant[]
  /** False when there is none of this id. */
  revoke(id: string): boolean
}

const HOUR_MS = 3_600_000
const DESTRUCTIVE = { maxUses: 20, maxMs: 8 * HOUR_MS } as const
const OTHERS = { maxUses: undefined, maxMs: 30 * 24 * HOUR_MS } as const
/** Nobody chooses among more of them, and each is kept in the book. */
const MAX_ARGUMENTS = 64
const MAX_NAME_LENGTH = 128
const MAX_SHOWN_LENGTH = 200
const MAX_USES = 1_000_000
/** Clocks are set right by less; one that was set back by more would make a grant live on. */
const CLOCK_SLACK_MS = 60_000

type Args = Readonly<Record<string, unknown>>

/**
 * What may be remembered of this call; undefined where nothing may: for a definition that changed, and for arguments
 * whose names can't be kept (too many, too long, `__proto__`, or with a secret in them).
 * @param changed whether the definition differs from the one first seen.
 * @param shown `args` with secrets masked; a name that masking changed is not there.
 */
export function offerFor(
  risk: RiskClass,
  args: Args,
  changed: boolean,
  shown: Args = args,
): GrantOffer | undefined {
  const argumentNames = Object.keys(args)
  if (changed || argumentNames.length > MAX_ARGUMENTS) return undefined
  if (!argumentNames.every((name) => canBeKept(name) && Object.hasOwn(shown, name))) return undefined
  const anyArguments = risk !== 'destructive' || argumentNames.length === 0
  return { risk, anyArguments, argumentNames, ...(risk === 'destructive' ? DESTRUCTIVE : OTHERS) }
}

/** JSON schemas and JSON.parse don't agree on what a member called `__proto__` is. */
function canBeKept(name: string): boolean {
  return name !== '__proto__' && name.length <= MAX_NAME_LENGTH && name.isWellFormed()
}

/** Half a sentence about what goes beyond the offer; undefined when nothing does. */
export function checkWish(offer: GrantOffer, { fixed, uses, ms }: GrantWish): string | undefined {
  if (new Set(fixed).size !== fixed.length) return 'an argument is named twice'
  if (!fixed.every((name) => offer.argumentNames.includes(name)))
    return 'an argument is to be fixed that this call does not have'
  if (!offer.anyArguments && fixed.length === 0)
    return `a ${offer.risk} tool is granted only with at least one argument fixed`
  if (!Number.isSafeInteger(ms) || ms < 1) return 'the time is not a whole number of milliseconds'
  if (ms > offer.maxMs) return `it may last ${offer.maxMs / HOUR_MS} hours at most`
  if (uses === undefined)
    return offer.maxUses === undefined ? undefined : `it may be used ${offer.maxUses} times at most`
  if (!Number.isSafeInteger(uses) || uses < 1) return 'the number of uses is not a whole number above 0'
  const most = offer.maxUses ?? MAX_USES
  return uses > most ? `it may be used ${most} times at most` : undefined
}

export interface GrantedCall {
  readonly args: Args
  /** `args` with secrets masked. */
  readonly shown: Args
}

/** The grant that a checked wish makes. */
export function grantOf(
  subject: GrantSubject,
  { args, shown, risk }: GrantedCall & { readonly risk: RiskClass },
  wish: GrantWish,
  fresh: { readonly id: string; readonly salt: string; readonly now: number },
): Grant {
  const fixed = wish.fixed.map((name) => [
    name,
    { hash: salted(fresh.salt, canonicalHash(args[name])), shown: shownValue(shown[name]) },
  ])
  return {
    id: fresh.id,
    subject,
    risk,
    createdAt: fresh.now,
    expiresAt: fresh.now + wish.ms,
    left: wish.uses,
    used: 0,
    fixed: Object.fromEntries(fixed),
    free: Object.keys(args).filter((name) => !wish.fixed.includes(name)),
    salt: fresh.salt,
  }
}

/** The value's own hash is made once a call, however many grants it is compared with. */
function salted(salt: string, valueHash: string): string {
  return createHmac('sha256', salt).update(valueHash).digest('hex')
}

function shownValue(value: unknown): string {
  const text = visibleLine(writeJson(value))
  if (text.length <= MAX_SHOWN_LENGTH) return text
  return `${text.slice(0, MAX_SHOWN_LENGTH).toWellFormed()} … (cut, ${text.length} characters)`
}

/** Why a grant can't be used any more, whatever is called; undefined while it can. */
export function whyEnded(grant: Grant, now: number): string | undefined {
  if (grant.left !== undefined && grant.left < 1) return 'it is used up'
  if (grant.expiresAt <= now) return 'it has expired'
  return undefined
}

/**
 * What changed since the grant was given, so that it is void as things are.
 * @param current the same tool as it is now; undefined when it is no longer there.
 */
export function whyVoid({ subject }: Grant, current: GrantSubject | undefined): string | undefined {
  if (current === undefined) return 'the tool is no longer there'
  if (subject.launchHash !== current.launchHash) return 'the launch command changed'
  if (subject.toolHash !== current.toolHash) return 'the definition of the tool changed'
  if (subject.ruleHash !== current.ruleHash) return 'rules, profile or environment changed'
  return undefined
}

/** Why the grant says nothing about this call; undefined when it covers it. */
export function whyNotCovered(
  grant: Grant,
  subject: GrantSubject,
  args: Args,
  now: number,
): string | undefined {
  return whyUnfit(grant, subject, args, now, valueHashes(args))
}

export function covers(grant: Grant, subject: GrantSubject, args: Args, now: number): boolean {
  return whyNotCovered(grant, subject, args, now) === undefined
}

/** Of those that cover the call the narrowest; of equally narrow ones the one that expires first. */
export function pickGrant(
  grants: readonly Grant[],
  subject: GrantSubject,
  args: Args,
  now: number,
): Grant | undefined {
  const hashOf = valueHashes(args)
  return grants
    .filter((grant) => whyUnfit(grant, subject, args, now, hashOf) === undefined)
    .toSorted(narrowerFirst)[0]
}

/** One use less. */
export function spent(grant: Grant): Grant {
  return {
    ...grant,
    used: grant.used + 1,
    left: grant.left === undefined ? undefined : grant.left - 1,
  }
}

function whyUnfit(
  grant: Grant,
  subject: GrantSubject,
  args: Args,
  now: number,
  hashOf: (name: string) => string | undefined,
): string | undefined {
  const { server, tool } = grant.subject
  if (server !== subject.server || tool !== subject.tool) return 'it is for another tool'
  const ended = whyEnded(grant, now) ?? whyVoid(grant, subject)
  if (ended !== undefined) return ended
  if (grant.createdAt > now + CLOCK_SLACK_MS) return 'it was given later than it is now'
  const names = Object.keys(args)
  const further = names.find((name) => !Object.hasOwn(grant.fixed, name) && !grant.free.includes(name))
  if (further !== undefined) return `the call that was granted had no argument ${JSON.stringify(further)}`
  const other = Object.entries(grant.fixed).find(([name, { hash }]) => {
    const found = Object.hasOwn(args, name) ? hashOf(name) : undefined
    return found === undefined || salted(grant.salt, found) !== hash
  })
  return other && `the argument ${JSON.stringify(other[0])} is fixed to another value`
}

/** SHA-256 of the canonical JSON of a value by its name, made when it is asked for; undefined when it has none. */
function valueHashes(args: Args): (name: string) => string | undefined {
  const known = new Map<string, string | undefined>()
  return (name) => {
    if (!known.has(name)) known.set(name, hashOrNone(args[name]))
    return known.get(name)
  }
}

function hashOrNone(value: unknown): string | undefined {
  try {
    return canonicalHash(value)
  } catch {
    return undefined
  }
}

function narrowerFirst(a: Grant, b: Grant): number {
  return (
    Object.keys(b.fixed).length - Object.keys(a.fixed).length ||
    a.free.length - b.free.length ||
    a.expiresAt - b.expiresAt ||
    a.createdAt - b.createdAt ||
    (a.id < b.id ? -1 : 1)
  )
}
