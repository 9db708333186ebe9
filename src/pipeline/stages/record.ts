/**
 * Writes each call down twice: what is about to be tried, before anything else happens, and how it ended. With
 * `audit.required` a call whose intent can't be written is not made (promises 1 and 6). Outermost, so that it
 * sees what every other stage did, and only scrubbed results.
 */
import { keptArguments } from '../../audit/facts/arguments.ts'
import { NotWritten } from '../../audit/not-written.ts'
import { argumentsShape } from '../../audit/facts/shape.ts'
import type { Tense } from '../../audit/write/whereabouts.ts'
import { weigh } from '../../json/weigh.ts'
import { errorKind } from '../../errors.ts'
import { visibleLine } from '../../visible.ts'
import { argsHash, shortArgsText } from '../args-hash.ts'
import type { About, Call, Outcome, Stage } from '../call.ts'

export interface RecordDeps {
  readonly required: boolean
  /** Before the call is made, and after it. */
  append(type: 'call', facts: Record<string, unknown>, tense: Tense): Promise<void>
  /** What is kept of the arguments: masked and bounded, or only a hash and their names, masked too. */
  readonly arguments: 'masked' | 'hash'
  /** Masks secrets in what belongs together. */
  mask<T>(value: T): T
  /** The same, and of how many secrets none is in it; undefined where one is. */
  look<T>(value: T): { value: T; bareOf: number | undefined }
  now(): number
  warn(message: string): void
}

const MAX_NAME_LENGTH = 512
const HALF_NAME = MAX_NAME_LENGTH / 2
const MAX_HOST_LENGTH = 64

export function record(deps: RecordDeps): Stage {
  return async (call, next) => {
    const started = deps.now()
    const facts: Facts = { id: call.id, phase: 'intent' }
    let bareOf: number | undefined
    try {
      bareOf = addIntent(facts, call, deps)
      await deps.append('call', facts, 'before')
    } catch (error) {
      if (deps.required) return error instanceof NotWritten ? notWritten : defect(error, deps)
      deps.warn('a call could not be written to the audit log')
    }
    let outcome: Outcome
    try {
      outcome = await next(
        bareOf === undefined ? call : { ...call, bare: { args: call.args, secrets: bareOf } },
      )
    } catch (error) {
      outcome = defect(error, deps)
    }
    try {
      await deps.append('call', ended(call, outcome, deps.now() - started, deps), 'after')
    } catch {
      // The call has been made; withholding its result would only make the model try again.
      deps.warn('the outcome of a call could not be written to the audit log')
    }
    return outcome
  }
}

/** A stage that throws is a defect of ours; its text could hold anything, so none of it is passed on. */
function defect(error: unknown, deps: RecordDeps): Outcome {
  deps.warn(`a call failed inside sidemux (${errorKind(error)})`)
  return { kind: 'failed', reason: 'sidemux could not complete the call', hint: 'run: sidemux logs' }
}

const notWritten: Outcome = {
  kind: 'blocked',
  by: 'audit',
  reason: 'the audit log can not be written, so the call was not made',
  hint: 'make room or fix the permissions of the state directory, then run "sidemux audit verify"',
}

type Facts = Record<string, unknown>

/** @returns of how many secrets nothing stands in the name and the arguments, where all of them were looked for */
function addIntent(facts: Facts, call: Call, deps: RecordDeps): number | undefined {
  if (call.kind !== 'tool') facts['kind'] = call.kind
  if (call.via !== undefined) facts['via'] = call.via
  facts['args'] = hashOrNull(call)
  if (deps.arguments === 'masked') return addMasked(facts, call, deps)
  Object.assign(facts, namesAlone(call, deps))
  return undefined
}

function ended(call: Call, outcome: Outcome, ms: number, deps: RecordDeps): Facts {
  const facts: Facts = { id: call.id, phase: 'outcome' }
  if (outcome.about !== undefined) Object.assign(facts, aboutFacts(outcome.about, deps))
  Object.assign(facts, endFacts(outcome))
  if (outcome.unchecked !== undefined) facts['unchecked'] = outcome.unchecked
  if (outcome.whole !== undefined) facts['whole'] = outcome.whole
  facts['ms'] = Math.round(ms)
  return facts
}

/** Who called, what, and with what: masked together, as a secret may be split over them, and cut only then. */
function addMasked(facts: Facts, call: Call, deps: RecordDeps): number | undefined {
  const { name, args } = call
  const host = hostOf(call)
  const { value: about, bareOf } = deps.look(host === undefined ? { name, args } : { host, name, args })
  if (about.host !== undefined) facts['host'] = hostFact(about.host)
  facts['name'] = shown(about.name)
  Object.assign(facts, keptArguments(about.args, about.args === args ? shortArgsText(call) : undefined))
  return bareOf
}

/** First each by itself, because a cut would leave the beginning of a secret; then what is split over them. */
function namesAlone(call: Call, deps: RecordDeps): Facts {
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
function aboutFacts({ server, kind, name, verdict, rule, set }: About, deps: RecordDeps): Facts {
  const facts = { server, [kind]: kind === 'resource' ? shownName(name, deps) : name, verdict, rule }
  return set === undefined ? facts : { ...facts, set: keptSet(set, deps) }
}

/** What the host didn't send is not in the intent, and part of what was done. */
function keptSet(set: Readonly<Record<string, unknown>>, deps: RecordDeps): unknown {
  if (deps.arguments === 'hash') return deps.mask(argumentsShape(set, (key) => deps.mask(key)))
  return keptArguments(deps.mask(set)).arguments
}

function shownName(name: string, deps: RecordDeps): string {
  return shown(deps.mask(name))
}

/** A URI says with its end what was read. */
function shown(name: string): string {
  const isLong = name.length > MAX_NAME_LENGTH
  const short = isLong ? `${name.slice(0, HALF_NAME)}…${name.slice(-HALF_NAME)}` : name
  return visibleLine(short.toWellFormed())
}

function hashOrNull(call: Call): string | null {
  try {
    return argsHash(call)
  } catch {
    return null
  }
}

function endFacts(outcome: Outcome): Facts {
  switch (outcome.kind) {
    case 'result':
      return {
        outcome: outcome.result['isError'] === true ? 'tool-error' : 'ok',
        bytes: weigh(outcome.result),
        masked: outcome.masked ?? 0,
      }
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
