/**
 * Decides whether a grant covers a call: the same tool, launch command, definition and rules, not ended, no argument
 * that the granted call had not, every fixed one with the value that was fixed, and every path below the folder that
 * was chosen. A call that a rule asks about because of its arguments wants a grant that was given at such a call. Of
 * a group any tool that is in it with its present definition is covered, whatever its arguments. Of several that
 * cover a call the narrowest is used. The clock is handed in, and so is the disk that links are followed on.
 */
import { canonicalHash } from '../../json/canonical.ts'
import type { ServerPlace } from '../../policy/where/place.ts'
import { groupedHash } from './group.ts'
import { whyNotWithin } from './within.ts'
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
export function whyVoid(grant: Grant, current: GrantSubject | undefined): string | undefined {
  const { subject } = grant
  if (current === undefined) return 'the tool is no longer there'
  if (subject.launchHash !== current.launchHash) return 'the launch command changed'
  if (grantedHash(grant, current) !== current.toolHash) return 'the definition of the tool changed'
  if (subject.ruleHash !== current.ruleHash) return 'rules, profile or environment changed'
  return undefined
}

/** Whether it is for this tool, as it now is or as it once was. */
export function isFor(grant: Grant, tool: Pick<GrantSubject, 'server' | 'tool'>): boolean {
  return grantedHash(grant, tool) !== undefined
}

/** The definition that the grant has of a tool. */
function grantedHash(
  { subject, group }: Grant,
  { server, tool }: Pick<GrantSubject, 'server' | 'tool'>,
): string | undefined {
  if (server !== subject.server) return undefined
  if (group !== undefined) return groupedHash(group, tool)
  return tool === subject.tool ? subject.toolHash : undefined
}

/** Why the grant says nothing about this call; undefined when it covers it. */
export function whyNotCovered(
  grant: Grant,
  subject: GrantSubject,
  args: Args,
  now: number,
  place?: ServerPlace,
): string | undefined {
  return whyUnfit(grant, subject, { args, place, hashOf: valueHashes(args) }, now)
}

export function covers(
  grant: Grant,
  subject: GrantSubject,
  args: Args,
  now: number,
  place?: ServerPlace,
): boolean {
  return whyNotCovered(grant, subject, args, now, place) === undefined
}

/** Of those that cover the call the narrowest; of equally narrow ones the one that expires first. */
export function pickGrant(
  grants: readonly Grant[],
  subject: GrantSubject,
  args: Args,
  now: number,
  place?: ServerPlace,
): Grant | undefined {
  const asked = { args, place, hashOf: valueHashes(args) }
  return grants
    .filter((grant) => whyUnfit(grant, subject, asked, now) === undefined)
    .toSorted(narrowerFirst)[0]
}

interface Asked {
  readonly args: Args
  readonly place: ServerPlace | undefined
  readonly hashOf: (name: string) => string | undefined
}

function whyUnfit(
  grant: Grant,
  subject: GrantSubject,
  { args, place, hashOf }: Asked,
  now: number,
): string | undefined {
  if (!isFor(grant, subject))
    return grant.group === undefined ? 'it is for another tool' : 'it is for other tools'
  const ended = whyEnded(grant, now) ?? whyVoid(grant, subject)
  if (ended !== undefined) return ended
  if (grant.createdAt > now + CLOCK_SLACK_MS) return 'it was given later than it is now'
  // What the operator wants to be asked about isn't silenced by a yes to calls that he wasn't asked about for it.
  if (subject.rule !== undefined && subject.rule !== grant.subject.rule)
    return 'it was not given at a call that this rule asks about'
  if (isWorse(subject.risk, grant)) return 'it was given at a call that does less harm'
  if (grant.group !== undefined) return undefined
  const names = Object.keys(args)
  const { within = {} } = grant
  const further = names.find(
    (name) => !Object.hasOwn(grant.fixed, name) && !Object.hasOwn(within, name) && !grant.free.includes(name),
  )
  if (further !== undefined) return `the call that was granted had no argument ${JSON.stringify(further)}`
  const other = Object.entries(grant.fixed).find(([name, { hash }]) => {
    const found = Object.hasOwn(args, name) ? hashOf(name) : undefined
    return found === undefined || fixedHash(grant.salt, found) !== hash
  })
  if (other !== undefined) return `the argument ${JSON.stringify(other[0])} is fixed to another value`
  for (const [name, folder] of Object.entries(within)) {
    const why = whyNotWithin(name, folder, args, place, Object.keys(grant.fixed))
    if (why !== undefined) return `the argument ${JSON.stringify(name)} ${why}`
  }
  return undefined
}

/** What a tool may do by one argument isn't granted by a yes to what it does by another. */
function isWorse(risk: GrantSubject['risk'], grant: Grant): boolean {
  if (risk === 'destructive') return grant.risk !== 'destructive'
  return risk === 'write' && grant.group === undefined && (grant.risk === 'read' || grant.risk === 'unknown')
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
    (a.group?.tools.length ?? 0) - (b.group?.tools.length ?? 0) ||
    Object.keys(b.fixed).length - Object.keys(a.fixed).length ||
    Object.keys(b.within ?? {}).length - Object.keys(a.within ?? {}).length ||
    a.free.length - b.free.length ||
    a.expiresAt - b.expiresAt ||
    a.createdAt - b.createdAt ||
    (a.id < b.id ? -1 : 1)
  )
}
