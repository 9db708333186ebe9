/**
 * Watching files: the system's events on their directories say when to look, and looking decides, so that a burst of
 * events is one question and a touched file is no change. Directories are watched and not files, because editors, git
 * and Kubernetes put another one in its place (`..data` is a link that is renamed). A directory that was itself
 * replaced is watched anew at the next look. Where events don't arrive, on network mounts for one, the poll still
 * comes.
 */
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { systemErrorCode } from '../../../errors.ts'
import { WatchedDirectory } from '../../../watch/directory.ts'
import { StoreError, type OnLook } from '../../store.ts'
import { WatchLooks } from './looks.ts'
import { poll, type Look } from './poll.ts'

/** Who writes in place is given a moment to finish. */
const SETTLE_MS = 50

export interface DirectoryWatch {
  readonly directories: readonly string[]
  /** Other watches, which say at once when something has changed; each returns how to stop. */
  readonly watches?: readonly ((onEvent: () => void) => () => void)[]
  /** What is compared, each by itself: one that can't be read now counts as what it was. */
  readonly items: readonly string[]
  readonly read: (item: string, signal: AbortSignal) => Promise<string>
  readonly onChange: () => void
  readonly onLook: OnLook | undefined
  readonly intervalMs?: number | undefined
}

export function watchDirectories(options: DirectoryWatch): () => void {
  const { items, read, onChange, onLook, intervalMs } = options
  // A secret is not kept for the sake of comparing it.
  const key = randomBytes(32)
  const seen = new Map<string, string>()
  let settling: NodeJS.Timeout | undefined
  const nudge = (): void => {
    clearTimeout(settling)
    settling = setTimeout(() => polling.nudge(), SETTLE_MS).unref()
  }
  const watched = [...new Set(options.directories)].map((directory) => new WatchedDirectory(directory, nudge))

  const look = async (signal: AbortSignal): Promise<Look> => {
    await Promise.all(watched.map((directory) => directory.arm()))
    const failed: StoreError[] = []
    const readOne = async (item: string): Promise<void> => {
      try {
        const text = await read(item, signal)
        seen.set(item, createHmac('sha256', key).update(text).digest('base64'))
      } catch (error) {
        failed.push(unreadable(item, error))
      }
    }
    await Promise.all(items.map(readOne))
    return {
      ...(failed.length < items.length && { seen: items.map((item) => seen.get(item) ?? '').join() }),
      ...(failed[0] !== undefined && { failed: failed[0] }),
    }
  }
  const polling = poll({ look, onChange, saw: new WatchLooks(onLook).part(), intervalMs })

  const others = (options.watches ?? []).map((start) => start(() => polling.nudge()))

  return () => {
    clearTimeout(settling)
    polling.stop()
    for (const stop of others) stop()
    for (const directory of watched) directory.close()
  }
}

/** Files whose bytes count, whatever they are. */
export function watchFiles(
  files: readonly string[],
  options: Pick<DirectoryWatch, 'onChange' | 'onLook' | 'intervalMs'>,
): () => void {
  const items = [...new Set(files)]
  const directories = items.map((file) => dirname(file))
  return watchDirectories({ directories, items, read: digestOf, ...options })
}

function unreadable(item: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error
  const code = systemErrorCode(error)
  return code === 'ENOENT' || code === 'ENOTDIR'
    ? new StoreError('not_found', `there is no file ${item}`, { hint: 'create it, or correct the path' })
    : new StoreError('unavailable', `${item} can't be read (${code ?? 'unknown error'})`)
}

/** @throws when it is not there, or not a file. */
async function digestOf(file: string, signal: AbortSignal): Promise<string> {
  // Opening a pipe that nobody writes to would block a thread for good.
  if (!(await stat(file)).isFile()) throw new Error('not a file')
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file, { signal })) hash.update(chunk as Buffer)
  return hash.digest('base64')
}
