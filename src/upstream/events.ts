/**
 * What is told of a child as it happens, for the log and the audit log. What a child says is redacted, printable,
 * bounded in length and in number before it is told.
 */
import type { Drop } from './gate.ts'
import { LineLimit, LineLog, MAX_LINE_LENGTH, type MaskLine, type TextStreamRedactor } from './lines.ts'
import type { RemoteHooks } from './remote/link.ts'
import type { TransportHooks } from './transport.ts'

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
  | { readonly kind: 'failed'; readonly id: string; readonly reason: string }
  /** A message that was dropped; `count` of them so far. Told for the 1st, 10th, 100th, … */
  | { readonly kind: 'bad-line'; readonly id: string; readonly why: Drop; readonly count: number }
  | { readonly kind: 'stderr'; readonly id: string; readonly line: string }
  /** A log message of the child, or a warning of ours about it. */
  | { readonly kind: 'log'; readonly id: string; readonly level: string; readonly text: string }

/** What one process tells of itself. */
export interface RunHooks extends Omit<TransportHooks & RemoteHooks, 'onQuestion'> {
  /** We are about to end it; the first reason counts. */
  ending(why: string): void
  /** Nothing comes of it any more. */
  end(): void
}

const MAX_REDACTED = 16 * MAX_LINE_LENGTH

export class ChildLog {
  readonly #id: string
  readonly #emit: (event: ChildEvent) => void
  readonly #redactor: () => TextStreamRedactor
  readonly #mask: MaskLine
  readonly #limit: LineLimit
  #bad = 0

  constructor(
    id: string,
    emit: (event: ChildEvent) => void,
    redactor: () => TextStreamRedactor,
    mask: MaskLine,
  ) {
    this.#id = id
    this.#emit = emit
    this.#redactor = redactor
    this.#mask = mask
    this.#limit = new LineLimit((text) => emit({ kind: 'log', id, level: 'warning', text }))
  }

  /** For one process; to be ended with it. */
  hooks(): RunHooks {
    const id = this.#id
    let pid: number | null = null
    let reason: string | undefined
    const stderr = new LineLog(this.#redactor(), this.#mask, (line) =>
      this.#emit({ kind: 'stderr', id, line }),
    )
    return {
      onSpawn: (spawned) => {
        pid = spawned
        this.#emit({ kind: 'launched', id, pid: spawned })
      },
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
    }
  }

  fromChild(level: string, text: string): void {
    this.#tell(level, () => {
      const redactor = this.#redactor()
      // What a cut might leave of a secret is far behind the end of the line that is told.
      return this.#mask(redactor.push(text.slice(0, MAX_REDACTED)) + redactor.flush())
    })
  }

  event(event: ChildEvent): void {
    this.#emit(event)
  }

  ours(level: string, text: string): void {
    this.#tell(level, () => text)
  }

  #tell(level: string, text: () => string): void {
    this.#limit.line(text, (line) => this.#emit({ kind: 'log', id: this.#id, level, text: line }))
  }
}
