/**
 * The system's events on a directory: they say when to look, and looking decides. Directories are watched and not
 * files, because editors, git and Kubernetes put another file in its place. A directory that was itself replaced is
 * watched anew when it is armed again, which whoever looks does before each look. One that isn't there is waited for in
 * the nearest directory above it that is.
 */
import { watch, type FSWatcher } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname, relative, sep } from 'node:path'

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
    for (;;) {
      const { path, identity } = await nearest(this.#path)
      if (this.#closed || (this.#watcher !== undefined && identity === this.#identity)) return
      this.#disarm()
      if (!this.#watch(path)) return
      this.#identity = identity
      // What came before it was watched has said nothing; then the next round finds it nearer.
      if (path === this.#path) return
    }
  }

  close(): void {
    this.#closed = true
    this.#disarm()
  }

  #watch(path: string): boolean {
    const [next = ''] = relative(path, this.#path).split(sep)
    const names = next === '' ? this.#names : new Set([next])
    try {
      this.#watcher = watch(path, { persistent: false }, (_event, name) => {
        // Systems that don't say what it was mean anything.
        if (name === null || names === undefined || names.has(name)) this.#onEvent()
      })
      this.#watcher.on('error', () => this.#disarm())
      return true
    } catch {
      // It may not be watched, or is gone again; the next look tries once more.
      return false
    }
  }

  #disarm(): void {
    this.#watcher?.close()
    this.#watcher = undefined
  }
}

/** Itself, or what stands nearest above it. */
async function nearest(path: string): Promise<{ readonly path: string; readonly identity: string }> {
  try {
    const { dev, ino } = await stat(path)
    return { path, identity: `${dev}:${ino}` }
  } catch {
    const above = dirname(path)
    return above === path ? { path, identity: '' } : nearest(above)
  }
}
