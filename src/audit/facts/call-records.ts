/**
 * The two records of a usual call, which write themselves: one sentence each, in the order of canonical JSON. That takes half
 * of what it takes to bring any facts into that order (chain/record-text.ts), and most of what the log holds are these. Of an
 * unusual call the facts are written as all others. Pure.
 */
import { quotedWellFormed } from '../../json/quoted.ts'
import { SelfWritten, type RecordHead } from '../chain/record-text.ts'

/** A tool of a server, with arguments of which all are kept. */
export interface UsualCall {
  readonly id: string
  /** As the host calls it. */
  readonly name: string
  readonly host: { readonly name: string; readonly version?: string } | undefined
  /** SHA-256 of the arguments' canonical JSON, and that itself. */
  readonly hash: string
  readonly argumentsText: string
}

/** What is about to be tried. */
export class CallIntent extends SelfWritten {
  readonly #call: UsualCall

  constructor(call: UsualCall) {
    super()
    this.#call = call
  }

  textWith({ prev, seq, time, type }: RecordHead): string {
    const { id, name, host, hash, argumentsText } = this.#call
    return `{"args":"${hash}","arguments":${argumentsText},${hostText(host)}"id":${quotedWellFormed(id)},"name":${quotedWellFormed(name)},"phase":"intent","prev":"${prev}","seq":${seq},"time":"${time}","type":"${type}"}`
  }
}

function hostText(host: UsualCall['host']): string {
  if (host === undefined) return ''
  const { name, version } = host
  const more = version === undefined ? '' : `,"version":${quotedWellFormed(version)}`
  return `"host":{"name":${quotedWellFormed(name)}${more}},`
}

/** Of a call that ended with a result of its server. */
export interface UsualEnd {
  readonly id: string
  readonly server: string
  /** As the server knows it. */
  readonly tool: string
  readonly verdict: string
  readonly rule: string
  readonly outcome: 'ok' | 'tool-error'
  /** Of the result; null where that can't be told. */
  readonly bytes: number | null
  readonly masked: number
  readonly ms: number
}

export class CallOutcome extends SelfWritten {
  readonly #end: UsualEnd

  constructor(end: UsualEnd) {
    super()
    this.#end = end
  }

  textWith({ prev, seq, time, type }: RecordHead): string {
    const { id, server, tool, verdict, rule, outcome, bytes, masked, ms } = this.#end
    return `{"bytes":${bytes},"id":${quotedWellFormed(id)},"masked":${masked},"ms":${ms},"outcome":"${outcome}","phase":"outcome","prev":"${prev}","rule":${quotedWellFormed(rule)},"seq":${seq},"server":${quotedWellFormed(server)},"time":"${time}","tool":${quotedWellFormed(tool)},"type":"${type}","verdict":${quotedWellFormed(verdict)}}`
  }
}
