/**
 * One watch for all who want the same: twenty servers that read one folder cost one question a minute and not twenty,
 * where a back end counts to forty for a whole machine, answers without a body included. Each of them is told only of
 * its own change. Who comes later has something to compare with after a look that is made for it.
 */
import { poll, type Polling } from './poll.ts'

/** What came of asking; `same` only where it was not to be asked afresh. */
export type Ask<T> = (signal: AbortSignal, afresh: boolean) => Promise<T | 'same'>

interface Watcher<T> {
  readonly print: (answer: T) => string
  readonly onChange: () => void
  seen?: string
}

interface Watched<T> {
  readonly watchers: Set<Watcher<T>>
  readonly polling: Polling
  afresh: boolean
}

export class SharedWatch<T extends object> {
  readonly #intervalMs: number | undefined
  readonly #watched = new Map<string, Watched<T>>()

  constructor(intervalMs: number | undefined) {
    this.#intervalMs = intervalMs
  }

  /** @param print what of an answer this watcher compares. */
  watch(key: string, ask: Ask<T>, print: (answer: T) => string, onChange: () => void): () => void {
    const watcher: Watcher<T> = { print, onChange }
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
    const look = async (signal: AbortSignal): Promise<string> => {
      const afresh = watched.afresh
      watched.afresh = false
      try {
        const answer = await ask(signal, afresh)
        if (answer !== 'same') tell(watchers, answer)
      } catch (error) {
        watched.afresh ||= afresh
        throw error
      }
      return 'seen'
    }
    // The first look begins a moment later, when there is somebody to tell.
    const watched: Watched<T> = {
      watchers,
      afresh: true,
      polling: poll({
        look: async (signal) => Promise.resolve().then(() => look(signal)),
        onChange: () => {},
        intervalMs: this.#intervalMs,
      }),
    }
    return watched
  }
}

function tell<T>(watchers: ReadonlySet<Watcher<T>>, answer: T): void {
  for (const watcher of watchers) {
    const before = watcher.seen
    watcher.seen = watcher.print(answer)
    if (before !== undefined && before !== watcher.seen && watchers.has(watcher)) watcher.onChange()
  }
}
