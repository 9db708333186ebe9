/**
 * Makes the sign of a file: facts that tell without reading it whether it is another file or has other content. Code
 * that keeps what it has read compares signs before it relies on it. So nothing depends on an event that may have
 * been missed, and nothing is read again while it is the same. And a watch over one file: the system's events say at
 * once that it changed, and where they don't arrive (another container's file system, a network mount, no watches
 * left) a look each second does.
 */
import { statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { systemErrorCode } from '../errors.ts'
import { WatchedDirectory } from './directory.ts'

/** One `stat` a second for each file that is watched. */
export const LOOK_EVERY_MS = 1000

/** Of what isn't there, and of what can't be looked at, too; never throws. */
export function signOf(path: string): string {
  try {
    // An error that is thrown costs ten times a look that finds nothing.
    const found = statSync(path, { bigint: true, throwIfNoEntry: false })
    if (found === undefined) return 'ENOENT'
    const { dev, ino, size, mode, uid, mtimeNs, ctimeNs } = found
    return [dev, ino, size, mode, uid, mtimeNs, ctimeNs].join(' ')
  } catch (error) {
    return systemErrorCode(error) ?? 'unknown'
  }
}

/**
 * Calls back when what stands at `path` has another sign than before. Returns how to stop. Keeps no process alive.
 * @param kind of a directory, something that appears in it or goes is a change
 * @param sign what is compared, where that isn't the sign of `path` itself
 */
export function watchSign(
  path: string,
  kind: 'file' | 'directory',
  onChange: () => void,
  sign: () => string = () => signOf(path),
): () => void {
  let known = sign()
  const look = (): void => {
    void directory.arm()
    const now = sign()
    if (now === known) return
    known = now
    onChange()
  }
  const directory =
    kind === 'directory'
      ? new WatchedDirectory(path, look)
      : new WatchedDirectory(dirname(path), look, new Set([basename(path)]))
  const again = setInterval(look, LOOK_EVERY_MS).unref()
  void directory.arm()
  return () => {
    clearInterval(again)
    directory.close()
  }
}
