/**
 * Prepares a child's output for the log: masks it first (promise 3), cuts it into lines, limits their length and
 * number, and removes what could control a terminal. A child's output is never used as a reason or a hint of ours.
 */
import { visibleLine } from '../../../visible.ts'

/** Masks secrets in a text that arrives in pieces, and so holds back what may be half of one. */
export interface StreamMask {
  push(text: string): string
  /** After a pause: what needn't be held back any longer. */
  settle(): string
  flush(): string
}

/** Of one child, in turn: what is split over its lines is masked as well. */
export type MaskLine = (line: string) => string

const PAUSE_MS = 1000
export const MAX_LINE_LENGTH = 4096
export const MAX_LINES_PER_SECOND = 200

/** One line of a log, whatever the text holds. */
export function printable(text: string): string {
  const short =
    text.length > MAX_LINE_LENGTH ? `${text.slice(0, MAX_LINE_LENGTH)}… (${text.length} characters)` : text
  return visibleLine(short)
}

/** At most so many lines a second; what is over is counted, and said once the second has passed. */
export class LineLimit {
  readonly #emit: (line: string) => void
  readonly #now: () => number
  #second = 0
  #count = 0

  constructor(emit: (line: string) => void, now: () => number = Date.now) {
    this.#emit = emit
    this.#now = now
  }

  /** `line` is asked for only when it will be told. */
  line(line: () => string, emit = this.#emit): void {
    const second = Math.floor(this.#now() / 1000)
    if (second !== this.#second) {
      this.tally()
      this.#second = second
    }
    if (this.#count++ < MAX_LINES_PER_SECOND) emit(printable(line()))
  }

  tally(): void {
    const over = this.#count - MAX_LINES_PER_SECOND
    if (over > 0) this.#emit(`(${over} more lines within a second, left out)`)
    this.#count = 0
  }
}

/** stderr: bytes in, lines out. */
export class LineLog {
  readonly #redactor: StreamMask
  readonly #mask: MaskLine
  readonly #limit: LineLimit
  readonly #heard: (line: string) => void
  readonly #decoder = new TextDecoder()
  #rest = ''
  #pause: NodeJS.Timeout | undefined

  /** @param heard gets each line, also one that is left out, and not masked by line */
  constructor(
    redactor: StreamMask,
    mask: MaskLine,
    emit: (line: string) => void,
    now?: () => number,
    heard: (line: string) => void = () => undefined,
  ) {
    this.#redactor = redactor
    this.#mask = mask
    this.#heard = heard
    this.#limit = new LineLimit(emit, now)
  }

  push(chunk: Uint8Array): void {
    this.#take(this.#redactor.push(this.#decoder.decode(chunk, { stream: true })))
    clearTimeout(this.#pause)
    this.#pause = setTimeout(() => this.#take(this.#redactor.settle()), PAUSE_MS).unref()
  }

  end(): void {
    clearTimeout(this.#pause)
    this.#take(this.#redactor.push(this.#decoder.decode()) + this.#redactor.flush())
    if (this.#rest !== '') this.#line(this.#rest)
    this.#rest = ''
    this.#limit.tally()
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split(/\r?\n/)
    this.#rest = lines.pop() ?? ''
    for (const line of lines) if (line.trim() !== '') this.#line(line)
    if (this.#rest.length <= MAX_LINE_LENGTH) return
    this.#line(this.#rest)
    this.#rest = ''
  }

  #line(line: string): void {
    this.#heard(line)
    this.#limit.line(() => this.#mask(line))
  }
}
