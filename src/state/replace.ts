/**
 * Files that appear whole or not at all, readable by nobody else unless told otherwise: what is written elsewhere first is
 * then put in the place of another file, or where there was none.
 */
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { chmod, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { systemErrorCode } from '../errors.ts'

/** What a file system without hard links says to one. */
const NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK'])

/** Of what `link` throws: whether there are no hard links here at all. */
export function hasNoLinks(error: unknown): boolean {
  return NO_LINKS.has(systemErrorCode(error) ?? '')
}

export async function replaceFile(file: string, text: string, mode = 0o600): Promise<void> {
  const draft = draftOf(file)
  try {
    const handle = await open(draft, 'wx', 0o600)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    if (mode !== 0o600) await chmod(draft, mode)
    await rename(draft, file)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
  settleDirectory(dirname(file))
}

/** The same, done when it returns. @throws a system error. */
export function replaceFileSync(file: string, text: string, mode: number): void {
  const draft = draftOf(file)
  try {
    const fd = openSync(draft, 'wx', 0o600)
    try {
      writeFileSync(fd, text)
      if (mode !== 0o600) fchmodSync(fd, mode)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    renameSync(draft, file)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
  settleDirectory(dirname(file))
}

/** Removes what killed processes were writing of this file, outside of the state directory. Never throws. */
export function sweepDrafts(file: string): void {
  try {
    for (const name of readdirSync(dirname(file))) {
      const path = join(dirname(file), name)
      if (!name.startsWith(`${basename(file)}.`) || !/\.[0-9a-f]{12}\.tmp$/.test(name)) continue
      if (Date.now() - lstatSync(path).mtimeMs > ABANDONED_MS) rmSync(path, { force: true })
    }
  } catch {
    // They take up room and nothing else.
  }
}

const ABANDONED_MS = 60_000

/**
 * Of all who make the same file at once one succeeds. False when there is one already.
 * @param kept Whether it is to outlast a power cut.
 * @throws a system error.
 */
export function createFile(file: string, text: string, kept: boolean): boolean {
  const draft = draftOf(file)
  try {
    const fd = openSync(draft, 'wx', 0o600)
    try {
      writeFileSync(fd, text)
      if (kept) fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    publish(draft, file)
    if (kept) settleDirectory(dirname(file))
    return true
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

function publish(draft: string, file: string): void {
  try {
    linkSync(draft, file)
  } catch (error) {
    if (!hasNoLinks(error)) throw error
    // Whole only a moment after it appears, where there is no better way.
    writeFileSync(file, readFileSync(draft), { flag: 'wx', mode: 0o600 })
  }
}

/**
 * What time it is, in ms since 1970, by the clock that says when files beside `path` were changed: on a network file system
 * that isn't the clock of this machine, and that one may have been set since.
 * @throws a system error.
 */
export function fileClock(path: string): number {
  const probe = draftOf(path)
  try {
    writeFileSync(probe, '', { flag: 'wx', mode: 0o600 })
    return lstatSync(probe).mtimeMs
  } finally {
    rmSync(probe, { force: true })
  }
}

/** A process that is killed leaves it behind. */
function draftOf(file: string): string {
  return `${file}.${randomBytes(6).toString('hex')}.tmp`
}

/** A power cut must not bring back what was replaced; where a directory can't be synchronised, it may. */
export function settleDirectory(dir: string): void {
  if (process.platform === 'win32') return
  try {
    const fd = openSync(dir, constants.O_RDONLY)
    try {
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
  } catch {
    // Some file systems don't know how.
  }
}
