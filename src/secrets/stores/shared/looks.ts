/**
 * Reports how the looks of a watch went: nothing while they succeed, else what went wrong, how often in a row, and
 * since when. A store that looks at several places for one watcher reports the worst of them. Each place counts by
 * itself, so five places that fail once are not five failures.
 */
import type { OnLook, StoreError, WatchTrouble } from '../../store.ts'

/** What one place tells after each look. */
export type Saw = (failed: StoreError | undefined) => void

export class WatchLooks {
  readonly #onLook: OnLook | undefined
  readonly #parts: { trouble: WatchTrouble | undefined }[] = []

  constructor(onLook: OnLook | undefined) {
    this.#onLook = onLook
  }

  part(): Saw {
    const part: { trouble: WatchTrouble | undefined } = { trouble: undefined }
    this.#parts.push(part)
    return (error) => {
      const { times = 0, since = Date.now() } = part.trouble ?? {}
      part.trouble = error === undefined ? undefined : { error, times: times + 1, since }
      this.#onLook?.(this.#worst())
    }
  }

  #worst(): WatchTrouble | undefined {
    const troubles = this.#parts.flatMap(({ trouble }) => trouble ?? [])
    return troubles.toSorted((a, b) => b.times - a.times)[0]
  }
}
