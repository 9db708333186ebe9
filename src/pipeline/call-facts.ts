/**
 * Chooses what the audit log says of a call: what is about to be tried, and how it ended. Of secrets nothing is in it, and of
 * what is long a part. Pure.
 */
import { isKeptWhole, keptArguments } from '../audit/facts/arguments.ts'
import { CallIntent, CallOutcome, type UsualEnd } from '../audit/facts/call-records.ts'
import { argumentsShape } from '../audit/facts/shape.ts'
import type { RecordFacts } from '../audit/chain/record-text.ts'
import { canonicalHash, canonicalJson, sha256 } from '../json/canonical.ts'
import { holdsLong } from '../json/long-text.ts'
import { weigh } from '../json/weigh.ts'
import { visibleLine } from '../visible.ts'
import type { About, Call, Outcome, SeenArguments } from './call.ts'

export interface FactsDeps {
  /** What is kept of the arguments: masked and bounded, or only a hash and their names, masked too. */
  readonly arguments: 'masked' | 'hash'
  /** Masks secrets in what belongs together. */
  mask<T>(value: T): T
  /** The same, and of how many secrets none is in it; undefined where one is. */
  look<T>(value: T): { value: T; bareOf: number | undefined }
}

const MAX_NAME_LENGTH = 512
const HALF_NAME = MAX_NAME_LENGTH / 2
const MAX_HOST_LENGTH = 64

type Facts = Record<string, unknown>

/** What is written down of what is about to be tried, and what was found out about the arguments. */
interface Intent {
  readonly facts: RecordFacts
  readonly seen: SeenArguments
}

export function intentOf(call: Call, deps: FactsDeps): Intent {
  const { args } = call
  // Of long ones no text is made: it would be kept whole in no record.
  const text = holdsLong(args) ? null : textOrNull(args)
  const hash = text === null ? hashOrNull(args) : sha256(text)
  if (deps.arguments === 'masked') return maskedIntent(call, text, hash, deps)
  const facts = { ...unusualFacts(call, hash), ...namesAlone(call, deps) }
  return { facts, seen: { args, hash, bareOf: undefined } }
}

/**
 * Who called, what, and with what: masked together, as a secret may be split over them, and cut only then.
 * @param text the canonical JSON of the arguments, and its hash; null where they have none
 */
function maskedIntent(call: Call, text: string | null, hash: string | null, deps: FactsDeps): Intent {
  const { id, kind, via, args } = call
  const { value: about, bareOf } = deps.look(aboutOf(call))
  const host = about.host === undefined ? undefined : hostFact(about.host)
  const name = shown(about.name)
  const seen = { args, hash, bareOf }
  const isUsual = kind === 'tool' && via === undefined && about.args === args
  if (isUsual && text !== null && hash !== null && isKeptWhole(args, text))
    return { facts: new CallIntent({ id, name, host, hash, argumentsText: text }), seen }
  const facts = { ...unusualFacts(call, hash), ...(host && { host }), name, ...keptArguments(about.args) }
  return { facts, seen }
}

function aboutOf(call: Call): {
  readonly host?: NamedHost
  readonly name: string
  readonly args: Call['args']
} {
  const { name, args } = call
  const host = hostOf(call)
  return host === undefined ? { name, args } : { host, name, args }
}

function unusualFacts({ id, kind, via }: Call, args: string | null): Facts {
  return { id, phase: 'intent', args, ...(kind !== 'tool' && { kind }), ...(via !== undefined && { via }) }
}

export function outcomeOf(call: Call, outcome: Outcome, elapsed: number, deps: FactsDeps): RecordFacts {
  const { id } = call
  const { about, unchecked, whole } = outcome
  const ms = Math.round(elapsed)
  const isUsual = about?.kind === 'tool' && about.set === undefined && (unchecked ?? whole) === undefined
  if (outcome.kind === 'result' && isUsual) {
    const { server, name: tool, verdict, rule } = about
    const { outcome: how, bytes, masked } = resultFacts(outcome)
    return new CallOutcome({ id, server, tool, verdict, rule, outcome: how, bytes, masked, ms })
  }
  return {
    id,
    phase: 'outcome',
    ...(about && aboutFacts(about, deps)),
    ...endFacts(outcome),
    ...(unchecked && { unchecked }),
    ...(whole !== undefined && { whole }),
    ms,
  }
}

/** First each by itself, because a cut would leave the beginning of a secret; then what is split over them. */
function namesAlone(call: Call, deps: FactsDeps): Facts {
  const shape = argumentsShape(call.args, (key) => deps.mask(key))
  const host = hostOf(call)
  const named = host === undefined ? {} : { host: hostFact(deps.mask({ host }).host) }
  return deps.mask({ ...named, name: shownName(call.name, deps), shape })
}

interface NamedHost {
  readonly name: string
  readonly version: string
}

/** As the host calls itself. */
function hostOf({ asker: { host } }: Call): NamedHost | undefined {
  return host && { name: host.name, version: host.version ?? '' }
}

function hostFact({ name, version }: NamedHost): { name: string; version?: string } {
  const short = name.slice(0, MAX_HOST_LENGTH)
  return version === '' ? { name: short } : { name: short, version: version.slice(0, MAX_HOST_LENGTH) }
}

/** A tool stands under `tool`, a prompt under `prompt`, and so on. A resource's name is what the host wrote. */
function aboutFacts({ server, kind, name, verdict, rule, set }: About, deps: FactsDeps): Facts {
  const facts = { server, [kind]: kind === 'resource' ? shownName(name, deps) : name, verdict, rule }
  return set === undefined ? facts : { ...facts, set: keptSet(set, deps) }
}

/** What the host didn't send is not in the intent, and part of what was done. */
function keptSet(set: Readonly<Record<string, unknown>>, deps: FactsDeps): unknown {
  if (deps.arguments === 'hash') return deps.mask(argumentsShape(set, (key) => deps.mask(key)))
  return keptArguments(deps.mask(set)).arguments
}

function shownName(name: string, deps: FactsDeps): string {
  return shown(deps.mask(name))
}

/** A URI says with its end what was read. */
function shown(name: string): string {
  const isLong = name.length > MAX_NAME_LENGTH
  const short = isLong ? `${name.slice(0, HALF_NAME)}…${name.slice(-HALF_NAME)}` : name
  return visibleLine(short.toWellFormed())
}

function hashOrNull(args: Call['args']): string | null {
  try {
    return canonicalHash(args)
  } catch {
    return null
  }
}

function textOrNull(args: Call['args']): string | null {
  try {
    return canonicalJson(args)
  } catch {
    return null
  }
}

function endFacts(outcome: Outcome): Facts {
  switch (outcome.kind) {
    case 'result':
      return resultFacts(outcome)
    case 'error':
      return { outcome: 'error', code: outcome.code, masked: outcome.masked ?? 0 }
    case 'blocked':
      return { outcome: 'blocked', by: outcome.by, reason: outcome.reason }
    case 'failed':
      return { outcome: 'failed', reason: outcome.reason }
    case 'questions':
    case 'ask':
      return { outcome: 'asked' }
    case 'cancelled':
      return { outcome: 'cancelled' }
  }
}

function resultFacts({
  result,
  masked,
}: Extract<Outcome, { kind: 'result' }>): Pick<UsualEnd, 'outcome' | 'bytes' | 'masked'> {
  const outcome = result['isError'] === true ? 'tool-error' : 'ok'
  return { outcome, bytes: weigh(result), masked: masked ?? 0 }
}
