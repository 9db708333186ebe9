/**
 * Decides which child may start its process now. Thirty servers that start at once on two cores make each other late,
 * so only a few start at a time. A child makes room for the next when it is ready, has failed, or had enough time.
 * Next comes a child that somebody calls, then those of which nothing is known, since a host's first list waits for
 * them, then the others in the order of servers.yaml. A child had enough time as soon as the processors have little
 * to do: it then waits for something else, and thirty servers that hang must not make ten good ones late. A child
 * that is called doesn't wait, as long as at most twice as many start at a time. Every start of a process takes a
 * turn, also one after a crash or with a new secret; only what it is launched with is resolved before, as a secret
 * store that is away must hold up nobody else.
 */
import { availableParallelism } from 'node:os'
import { idleSince } from './idle.ts'

export interface TurnsOptions {
  /** How many start at a time. */
  readonly size: number
  /** How long one is waited for before another may start beside it, in ms. */
  readonly holdMs: number
  /** From 0 to 1, how idle the machine was since this was asked last; without it each is waited for to the end. */
  readonly idle?: () => number
}

/** A start costs its processor about as long as it waits for the disk, hence two for each. */
export const TURNS: TurnsOptions = {
  size: 2 * availableParallelism(),
  holdMs: 3000,
  idle: idleSince(),
}

/** How often it is looked whether the machine is idle while somebody waits. */
const LOOK_EVERY_MS = 250
const IDLE = 0.5

/** One start that waits. */
export interface WaitingStart {
  /** Somebody's call needs it. */
  readonly called: boolean
  /** What it offers is known from an earlier run, and listed already. */
  readonly known: boolean
  /** Its place in servers.yaml. */
  readonly place: number
}

/** Which of them is next; of equals the one that has waited longest. */
export function nextOf<T extends WaitingStart>(waiting: readonly T[]): T | undefined {
  return waiting.toSorted((a, b) => rank(a) - rank(b) || a.place - b.place)[0]
}

function rank({ called, known }: WaitingStart): number {
  return called ? 0 : known ? 2 : 1
}

interface InLine extends Omit<WaitingStart, 'called'> {
  readonly id: string
  begin(): void
}

export interface TurnsDeps {
  /** What it offers is known without it. */
  isKnown(id: string): boolean
  /** Its place in servers.yaml. */
  placeOf(id: string): number
}

export class Turns {
  readonly #deps: TurnsDeps
  readonly #options: TurnsOptions
  #line: readonly InLine[] = []
  /** Called since they had their last turn. */
  readonly #called = new Set<string>()
  /** Turns that aren't over yet, oldest first; how to end each, and when it began. */
  readonly #held = new Map<() => void, number>()
  #free: number
  #looking = false
  #watching: NodeJS.Timeout | undefined

  constructor(deps: TurnsDeps, options: TurnsOptions = TURNS) {
    this.#deps = deps
    this.#options = options
    this.#free = options.size
  }

  /** Resolves when it may start, with what ends its turn; at once when the signal fires, for it starts no more. */
  async take(id: string, signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) return () => undefined
    return new Promise((resolve) => {
      const leave = (): void => {
        this.#line = this.#line.filter((one) => one !== waiting)
        resolve(() => undefined)
      }
      const waiting: InLine = {
        id,
        known: this.#deps.isKnown(id),
        place: this.#deps.placeOf(id),
        begin: () => {
          signal.removeEventListener('abort', leave)
          resolve(this.#turn())
        },
      }
      signal.addEventListener('abort', leave, { once: true })
      this.#line = [...this.#line, waiting]
      this.#look()
    })
  }

  /** Somebody calls it, and it doesn't run: it is next. */
  hurry(id: string): void {
    this.#called.add(id)
    if (this.#line.some((one) => one.id === id)) this.#look()
  }

  #turn(): () => void {
    let over = false
    const end = (): void => {
      if (over) return
      over = true
      clearTimeout(timer)
      this.#held.delete(end)
      this.#free += 1
      this.#look()
    }
    const timer = setTimeout(end, this.#options.holdMs).unref()
    this.#held.set(end, performance.now())
    return end
  }

  /** A moment later, when all that want to start now stand in line. */
  #look(): void {
    if (this.#looking) return
    this.#looking = true
    setImmediate(() => {
      this.#looking = false
      for (;;) {
        const next = nextOf(this.#line.map((one) => ({ one, ...one, called: this.#called.has(one.id) })))
        if (next === undefined) return this.#unwatch()
        if (this.#free <= (next.called ? -this.#options.size : 0)) return this.#watch()
        const { one } = next
        this.#called.delete(one.id)
        this.#line = this.#line.filter((other) => other !== one)
        this.#free -= 1
        one.begin()
      }
    })
  }

  /** While somebody waits: whoever has a turn and lets the machine idle makes room. */
  #watch(): void {
    const { idle } = this.#options
    if (idle === undefined || this.#watching !== undefined) return
    idle()
    this.#watching = setInterval(() => {
      if (this.#line.length === 0) return this.#unwatch()
      if (idle() < IDLE) return
      const since = performance.now() - LOOK_EVERY_MS
      for (const [end, began] of this.#held) if (began <= since) end()
    }, LOOK_EVERY_MS).unref()
  }

  #unwatch(): void {
    clearInterval(this.#watching)
    this.#watching = undefined
  }
}
