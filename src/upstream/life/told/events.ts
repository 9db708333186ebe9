/**
 * The events of a child, for the log and the audit log. Text from a child is masked, made printable, and limited in
 * length and number before it is part of an event.
 */
import type { Drop } from '../../link/gate.ts'
import { LastWords } from '../../process/words/last-words.ts'
import {
  LineLimit,
  LineLog,
  MAX_LINE_LENGTH,
  type MaskLine,
  type StreamMask,
} from '../../process/words/lines.ts'
import type { RemoteHooks } from '../../remote/remote-link.ts'
import { quotedWords } from '../../process/words/said.ts'
import type { TransportHooks } from '../../process/process-link.ts'

export type ChildEvent =
  | { readonly kind: 'launched'; readonly id: string; readonly pid: number }
  | { readonly kind: 'ready'; readonly id: string; readonly protocolVersion: string; readonly tools: number }
  | {
      readonly kind: 'exited'
      readonly id: string
      readonly pid: number | null
      readonly code: number | null
      readonly signal: string | null
      /** Why we ended it; absent when it ended by itself. */
      readonly reason?: string
    }
  /** It could not be launched, for the first time, and is tried again until it can. */
  | {
      readonly kind: 'waits'
      readonly id: string
      readonly reason: string
      readonly hint: string
      readonly store?: string
    }
  /** Another process is made ready beside the one that works, or after it. */
  | { readonly kind: 'replacing'; readonly id: string; readonly reason: string }
  /** It could not be, for the first time; the one that works goes on. */
  | { readonly kind: 'not-replaced'; readonly id: string; readonly reason: string; readonly hint: string }
  /** To a remote server. */
  | { readonly kind: 'connected'; readonly id: string; readonly transport: 'http' | 'sse' }
  | { readonly kind: 'lost'; readonly id: string; readonly why: string }
  /** Only a person can mend it, or it went down so often that it is tried seldom. */
  | { readonly kind: 'failed'; readonly id: string; readonly reason: string; readonly hint: string }
  /** A start came to nothing, the so-manieth in a row; another one follows. */
  | {
      readonly kind: 'not-ready'
      readonly id: string
      readonly reason: string
      readonly hint: string
      readonly tries: number
      /** The first one that counts since it last worked. */
      readonly isNews?: true
      /** What it printed last (said.ts). */
      readonly said?: string
    }
  /** It has ended, as if its work were done or since nobody called it; a call starts it. */
  | { readonly kind: 'sleeps'; readonly id: string; readonly reason: string }
  /** A message that was dropped; `count` of them so far. Told for the 1st, 10th, 100th, … */
  | { readonly kind: 'bad-line'; readonly id: string; readonly why: Drop; readonly count: number }
  | { readonly kind: 'stderr'; readonly id: string; readonly line: string }
  /** A log message of the child, or a warning of ours about it. */
  | {
      readonly kind: 'log'
      readonly id: string
      readonly level: string
      readonly text: string
      readonly isOurs?: true
    }

/** What one process tells of itself. */
export interface RunHooks extends Omit<TransportHooks & RemoteHooks, 'onQuestion'> {
  /** We are about to end it; the first reason counts. */
  ending(why: string): void
  /** What it printed last, as said.ts quotes it. */
  readonly said: string | undefined
  /** Nothing comes of it any more. */
  end(): void
}

const MAX_REDACTED = 16 * MAX_LINE_LENGTH

export class ChildLog {
  readonly #id: string
  readonly #emit: (event: ChildEvent) => void
  readonly #redactor: () => StreamMask
  readonly #masks: () => MaskLine
  readonly #mask: MaskLine
  readonly #limit: LineLimit
  #bad = 0

  constructor(
    id: string,
    emit: (event: ChildEvent) => void,
    redactor: () => StreamMask,
    masks: () => MaskLine,
  ) {
    this.#id = id
    this.#emit = emit
    this.#redactor = redactor
    this.#masks = masks
    this.#mask = masks()
    this.#limit = new LineLimit((text) => emit({ kind: 'log', id, level: 'warning', text, isOurs: true }))
  }

  /** For one process; to be ended with it. */
  hooks(): RunHooks {
    const id = this.#id
    let pid: number | null = null
    let reason: string | undefined
    const words = new LastWords(this.#masks)
    const stderr = new LineLog(
      this.#redactor(),
      this.#mask,
      (line) => this.#emit({ kind: 'stderr', id, line }),
      undefined,
      (line) => words.heard(line),
    )
    return {
      onSpawn: (spawned) => {
        pid = spawned
        this.#emit({ kind: 'launched', id, pid: spawned })
      },
      onStdout: (chunk) => words.read(chunk),
      onStderr: (chunk) => stderr.push(chunk),
      onBad: (why) => {
        const count = ++this.#bad
        if (/^10*$/.test(String(count))) this.#emit({ kind: 'bad-line', id, why, count })
      },
      onConnected: (transport) => this.#emit({ kind: 'connected', id, transport }),
      onLost: (why) => this.#emit({ kind: 'lost', id, why }),
      onExit: ({ code, signal }) =>
        this.#emit({ kind: 'exited', id, pid, code, signal, ...(reason !== undefined && { reason }) }),
      ending: (why) => {
        reason ??= why
      },
      end: () => stderr.end(),
      get said() {
        return words.said
      },
    }
  }

  /** `said` is asked for only when it will be told. */
  fromChild(level: string, said: () => string): void {
    this.#tell(level, () => this.#masked(said()))
  }

  /** Words that it said in a message, as said.ts quotes them. */
  quote(what: string, text: string): string | undefined {
    return quotedWords(what, [this.#masked(text)])
  }

  #masked(text: string): string {
    const redactor = this.#redactor()
    // What a cut might leave of a secret is far behind the end of the line that is told.
    return this.#mask(redactor.push(text.slice(0, MAX_REDACTED)) + redactor.flush())
  }

  event(event: ChildEvent): void {
    this.#emit(event)
  }

  ours(level: string, text: string): void {
    this.#tell(level, () => text, { isOurs: true })
  }

  #tell(level: string, text: () => string, whose: { readonly isOurs?: true } = {}): void {
    this.#limit.line(text, (line) => this.#emit({ kind: 'log', id: this.#id, level, text: line, ...whose }))
  }
}
