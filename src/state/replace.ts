/**
 * Files that appear whole or not at all, readable by nobody else unless told otherwise: what is written elsewhere first is
 * then put in the place of another file, or where there was none.
 */
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { chmod, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { systemErrorCode } from '../errors.ts'

/** What a file system without hard links says to one. */
const NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK'])

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
    if (!NO_LINKS.has(systemErrorCode(error) ?? '')) throw error
    // Whole only a moment after it appears, where there is no better way.
    writeFileSync(file, readFileSync(draft), { flag: 'wx', mode: 0o600 })
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
