/**
 * What may be granted at all, and whether a wish stays within it. The tool's risk decides:
 *
 *   destructive   at least one argument fixed (where there are any), at most 20 uses and 8 hours
 *   write         any arguments or some fixed, at most 30 days, any number of uses
 *   changed       a definition that changed since it was first seen: nothing is remembered
 *
 * Pure.
 */
import type { RiskClass } from '../policy/options.ts'

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

const HOUR_MS = 3_600_000
const DESTRUCTIVE = { maxUses: 20, maxMs: 8 * HOUR_MS } as const
const OTHERS = { maxUses: undefined, maxMs: 30 * 24 * HOUR_MS } as const
/** Nobody chooses among more of them, and each is kept in the book. */
const MAX_ARGUMENTS = 64
const MAX_NAME_LENGTH = 128
const MAX_USES = 1_000_000

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
