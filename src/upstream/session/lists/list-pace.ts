/**
 * Decides when a list is read again after a change. A list that changes all the time is read once a second at most,
 * and less and less often if it goes on. Each new tool is pinned, listed and reported, so otherwise a server could
 * grow without end.
 */
const AGAIN_MS = 1000
/** As many changes in a row are read at that pace. */
const EAGER = 8
const LONGEST_PAUSE_MS = 60_000
/** Without a change for so long, a row is over. */
const QUIET_MS = 120_000

export class ListPace {
  #changes = 0
  #changedAt = -Infinity

  changed(): void {
    const now = performance.now()
    this.#changes = now - this.#changedAt > QUIET_MS ? 1 : this.#changes + 1
    this.#changedAt = now
  }

  get pauseMs(): number {
    return Math.min(AGAIN_MS * 2 ** Math.max(0, this.#changes - EAGER), LONGEST_PAUSE_MS)
  }
}
