/**
 * Whoever edits servers.yaml and then calls means the new entry. So for a moment after the edit calls wait for its
 * process, which is enough for a light server; after that they go to the one that works.
 */
const WITHIN_MS = 700

export class Renewal {
  #pending: Promise<void> | undefined
  #end: () => void = () => undefined

  /** Undefined when nobody waits; it resolves when the new process works, and soon in any case. */
  get pending(): Promise<void> | undefined {
    return this.#pending
  }

  begin(): void {
    this.over()
    const pending = new Promise<void>((end) => {
      this.#end = end
      setTimeout(end, WITHIN_MS).unref()
    })
    this.#pending = pending
    void this.#forget(pending)
  }

  over(): void {
    this.#end()
    this.#pending = undefined
  }

  async #forget(pending: Promise<void>): Promise<void> {
    await pending
    if (this.#pending === pending) this.#pending = undefined
  }
}
