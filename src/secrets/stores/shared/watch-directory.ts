/**
 * Watching files: the system's events on their directory say when to look, and looking decides, so that a burst of
 * events is one question and a touched file is no change. The directory is watched and not the file, because editors
 * and Kubernetes put another one in its place (`..data` is a link that is renamed). Where events don't arrive, on
 * network mounts for one, the poll still comes.
 */
import { createHmac, randomBytes } from 'node:crypto'
import { watch, type FSWatcher } from 'node:fs'
import { poll } from './poll.ts'

/** Who writes in place is given a moment to finish. */
const SETTLE_MS = 50

export interface DirectoryWatch {
  readonly directory: string
  /** The contents that count; undefined while they can't all be read. */
  readonly look: () => Promise<readonly string[] | undefined>
  readonly onChange: () => void
  readonly intervalMs?: number | undefined
}

export function watchDirectory({ directory, look, onChange, intervalMs }: DirectoryWatch): () => void {
  const key = randomBytes(32)
  let watcher: FSWatcher | undefined
  let settling: NodeJS.Timeout | undefined

  const fingerprint = async (): Promise<string | undefined> => {
    arm()
    const contents = await look()
    // A secret is not kept for the sake of comparing it.
    return contents && createHmac('sha256', key).update(JSON.stringify(contents)).digest('hex')
  }
  const polling = poll({ look: fingerprint, onChange, intervalMs })

  function arm(): void {
    if (watcher !== undefined) return
    try {
      watcher = watch(directory, { persistent: false }, () => {
        clearTimeout(settling)
        settling = setTimeout(() => polling.nudge(), SETTLE_MS).unref()
      })
      watcher.on('error', disarm)
    } catch {
      // Not there now; the next look tries again.
    }
  }

  function disarm(): void {
    watcher?.close()
    watcher = undefined
  }

  return () => {
    clearTimeout(settling)
    polling.stop()
    disarm()
  }
}
