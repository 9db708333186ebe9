/**
 * One watch for all who want the same: twenty servers that read one folder, or one secret, cost one question a minute
 * and not twenty, where a back end counts to forty for a whole machine, answers without a body included. Each of them is
 * told only of its own change, and of its own trouble. Who comes later has something to compare with after a look that
 * is made for it.
 */
import type { OnLook, StoreError } from '../../store.ts'
import { Looks, type Saw } from './looks.ts'
import { poll, type Look, type Polling } from './poll.ts'
import type { Wishes } from './wishes.ts'

/** What came of asking; `same` only where it was not to be asked afresh. */
export type Ask<T> = (signal: AbortSignal, afresh: boolean) => Promise<T | 'same'>

/** One of the things that a watcher watches. */
export interface Watch<T> {
  /** Equal for who wants the same. */
  readonly key: string
  readonly ask: Ask<T>
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
    const looks = new Looks(onLook)
    const stops = wanted.map(({ key, ask, print }) =>
      this.#join(key, ask, { print, onChange, saw: looks.part(), seen: undefined, failed: undefined }),
    )
    return () => {
      for (const stop of stops) stop()
    }
  }

  #join(key: string, ask: Ask<T>, watcher: Watcher<T>): () => void {
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

  #begin(ask: Ask<T>): Watched<T> {
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
