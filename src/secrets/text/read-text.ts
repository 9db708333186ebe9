/**
 * Reads a small UTF-8 text that somebody else wrote: a secret file, a .env file, a program's output. Only regular
 * files are read, because a pipe or a device would block or never end, and never more than 1 MiB. A byte order
 * mark is dropped.
 */
import { open, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { systemErrorCode } from '../../errors.ts'
import { readUpTo } from '../../state/read-up-to.ts'
import { StoreError } from '../store.ts'

export const MAX_TEXT_BYTES = 1024 * 1024

/** Relative to `baseDir`, the directory of servers.yaml; a leading `~/` is the home directory. */
export function resolvePath(path: string, baseDir: string): string {
  return /^~[/\\]/.test(path) ? join(homedir(), path.slice(2)) : resolve(baseDir, path)
}

/** @throws StoreError, which names the path and nothing of the content. */
export async function readText(path: string): Promise<string> {
  let bytes: Uint8Array
  try {
    bytes = await readBytes(path)
  } catch (error) {
    throw error instanceof StoreError ? error : readFailure(path, systemErrorCode(error))
  }
  const text = decodeUtf8(bytes)
  if (text === undefined) {
    throw new StoreError('invalid_reference', `${path} is not UTF-8 text`, { hint: 'save it as UTF-8' })
  }
  return text
}

/**
 * Without the final line break that editors and `echo` put behind a token. In a value of several lines, as a PEM or an
 * OpenSSH key, it is a part of the value: some programs refuse a key file that doesn't end with it.
 */
export function trimFinalNewline(text: string): string {
  return /[\r\n][^\r\n]/.test(text) ? text : text.replace(/\r?\n$/, '')
}

/** Undefined when the bytes are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

async function readBytes(path: string): Promise<Uint8Array> {
  // Asked by name first: opening a pipe that nobody writes to would block a thread for good.
  if (!(await stat(path)).isFile()) {
    throw new StoreError('invalid_reference', `${path} is not a regular file`, { hint: 'name a file' })
  }
  const handle = await open(path, 'r')
  try {
    const bytes = await readUpTo(handle, MAX_TEXT_BYTES)
    if (bytes.length > MAX_TEXT_BYTES) {
      throw new StoreError('invalid_reference', `${path} is larger than 1 MiB`, {
        hint: 'a secret is a short text; name the file that holds it',
      })
    }
    return bytes
  } finally {
    await handle.close()
  }
}

function readFailure(path: string, code: string | undefined): StoreError {
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new StoreError('not_found', `there is no file ${path}`, { hint: 'create it, or correct the path' })
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new StoreError('denied', `${path} may not be read by this user`, {
      hint: 'check its owner and mode',
    })
  }
  return new StoreError('unavailable', `${path} can't be read (${code ?? 'unknown error'})`, {
    hint: 'check that its disk is there and in order',
  })
}
