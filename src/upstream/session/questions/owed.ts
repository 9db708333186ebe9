/**
 * Counts the open questions of a process of 2026-07-28. The host has these questions and will bring the answers with
 * a retry. Any process of the server should understand the retry, because it carries the state. But some processes
 * keep state in memory, and then only they can go on. So a replaced process stays for its open questions, within
 * limits.
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
