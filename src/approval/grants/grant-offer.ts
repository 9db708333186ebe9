/**
 * Decides what may be granted at all, and whether a wish stays within that. The tool's risk decides:
 *
 *   destructive   at least one argument fixed or within a folder (where there are any), at most 20 uses and 8 hours
 *   others        any arguments or some fixed, at most 30 days, any number of uses
 *   changed       a definition that changed since it was first seen: nothing is remembered
 *
 * Beside it the tools of the server that only read by name, as one group for 30 days; not beside what can't be undone,
 * where nobody shall say yes for the sake of something else.
 *
 * Pure.
 */
import { canonicalJson } from '../../json/canonical.ts'
import type { RiskClass } from '../../policy/risk-class.ts'
import type { ServerPlace } from '../../policy/where/place.ts'
import type { ToolGroup } from './group.ts'
import { targetArguments } from './target-arguments.ts'
import { withinOffers, type WithinOffer } from './within.ts'

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
  /** Of `argumentNames` those that say on what the call works (a path, a repository): what is fixed unless a human says otherwise. */
  readonly fixedByDefault?: readonly string[]
  /** By argument that is a path: the folders that may be chosen in place of the one value. */
  readonly within?: Readonly<Record<string, WithinOffer>>
  /** Tools of the server that can be granted together with this one. */
  readonly group?: GroupOffer
}

/** The tools of a server that only read by name, as one grant. */
export interface GroupOffer {
  /** The server's own names of them. */
  readonly tools: readonly string[]
  /** What they are called like, for people: `get_*`, `list_*`. */
  readonly patterns: readonly string[]
  /** Milliseconds from now. */
  readonly maxMs: number
}

export interface GrantWish {
  /** The tools of `GrantOffer.group`, with any arguments; then nothing is fixed. */
  readonly group?: true
  /** The arguments whose values are fixed as in this call; the others of this call are free, further ones never match. */
  readonly fixed: readonly string[]
  /** Of those that aren't fixed: the folder of the offer below which the path must lie. */
  readonly within?: Readonly<Record<string, string>>
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
 * @param context what is known of the tool; without its name nothing is fixed by default.
 */
export function offerFor(
  risk: RiskClass,
  args: Args,
  changed: boolean,
  shown: Args = args,
  { tool, inputSchema, group, place }: OfferContext = {},
): GrantOffer | undefined {
  const argumentNames = Object.keys(args)
  if (changed || argumentNames.length > MAX_ARGUMENTS) return undefined
  if (!argumentNames.every((name) => canBeKept(name) && Object.hasOwn(shown, name))) return undefined
  const anyArguments = risk !== 'destructive' || argumentNames.length === 0
  const within = place && foldersOf(risk, args, shown, place)
  return {
    risk,
    anyArguments,
    argumentNames,
    ...(risk === 'destructive' ? DESTRUCTIVE : OTHERS),
    ...(tool !== undefined && { fixedByDefault: targetArguments({ tool, inputSchema, risk, args }) }),
    ...(within !== undefined && Object.keys(within).length > 0 && { within }),
    ...(group !== undefined && risk !== 'destructive' && { group: groupOffer(group) }),
  }
}

/** Of what can't be undone no folder is chosen for a human, and nothing is kept that was masked. */
function foldersOf(risk: RiskClass, args: Args, shown: Args, place: ServerPlace): GrantOffer['within'] {
  const offers = Object.entries(withinOffers(args, place))
    .filter(([name]) => canonicalJson(shown[name]) === canonicalJson(args[name]))
    .map(([name, offer]) => [name, risk === 'destructive' ? { folders: offer.folders } : offer] as const)
  return Object.fromEntries(offers)
}

function groupOffer({ tools, patterns }: ToolGroup): GroupOffer {
  return { tools: tools.map(({ tool }) => tool), patterns, maxMs: OTHERS.maxMs }
}

/** What of the tool helps to make a good offer. */
export interface OfferContext {
  /** The server's own name of it. */
  readonly tool?: string
  readonly inputSchema?: unknown
  /** Where its paths are; without it no folder is offered. */
  readonly place?: ServerPlace | undefined
  /** What can be granted together. */
  readonly group?: ToolGroup | undefined
}

/** JSON schemas and JSON.parse don't agree on what a member called `__proto__` is. */
function canBeKept(name: string): boolean {
  return name !== '__proto__' && name.length <= MAX_NAME_LENGTH && name.isWellFormed()
}

/** Half a sentence about what goes beyond the offer; undefined when nothing does. */
export function checkWish(offer: GrantOffer, wish: GrantWish): string | undefined {
  return wish.group === true ? checkGroupWish(offer, wish) : checkToolWish(offer, wish)
}

function checkGroupWish(
  { group }: GrantOffer,
  { fixed, within = {}, uses, ms }: GrantWish,
): string | undefined {
  if (group === undefined) return 'no group of tools is offered here'
  if (fixed.length > 0 || Object.keys(within).length > 0)
    return 'a group has no arguments that could be fixed'
  return checkMs(ms, group.maxMs) ?? checkUses(uses, undefined)
}

function checkToolWish(offer: GrantOffer, { fixed, within = {}, uses, ms }: GrantWish): string | undefined {
  if (new Set(fixed).size !== fixed.length) return 'an argument is named twice'
  if (!fixed.every((name) => offer.argumentNames.includes(name)))
    return 'an argument is to be fixed that this call does not have'
  const folders = Object.entries(within)
  if (folders.some(([name]) => fixed.includes(name))) return 'an argument is fixed and free within a folder'
  if (!folders.every(([name, folder]) => offersFolder(offer, name, folder)))
    return 'a folder is named that is not offered here'
  if (!offer.anyArguments && fixed.length === 0 && folders.length === 0)
    return `a ${offer.risk} tool is granted only with at least one argument fixed`
  return checkMs(ms, offer.maxMs) ?? checkUses(uses, offer.maxUses)
}

function offersFolder({ within = {} }: GrantOffer, name: string, folder: string): boolean {
  return Object.hasOwn(within, name) && within[name]?.folders.includes(folder) === true
}

function checkMs(ms: number, most: number): string | undefined {
  if (!Number.isSafeInteger(ms) || ms < 1) return 'the time is not a whole number of milliseconds'
  return ms > most ? `it may last ${most / HOUR_MS} hours at most` : undefined
}

function checkUses(uses: number | undefined, maxUses: number | undefined): string | undefined {
  if (uses === undefined) return maxUses === undefined ? undefined : `it may be used ${maxUses} times at most`
  if (!Number.isSafeInteger(uses) || uses < 1) return 'the number of uses is not a whole number above 0'
  const most = maxUses ?? MAX_USES
  return uses > most ? `it may be used ${most} times at most` : undefined
}
