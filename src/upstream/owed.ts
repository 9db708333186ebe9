/**
 * Questions of a process of 2026-07-28 that its host has, and will bring the answers to with a retry. Any process of the
 * server should understand them, as the state is in the retry; but one that keeps something in its memory is the only
 * one that can go on, so it stays for them, within bounds, when it is replaced meanwhile.
 */
export interface OwedDeps {
  keepMs(): number
  onChange(): void
}

const MAX_OWED = 64

export class Owed {
  readonly #deps: OwedDeps
  /** By `requestState`; one without is known by that it has none. */
  readonly #timers = new Map<string | undefined, NodeJS.Timeout>()

  constructor(deps: OwedDeps) {
    this.#deps = deps
  }

  get isEmpty(): boolean {
    return this.#timers.size === 0
  }

  has(state: string | undefined): boolean {
    return this.#timers.has(state)
  }

  add(state: string | undefined): void {
    clearTimeout(this.#timers.get(state))
    if (this.#timers.size >= MAX_OWED) return
    this.#timers.set(state, setTimeout(() => this.settle(state), this.#deps.keepMs()).unref())
  }

  settle(state: string | undefined): void {
    clearTimeout(this.#timers.get(state))
    if (this.#timers.delete(state)) this.#deps.onChange()
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
  }
}
