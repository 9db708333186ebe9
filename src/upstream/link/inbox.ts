/**
 * Hands on what a server sends, in the order in which it came, as soon as it is judged (gate.ts): answers and progress
 * to who waits for them, notifications to their listener, questions to question-desk.ts. All messages of a chunk are handed on
 * at once, as far as the server's budget reaches (wire/budget.ts).
 *
 * A long line is read elsewhere (large.ts) and holds up those behind it.
 */
import { bytesIn, inOne, parseLine, type Frame, type LargeLine } from '../../wire/framing.ts'
import type { Budget } from '../../wire/budget.ts'
import { sniffMethod } from '../../wire/scan.ts'
import { Gate, type Drop, type Passage } from './gate.ts'
import { MAY_BE_LARGE, type ReadLarge } from './large.ts'

export interface InboxDeps {
  readonly gate: Gate
  readonly budget: Budget
  readonly readLarge?: ReadLarge
  onBad(why: Drop): void
  pass(passage: Passage): void
  /** Nothing that it sends counts any more. */
  over(): boolean
}

/** A chunk without any message that is worth counting. */
const BLANK_MS = 0.1
const HEAD_BYTES = 4096

interface Chunk {
  readonly frames: Iterator<Frame | LargeLine>
  /** When the work on its present message began, by the budget's clock. */
  since: number
}

export class Inbox {
  readonly #deps: InboxDeps

  constructor(deps: InboxDeps) {
    this.#deps = deps
  }

  /**
   * @param workMs what it has taken of the loop, in ms, to come by them
   * @returns undefined when all was handed on at once; else it resolves when it was
   */
  take(frames: Iterable<Frame | LargeLine>, workMs = 0): Promise<void> | undefined {
    const chunk = { frames: frames[Symbol.iterator](), since: this.#deps.budget.now - workMs }
    const wait = this.#handOn(chunk)
    return wait && this.#goOn(chunk, wait)
  }

  async #goOn(chunk: Chunk, first: Promise<void>): Promise<void> {
    for (let wait: Promise<void> | undefined = first; wait !== undefined; wait = this.#handOn(chunk))
      await wait
  }

  /** Until it has to wait for something, or there is no more. */
  #handOn(chunk: Chunk): Promise<void> | undefined {
    const deps = this.#deps
    const { budget } = deps
    for (let next = chunk.frames.next(); next.done !== true; next = chunk.frames.next()) {
      if (deps.over()) return undefined
      const arrived = next.value
      const frame = arrived.kind === 'large' ? this.#readLarge(arrived) : arrived
      if (frame instanceof Promise) return this.#whenRead(chunk, frame)
      // An answer that was asked for costs nothing.
      const wait = this.#hand(frame) ? undefined : this.#spend(chunk)
      if (wait !== undefined) return wait
      chunk.since = budget.now
    }
    // Lines that are nothing take time as well.
    return budget.now - chunk.since > BLANK_MS ? this.#spend(chunk) : undefined
  }

  /** What others did meanwhile is not its work, what was read here is. */
  async #whenRead(chunk: Chunk, reading: Promise<Frame>): Promise<void> {
    const deps = this.#deps
    const { budget } = deps
    const before = budget.now - chunk.since
    const frame = await reading
    chunk.since = budget.now - before
    if (deps.over()) return
    if (!this.#hand(frame)) await this.#spend(chunk)
    chunk.since = budget.now
  }

  #spend(chunk: Chunk): Promise<void> | undefined {
    const { budget } = this.#deps
    const wait = budget.spend(budget.now - chunk.since)
    return wait === undefined ? undefined : this.#rest(chunk, wait)
  }

  async #rest(chunk: Chunk, ms: number): Promise<void> {
    await this.#deps.budget.rest(ms)
    chunk.since = this.#deps.budget.now
  }

  /** True for an answer that was asked for. One that can't be handled doesn't keep those behind it from being read. */
  #hand(frame: Frame): boolean {
    const { gate } = this.#deps
    try {
      if (frame.kind === 'bad' && frame.batch !== undefined)
        for (const id of gate.answeredIn(frame.batch))
          this.#pass(gate.received({ kind: 'bad', why: 'batch', bytes: 0, id }))
      return this.#pass(gate.received(frame))
    } catch {
      // What it was is a defect of ours, and says nothing of the server.
      return false
    }
  }

  #pass(passage: Passage): boolean {
    if (passage.kind === 'late') return false
    if ('bad' in passage && passage.bad !== undefined) this.#deps.onBad(passage.bad)
    if (passage.kind === 'drop') return false
    this.#deps.pass(passage)
    return passage.kind === 'answer'
  }

  /** A promise for what is read elsewhere: an answer that was asked for. Anything else is read at once, as work of its own. */
  #readLarge({ line, id }: LargeLine): Frame | Promise<Frame> {
    const { gate, readLarge } = this.#deps
    const waiting = gate.waiting.find(id)
    const method = waiting === undefined ? undefined : gate.waiting.get(waiting)?.method
    if (id === undefined && isNotice(line)) return { kind: 'bad', why: 'too-long', bytes: bytesIn(line) }
    if (readLarge !== undefined && id !== undefined && method !== undefined && MAY_BE_LARGE.has(method)) {
      return readLarge(line, { method, modern: gate.modern }).then((frame) =>
        frame.kind === 'bad' ? { ...frame, id } : frame,
      )
    }
    return parseLine(inOne(line), 'response') ?? { kind: 'bad', why: 'not-json', bytes: bytesIn(line) }
  }
}

/** Nobody needs one so long, and to read and mask it would take the loop for long. */
function isNotice(line: readonly Buffer[]): boolean {
  const head = Buffer.concat(line, Math.min(bytesIn(line), HEAD_BYTES))
  return sniffMethod(head)?.startsWith('notifications/') === true
}
