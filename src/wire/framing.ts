/**
 * Cuts a child's stdout, or a host's stdin, into messages: one UTF-8 JSON object on each line.
 *
 * - A bad line costs itself and nothing more: it becomes a `bad` frame, and the next line is read as usual.
 * - A line longer than 10 MiB is skipped while it arrives; only its first and last few KiB are kept, to tell which
 *   request it answered. So memory is bounded also for a line that never ends.
 * - Nesting deeper than 256 is refused before parsing: JSON.parse would take it, whoever writes it on would not.
 * - Empty lines, a CR before the LF and a byte order mark are tolerated.
 * - Numbers keep their digits, and a member called `__proto__` is one like any other (json/parse.ts).
 */
import { isAscii, isUtf8 } from 'node:buffer'
import { GARBAGE } from '../garbage.ts'
import { surveyOf } from '../json/survey.ts'
import { parseJson } from '../json/parse.ts'
import { keepTextOf, WORTH_KEEPING } from '../json/member-text.ts'
import { Scratch } from '../json/scratch.ts'
import { sniffId, type SoughtKind } from './scan.ts'

export const MAX_LINE_BYTES = 10 * 1024 * 1024
export const MAX_NESTING = 256

/** How much of the ends of a bad line is looked at. */
const END_BYTES = 4096
/** As a pipe brings them. */
const PIECE_BYTES = 64 * 1024
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const SPACE = 0x20
const TAB = 0x09

export type BadLine =
  | 'not-json'
  | 'too-long'
  | 'too-deep'
  | 'not-utf8'
  | 'not-an-object'
  | 'batch'
  /** The thread that should have read it has failed. */
  | 'unreadable'

export type Frame =
  | { readonly kind: 'message'; readonly message: Readonly<Record<string, unknown>> }
  | {
      readonly kind: 'bad'
      readonly why: BadLine
      readonly bytes: number
      /** Of the message that the line seems to be, when it is of the kind that is sought. */
      readonly id?: number | string
      /** What the list holds, when the line is a batch. */
      readonly batch?: readonly unknown[]
    }

/** A line that isn't parsed yet, because that would take long; its memory is its own, in one piece or in several. */
export interface LargeLine {
  readonly kind: 'large'
  readonly line: readonly Buffer[]
  readonly id?: number | string
}

/** `L` is never for whoever doesn't ask for large lines. */
export class LineFramer<L extends LargeLine = never> {
  readonly #maxBytes: number
  readonly #largeBytes: number
  readonly #sought: SoughtKind
  /** The beginning of a line whose end has not arrived. */
  #kept = new Pieces()
  #skipped: { head: Buffer; tail: Buffer; bytes: number } | undefined

  /** Lines of `largeBytes` or more come unparsed. */
  constructor(options: { maxLineBytes?: number; largeBytes?: number; sought?: SoughtKind } = {}) {
    this.#largeBytes = options.largeBytes ?? Infinity
    this.#maxBytes = options.maxLineBytes ?? MAX_LINE_BYTES
    this.#sought = options.sought ?? 'response'
  }

  /** A line is arriving that is longer than one chunk. */
  get inLongLine(): boolean {
    return this.#kept.length > PIECE_BYTES || this.#skipped !== undefined
  }

  /** The frames that `chunk` completes. It must be exhausted before the next chunk is pushed. */
  *push(chunk: Buffer): Generator<Frame | L, void, void> {
    let from = 0
    while (from < chunk.length) {
      if (chunk[from] === LINE_FEED && this.#kept.length === 0 && this.#skipped === undefined) {
        from += 1
        continue
      }
      const end = chunk.indexOf(LINE_FEED, from)
      if (end === -1) {
        this.#take(chunk.subarray(from))
        return
      }
      const frame = this.#finish(chunk.subarray(from, end))
      if (frame !== undefined) yield frame
      from = end + 1
    }
  }

  #finish(part: Buffer): Frame | L | undefined {
    const isWhole = this.#kept.length === 0 && this.#skipped === undefined
    if (isWhole && part.length <= this.#maxBytes && part.length < this.#largeBytes)
      return parseLine(part, this.#sought)
    this.#take(part)
    const skipped = this.#skipped
    this.#skipped = undefined
    if (skipped !== undefined)
      return { ...bad('too-long', skipped.bytes), ...idIn(skipped.head, skipped.tail, this.#sought) }
    const kept = this.#kept
    const isText = kept.length < this.#largeBytes
    if (kept.length > PIECE_BYTES) GARBAGE.passed(kept.length, isText)
    if (isText) {
      const frame = parseLine(inOne(kept.all()), this.#sought)
      kept.clear()
      return frame
    }
    this.#kept = new Pieces()
    return { kind: 'large', line: kept.all(), ...idIn(kept.head(), kept.tail(), this.#sought) } as L
  }

  #take(part: Buffer): void {
    const kept = this.#kept
    if (this.#skipped !== undefined) {
      this.#skipped.bytes += part.length
      this.#skipped.tail = lastBytes(this.#skipped.tail, part)
    } else if (kept.length + part.length > this.#maxBytes) {
      const head = Buffer.concat([kept.head(), part.subarray(0, END_BYTES)]).subarray(0, END_BYTES)
      this.#skipped = { head, tail: lastBytes(kept.tail(), part), bytes: kept.length + part.length }
      kept.clear()
    } else {
      kept.add(part)
    }
  }
}

/**
 * What has arrived of a line. A chunk that is nearly all the line's is kept as it came; smaller ones are copied together,
 * so that a child that writes byte by byte costs no more. To copy all of it when it grows would cost more than to read it.
 */
class Pieces {
  readonly #full: Buffer[] = []
  /** Only `#filled` bytes of it are. */
  #last = NOTHING
  #filled = 0
  length = 0

  add(part: Buffer): void {
    this.length += part.length
    if (part.length * 2 >= Math.max(PIECE_BYTES, part.buffer.byteLength)) {
      this.#endLast()
      this.#full.push(part)
      return
    }
    for (let from = 0; from < part.length;) {
      if (this.#filled === this.#last.length) this.#grow(part.length - from)
      const copied = part.copy(this.#last, this.#filled, from)
      this.#filled += copied
      from += copied
    }
  }

  /** @param more bytes */
  #grow(more: number): void {
    this.#endLast()
    this.#last = Buffer.allocUnsafeSlow(Math.max(PIECE_BYTES, more))
  }

  #endLast(): void {
    if (this.#filled === 0) return
    this.#full.push(this.#last.subarray(0, this.#filled))
    this.#last = this.#last.subarray(this.#filled)
    this.#filled = 0
  }

  /** In order. */
  all(): readonly Buffer[] {
    return this.#filled === 0 ? this.#full : [...this.#full, this.#last.subarray(0, this.#filled)]
  }

  head(): Buffer {
    return Buffer.concat(this.all(), Math.min(this.length, END_BYTES))
  }

  tail(): Buffer {
    let tail = NOTHING
    const all = this.all()
    for (let at = all.length - 1; at >= 0 && tail.length < END_BYTES; at -= 1)
      tail = Buffer.concat([(all[at] as Buffer).subarray(tail.length - END_BYTES), tail])
    return tail
  }

  clear(): void {
    this.#full.length = 0
    if (this.#last.length > PIECE_BYTES) this.#last = NOTHING
    this.#filled = 0
    this.length = 0
  }
}

const NOTHING = Buffer.alloc(0)
const memory = new Scratch()

export function bytesIn(pieces: readonly Buffer[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0)
}

/** Pieces of a line in one, which is overwritten by the next. */
export function inOne(pieces: readonly Buffer[]): Buffer {
  const [first = NOTHING] = pieces
  if (pieces.length < 2) return first
  const length = bytesIn(pieces)
  const line = memory.atLeast(length)
  let at = 0
  for (const piece of pieces) at += piece.copy(line, at)
  return line.subarray(0, length)
}
function lastBytes(tail: Buffer, part: Buffer): Buffer {
  if (part.length >= END_BYTES) return Buffer.from(part.subarray(-END_BYTES))
  return Buffer.from(Buffer.concat([tail, part]).subarray(-END_BYTES))
}

/** What may stand in a response beside a result that is handed on as it came. */
export const OF_RESPONSES: ReadonlySet<string> = new Set(['jsonrpc', 'id'])

/**
 * Undefined for an empty line. A result of some length remembers its text (json/text.ts), so that it can be handed on
 * as it came: where it ends is found by going through it, and nothing stands beside it but what a response needs.
 */
export function parseLine(line: Buffer, sought: SoughtKind): Frame | undefined {
  if (isBlank(line)) return undefined
  const refuse = (why: BadLine): Frame => ({ ...bad(why, line.length), ...idInLine(line, sought) })
  const text = textIn(line)
  if (text === undefined) return refuse('not-utf8')
  const survey = surveyOf(text, text.length >= WORTH_KEEPING)
  if (survey.depth > MAX_NESTING) return refuse('too-deep')
  let value: unknown
  try {
    value = parseJson(text, survey)
  } catch {
    return text.trim() === '' ? undefined : refuse('not-json')
  }
  if (Array.isArray(value)) return { ...bad('batch', line.length), batch: value as unknown[] }
  if (typeof value !== 'object' || value === null) return refuse('not-an-object')
  const message = value as Record<string, unknown>
  keepTextOf('result', OF_RESPONSES, { text, survey, message })
  return { kind: 'message', message }
}

/** Without a byte order mark; undefined where it is no UTF-8. To read ASCII as Latin-1 takes a tenth of the time. */
function textIn(line: Buffer): string | undefined {
  if (isAscii(line)) return line.toString('latin1')
  if (!isUtf8(line)) return undefined
  const text = line.toString('utf8')
  return text.startsWith('\uFEFF') ? text.slice(1) : text
}

/** Cheaper than to let a parser find out. */
function isBlank(line: Buffer): boolean {
  for (const byte of line) if (byte !== SPACE && byte !== TAB && byte !== CARRIAGE_RETURN) return false
  return true
}

function bad(why: BadLine, bytes: number): Extract<Frame, { kind: 'bad' }> {
  return { kind: 'bad', why, bytes }
}

function idInLine(line: Buffer, sought: SoughtKind): { id?: number | string } {
  return idIn(line.subarray(0, END_BYTES), line.subarray(-END_BYTES), sought)
}

function idIn(head: Buffer, tail: Buffer, sought: SoughtKind): { id?: number | string } {
  const id = sniffId(head, tail, sought)
  return id === undefined ? {} : { id }
}
