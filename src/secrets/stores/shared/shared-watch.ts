/**
 * One watch for all who want the same. Twenty servers that read one folder, or one secret, cost one request a minute
 * and not twenty. A back end may allow a whole machine only some forty, and counts answers without a body too.
 *
 * Each watcher is told only of its own change and its own trouble. For one that comes later an extra look is made, so
 * that it has something to compare with.
 */
import type { OnLook, StoreError } from '../../store.ts'
import { WatchLooks, type Saw } from './looks.ts'
import { poll, type Look, type Polling } from './poll.ts'
import type { Wishes } from './wishes.ts'

/** What came of asking; `same` only where it was not to be asked afresh. */
export type StoreQuery<T> = (signal: AbortSignal, afresh: boolean) => Promise<T | 'same'>

/** One of the things that a watcher watches. */
export interface Watch<T> {
  /** Equal for who wants the same. */
  readonly key: string
  readonly ask: StoreQuery<T>
  /** What of an answer this watcher compares. */
  readonly print: (answer: T) => Look
}

interface Watcher<T> {
  readonly print: (answer: T) => Look
  readonly onChange: () => void
  readonly saw: Saw
  seen: string | undefined
  failed: StoreError | undefined
}

interface Watched<T> {
  readonly watchers: Set<Watcher<T>>
  readonly polling: Polling
  afresh: boolean
}

export class SharedWatch<T extends object> {
  readonly #intervalMs: number | undefined
  readonly #wishes: Wishes
  readonly #watched = new Map<string, Watched<T>>()

  constructor(intervalMs: number | undefined, wishes: Wishes) {
    this.#intervalMs = intervalMs
    this.#wishes = wishes
  }

  /** All that one watcher wants; returns how to stop. */
  watch(wanted: readonly Watch<T>[], onChange: () => void, onLook: OnLook | undefined): () => void {
    const looks = new WatchLooks(onLook)
    const stops = wanted.map(({ key, ask, print }) =>
      this.#join(key, ask, { print, onChange, saw: looks.part(), seen: undefined, failed: undefined }),
    )
    return () => {
      for (const stop of stops) stop()
    }
  }

  #join(key: string, ask: StoreQuery<T>, watcher: Watcher<T>): () => void {
    const present = this.#watched.get(key)
    const watched = present ?? this.#begin(ask)
    watched.watchers.add(watcher)
    this.#watched.set(key, watched)
    if (present !== undefined) {
      present.afresh = true
      present.polling.nudge()
    }
    return () => {
      watched.watchers.delete(watcher)
      if (watched.watchers.size > 0) return
      watched.polling.stop()
      if (this.#watched.get(key) === watched) this.#watched.delete(key)
    }
  }

  #begin(ask: StoreQuery<T>): Watched<T> {
    const watchers = new Set<Watcher<T>>()
    const look = async (signal: AbortSignal): Promise<Look> => {
      const afresh = watched.afresh
      watched.afresh = false
      try {
        const answer = await this.#wishes.keep(() => ask(signal, afresh))
        if (answer !== 'same') tell(watchers, answer)
      } catch (error) {
        watched.afresh ||= afresh
        throw error
      }
      return { seen: 'seen' }
    }
    // The first look begins a moment later, when there is somebody to tell.
    const watched: Watched<T> = {
      watchers,
      afresh: true,
      polling: poll({
        look: async (signal) => Promise.resolve().then(() => look(signal)),
        onChange: () => {},
        saw: (failed) => {
          for (const watcher of watchers) watcher.saw(failed ?? watcher.failed)
        },
        intervalMs: this.#intervalMs,
      }),
    }
    return watched
  }
}

function tell<T>(watchers: ReadonlySet<Watcher<T>>, answer: T): void {
  for (const watcher of watchers) {
    const before = watcher.seen
    const { seen, failed } = watcher.print(answer)
    watcher.seen = seen ?? before
    watcher.failed = failed
    if (before !== undefined && before !== watcher.seen && watchers.has(watcher)) watcher.onChange()
  }
}
