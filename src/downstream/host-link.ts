/**
 * The pipe to the host: one JSON message on each line of our stdin and stdout.
 *
 * - A line that is no message costs itself and nothing more.
 * - When the host stops reading, we stop reading from it, and drop notifications. So nothing piles up in memory.
 * - A host that sends as fast as it is read has turns, like everybody else. So the servers and the page have theirs.
 * - Stdout belongs to the protocol: what is written in one turn of the event loop goes out at once (wire/outbox.ts).
 */
import type { JsonObject } from '../json/record.ts'
import { LineFramer, type Frame } from '../wire/framing.ts'
import { Outbox, type Line } from '../wire/outbox.ts'

/** Notifications may be lost, answers may not: beyond this backlog the former are dropped. */
const MAX_BACKLOG_BYTES = 1024 * 1024
/** Of one turn. All of them are handed on before anything of them is waited for, so their records are one write. */
const TURN_MESSAGES = 64

type Writable = NodeJS.WritableStream & { readonly writableLength?: number }

export interface HostListener {
  onMessage(message: JsonObject): void
  onBadLine(frame: Extract<Frame, { kind: 'bad' }>): void
  /** Once: the host has gone, or `close()` was called. */
  onClose(): void
}

export class HostLink {
  readonly #stdin: NodeJS.ReadableStream
  readonly #stdout: Writable
  readonly #outbox: Outbox
  readonly #framer = new LineFramer({ sought: 'request' })
  #listener: HostListener | undefined
  /** What is left of a chunk when a turn has ended. */
  #rest: ReturnType<LineFramer['push']> | undefined
  /** The host doesn't read what it was sent. */
  #isBehind = false
  #isOpen = true

  constructor(stdin: NodeJS.ReadableStream, stdout: Writable) {
    this.#stdin = stdin
    this.#stdout = stdout
    // Bound now, so that a later guard against stray prints can take the stream's own `write` away.
    const write = stdout.write.bind(stdout)
    const sink = {
      write: (chunk: string | Uint8Array) => write(chunk),
      get writableLength() {
        return stdout.writableLength ?? 0
      },
    }
    this.#outbox = new Outbox(sink, () => {
      this.#isBehind = true
      this.#stdin.pause()
    })
  }

  start(listener: HostListener): void {
    this.#listener = listener
    this.#stdin.on('data', this.#onData)
    this.#stdin.once('end', this.#onEnd)
    this.#stdin.once('close', this.#onEnd)
    this.#stdin.on('error', this.#onEnd)
    this.#stdout.on('error', this.#onEnd)
    this.#stdout.on('drain', () => {
      this.#isBehind = false
      this.#goOn()
    })
  }

  send(line: Line): void {
    if (this.#isOpen) this.#outbox.push(line)
  }

  /** What may be lost, and is when the host doesn't read. */
  tell(line: Line | undefined): void {
    if (line !== undefined && this.#outbox.queued <= MAX_BACKLOG_BYTES) this.send(line)
  }

  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#stdin.off('data', this.#onData)
    this.#stdin.pause()
    this.#outbox.flush()
    this.#listener?.onClose()
  }

  readonly #onEnd = (): void => this.close()

  readonly #onData = (chunk: Buffer): void => {
    this.#rest = this.#framer.push(chunk)
    this.#takeTurn()
  }

  readonly #takeTurn = (): void => {
    for (let messages = 0; messages < TURN_MESSAGES; messages += 1) {
      if (!this.#isOpen) return
      const next = this.#rest?.next()
      if (next === undefined || next.done === true) {
        this.#rest = undefined
        this.#goOn()
        return
      }
      if (next.value.kind === 'message') this.#listener?.onMessage(next.value.message)
      else this.#listener?.onBadLine(next.value)
    }
    this.#stdin.pause()
    setImmediate(this.#takeTurn)
  }

  /** While the host doesn't read what we have for it, we don't read what it wants. */
  #goOn(): void {
    if (this.#isOpen && !this.#isBehind && this.#rest === undefined) this.#stdin.resume()
  }
}
