/**
 * Makes calls wait for the new process right after an edit of servers.yaml. A person who edits an entry and then
 * calls means the new entry. The wait is short: long enough for a light server. After it, calls go to the process
 * that works.
 */
const WITHIN_MS = 700

export class EditWait {
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
