/**
 * Whether a grant covers a call: the same tool, launch command, definition and rules, not ended, no argument that the
 * granted call had not, and every fixed one with the value that was fixed. Of several that cover it the narrowest is
 * used. Pure: the clock is handed in.
 */
import { canonicalHash } from '../canonical.ts'
import { fixedHash, type Grant, type GrantSubject } from './grants.ts'

/** Clocks are set right by less; one that was set back by more would make a grant live on. */
const CLOCK_SLACK_MS = 60_000

type Args = Readonly<Record<string, unknown>>

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
    return found === undefined || fixedHash(grant.salt, found) !== hash
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
