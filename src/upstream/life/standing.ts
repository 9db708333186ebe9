/** Holds the state of a child, and lets callers wait until it settles. The state of a retired child changes no more. */
import type { ChildState } from './state.ts'
import { settlesWithin } from '../wait.ts'

export class ChildStanding {
  readonly #onChange: () => void
  #state: ChildState = { kind: 'starting' }
  #waiters: (() => void)[] = []

  constructor(onChange: () => void) {
    this.#onChange = onChange
  }

  get state(): ChildState {
    return this.#state
  }

  get isRetired(): boolean {
    return this.#state.kind === 'retired'
  }

  set(state: ChildState): void {
    if (this.isRetired) return
    this.#state = state
    for (const wake of this.#waiters.splice(0)) wake()
    this.#onChange()
  }

  /** Resolves as soon as it is neither starting nor about to be started at once. */
  async settled(): Promise<void> {
    while (this.#state.kind === 'starting') await this.#changed()
  }

  /** Resolves when a start that is due within so long has come to something; at once where none is. */
  async tried(withinMs: number): Promise<void> {
    const until = Date.now() + withinMs
    while (this.#state.kind === 'waiting' && this.#state.retryAt <= until && Date.now() <= until)
      await settlesWithin(this.#changed(), withinMs)
    await this.settled()
  }

  async #changed(): Promise<void> {
    await new Promise<void>((resolve) => this.#waiters.push(resolve))
  }
}
