/**
 * The system's events on a directory: they say when to look, and looking decides. Directories are watched and not
 * files, because editors, git and Kubernetes put another file in its place. A directory that was itself replaced is
 * watched anew when it is armed again, which whoever looks does before each look.
 */
import { watch, type FSWatcher } from 'node:fs'
import { stat } from 'node:fs/promises'

export class WatchedDirectory {
  readonly #path: string
  readonly #onEvent: () => void
  readonly #names: ReadonlySet<string> | undefined
  #watcher: FSWatcher | undefined
  /** Which directory the watcher is on; another one may have come in its place. */
  #identity: string | undefined
  #closed = false

  /** @param names of the entries that matter; all of them when absent */
  constructor(path: string, onEvent: () => void, names?: ReadonlySet<string>) {
    this.#path = path
    this.#onEvent = onEvent
    this.#names = names
  }

  async arm(): Promise<void> {
    const identity = await stat(this.#path).then(
      ({ dev, ino }) => `${dev}:${ino}`,
      () => undefined,
    )
    if (this.#closed || (this.#watcher !== undefined && identity === this.#identity)) return
    this.#disarm()
    try {
      this.#watcher = watch(this.#path, { persistent: false }, (_event, name) => this.#see(name))
      this.#watcher.on('error', () => this.#disarm())
      this.#identity = identity
    } catch {
      // Not there now; the next look tries again.
    }
  }

  close(): void {
    this.#closed = true
    this.#disarm()
  }

  /** Systems that don't say what it was mean anything. */
  #see(name: string | null): void {
    if (name === null || this.#names === undefined || this.#names.has(name)) this.#onEvent()
  }

  #disarm(): void {
    this.#watcher?.close()
    this.#watcher = undefined
  }
}
