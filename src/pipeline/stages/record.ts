/**
 * Writes each call down twice: what is about to be tried, before anything else happens, and how it ended. With
 * `audit.required` a call whose intent can't be written is not made (promises 1 and 6). Outermost, so that it
 * sees what every other stage did, and only scrubbed results.
 */
import { isKeptWhole, keptArguments } from '../../audit/facts/arguments.ts'
import { NotWritten } from '../../audit/not-written.ts'
import { argumentsShape } from '../../audit/facts/shape.ts'
import type { Told } from '../../audit/write/log.ts'
import type { Tense } from '../../audit/write/whereabouts.ts'
import { canonicalJson, CanonicalText, sha256 } from '../../json/canonical.ts'
import { weigh } from '../../json/weigh.ts'
import { errorKind } from '../../errors.ts'
import { visibleLine } from '../../visible.ts'
import type { About, Call, Outcome, SeenArguments, Stage } from '../call.ts'
import { copyOf } from '../copy.ts'

export interface RecordDeps {
  readonly required: boolean
  /** Before the call is made, and after it. */
  append(type: 'call', facts: Record<string, unknown>, tense: Tense, told: Told): void
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
  return (call, next) =>
    new Promise((resolve) => {
      const started = deps.now()
      const end = (outcome: Outcome): void =>
        write(
          deps,
          'after',
          () => ended(call, outcome, deps.now() - started, deps),
          (error) => {
            // The call has been made; withholding its result would only make the model try again.
            if (error !== undefined) deps.warn('the outcome of a call could not be written to the audit log')
            resolve(outcome)
          },
        )
      let seen: Call['seen']
      const intent = (): Facts => {
        const facts: Facts = { id: call.id, phase: 'intent' }
        seen = addIntent(facts, call, deps)
        return facts
      }
      write(deps, 'before', intent, (error) => {
        if (error !== undefined && deps.required)
          return resolve(error instanceof NotWritten ? notWritten : defect(error, deps))
        if (error !== undefined) deps.warn('a call could not be written to the audit log')
        try {
          const outcome = next(seen === undefined ? call : withSeen(call, seen))
          if (outcome instanceof Promise) outcome.then(end, (thrown: unknown) => end(defect(thrown, deps)))
          else end(outcome)
        } catch (thrown) {
          end(defect(thrown, deps))
        }
      })
    })
}

function withSeen(call: Call, seen: SeenArguments): Call {
  const copy = copyOf(call)
  copy.seen = seen
  return copy
}

/** Told of facts that can't be made as of those that can't be written. */
function write(deps: RecordDeps, tense: Tense, facts: () => Facts, told: Told): void {
  let made: Facts
  try {
    made = facts()
  } catch (error) {
    return told(error instanceof Error ? error : new Error(String(error)))
  }
  deps.append('call', made, tense, told)
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

/** @returns what it found out about the arguments */
function addIntent(facts: Facts, call: Call, deps: RecordDeps): SeenArguments {
  const { args, kind, via } = call
  if (kind !== 'tool') facts['kind'] = kind
  if (via !== undefined) facts['via'] = via
  const text = textOrNull(args)
  const hash = text === null ? null : sha256(text)
  facts['args'] = hash
  if (deps.arguments === 'masked') return { args, hash, bareOf: addMasked(facts, call, text, deps) }
  Object.assign(facts, namesAlone(call, deps))
  return { args, hash, bareOf: undefined }
}

function ended(call: Call, outcome: Outcome, elapsed: number, deps: RecordDeps): Facts {
  const { id } = call
  const { about, unchecked, whole } = outcome
  const ms = Math.round(elapsed)
  const isPlain = about?.kind === 'tool' && about.set === undefined && (unchecked ?? whole) === undefined
  // Most calls end so; put together at once it costs a third.
  if (outcome.kind === 'result' && isPlain) {
    const { server, name: tool, verdict, rule } = about
    const { how, bytes, masked } = resultFacts(outcome)
    return { id, phase: 'outcome', server, tool, verdict, rule, outcome: how, bytes, masked, ms }
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

/**
 * Who called, what, and with what: masked together, as a secret may be split over them, and cut only then.
 * @param text the canonical JSON of the arguments
 * @returns of how many secrets nothing stands in them, where all of them were looked for
 */
function addMasked(facts: Facts, call: Call, text: string | null, deps: RecordDeps): number | undefined {
  const { name, args } = call
  const host = hostOf(call)
  const { value: about, bareOf } = deps.look(host === undefined ? { name, args } : { host, name, args })
  if (about.host !== undefined) facts['host'] = hostFact(about.host)
  facts['name'] = shown(about.name)
  if (about.args === args && text !== null && isKeptWhole(args, text))
    facts['arguments'] = new CanonicalText(text)
  else Object.assign(facts, keptArguments(about.args))
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

function textOrNull(args: Call['args']): string | null {
  try {
    return canonicalJson(args)
  } catch {
    return null
  }
}

function endFacts(outcome: Outcome): Facts {
  switch (outcome.kind) {
    case 'result': {
      const { how, bytes, masked } = resultFacts(outcome)
      return { outcome: how, bytes, masked }
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

function resultFacts({ result, masked }: Extract<Outcome, { kind: 'result' }>): {
  readonly how: 'ok' | 'tool-error'
  readonly bytes: number | null
  readonly masked: number
} {
  return {
    how: result['isError'] === true ? 'tool-error' : 'ok',
    bytes: weigh(result),
    masked: masked ?? 0,
  }
}
