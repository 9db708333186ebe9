/**
 * Writes messages to a peer. All that is pushed in one turn of the event loop goes out in one write: a write costs more
 * than all else that a small message needs. Nothing is held back longer than that turn.
 *
 * A peer that doesn't read fills `queued`; whoever pushes looks at it first.
 */

/** A line of JSON with its line feed, in one piece or in several; bytes are not copied. */
export type Line = string | readonly (string | Uint8Array)[]

/** A pipe or a socket, as node:stream has them. */
export interface Sink {
  write(chunk: string | Uint8Array): boolean
  /** Bytes that it has taken and not yet given away. */
  readonly writableLength?: number
}

/** From so many characters on a piece is written by itself: to join it with others would copy it. */
const LONG = 16 * 1024

export class Outbox {
  readonly #sink: Sink
  readonly #onBehind: () => void
  /** What waits for the end of the turn; short pieces are joined already. */
  #pieces: (string | Uint8Array)[] = []
  #waiting = 0

  /** @param onBehind the sink wants no more until its `drain` */
  constructor(sink: Sink, onBehind: () => void = () => undefined) {
    this.#sink = sink
    this.#onBehind = onBehind
  }

  /** Bytes that the peer hasn't read; of text that waits for the end of the turn its characters are counted. */
  get queued(): number {
    return this.#waiting + (this.#sink.writableLength ?? 0)
  }

  push(line: Line): void {
    if (this.#pieces.length === 0) process.nextTick(this.#flush)
    if (typeof line === 'string') this.#add(line)
    else for (const piece of line) this.#add(piece)
  }

  /** Writes at once what waits, as before an end. */
  flush(): void {
    this.#flush()
  }

  #add(piece: string | Uint8Array): void {
    if (piece.length === 0) return
    this.#waiting += piece.length
    const last = this.#pieces.at(-1)
    if (typeof piece === 'string' && typeof last === 'string' && last.length + piece.length < LONG)
      this.#pieces[this.#pieces.length - 1] = last + piece
    else this.#pieces.push(piece)
  }

  readonly #flush = (): void => {
    const pieces = this.#pieces
    if (pieces.length === 0) return
    this.#pieces = []
    this.#waiting = 0
    let isRead = true
    for (const piece of pieces) isRead = this.#sink.write(piece)
    if (!isRead) this.#onBehind()
  }
}
