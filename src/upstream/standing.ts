/** What a child is in, and whoever waits for it to settle. A retired one changes no more. */
import type { ChildState } from './state.ts'

export class Standing {
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
    while (this.#state.kind === 'starting') {
      await new Promise<void>((resolve) => this.#waiters.push(resolve))
    }
  }
}
