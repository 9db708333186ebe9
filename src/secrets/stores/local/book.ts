/**
 * What the embedded store knows on disk: `secrets/local.json` in the state directory holds each name with when it was
 * set and where its value is. A value in the keychain is only there; one in this file is encrypted with AES-256-GCM by
 * the key in `secrets/key`, bound to its name, so that two can't be swapped.
 *
 * node:crypto and not the age format: no further library touches the values, nobody else reads this file, and a field
 * at a time can be changed. The key lies beside what it opens: this keeps values out of config files, backups of
 * single files and searches, not from who can read the whole state directory as this user.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rm, stat, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemErrorCode } from '../../../errors.ts'
import { replaceFile } from '../../../state/replace.ts'
import { StoreError } from '../../store.ts'

const LOCK_WAIT_MS = 5000
/** A process that died with it; nobody holds it this long. */
const LOCK_STALE_MS = 30_000

/** The disk, the user's share of it, or the process's. */
const NO_ROOM: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

export type Backend = 'keychain' | 'file'

export interface Entry {
  readonly at: Backend
  readonly updatedAt: string
  /** Nonce, tag and ciphertext in base64, where the value is here. */
  readonly box?: string
}

export interface Book {
  readonly version: 1
  readonly entries: Readonly<Record<string, Entry>>
}

export class LocalBook {
  readonly directory: string
  readonly #file: string
  readonly #keyFile: string

  constructor(directory: string) {
    this.directory = directory
    this.#file = join(this.directory, 'local.json')
    this.#keyFile = join(this.directory, 'key')
  }

  /** Empty when nothing was ever set. */
  async read(): Promise<Book> {
    let text: string
    try {
      text = await readFile(this.#file, 'utf8')
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return { version: 1, entries: {} }
      throw new StoreError(
        'unavailable',
        `${this.#file} can't be read (${systemErrorCode(error) ?? 'unknown error'})`,
        {
          hint: 'make it readable for you',
        },
      )
    }
    const book = parseBook(text)
    if (book !== undefined) return book
    throw new StoreError('unavailable', `${this.#file} is damaged`, {
      hint: 'restore it from a backup, or remove it and set the secrets again',
    })
  }

  /** One writer at a time, also among processes; the file is replaced as a whole. */
  async change(edit: (entries: Map<string, Entry>) => Promise<void>): Promise<void> {
    await this.#writing(mkdir(this.directory, { recursive: true, mode: 0o700 }))
    const unlock = await this.#lock()
    try {
      const entries = new Map(Object.entries((await this.read()).entries))
      await edit(entries)
      const sorted = [...entries].toSorted(([a], [b]) => (a < b ? -1 : 1))
      const book: Book = { version: 1, entries: Object.fromEntries(sorted) }
      await this.#writing(replaceFile(this.#file, `${JSON.stringify(book, undefined, 2)}\n`))
    } finally {
      await unlock()
    }
  }

  async seal(name: string, value: string): Promise<string> {
    const nonce = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', await this.#key('make'), nonce)
    cipher.setAAD(bound(name))
    const sealed = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()])
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64')
  }

  async open(name: string, box: string): Promise<string> {
    const bytes = Buffer.from(box, 'base64')
    const key = await this.#key('read')
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12), { authTagLength: 16 })
      decipher.setAAD(bound(name))
      decipher.setAuthTag(bytes.subarray(12, 28))
      return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')
    } catch {
      throw new StoreError(
        'unavailable',
        `"${name}" in ${this.#file} was not encrypted with this machine's key, or was altered`,
        {
          hint: `set it again: sidemux secrets set ${name}`,
        },
      )
    }
  }

  async #key(missing: 'make' | 'read'): Promise<Buffer> {
    if (missing === 'make') await this.#writing(makeKey(this.#keyFile))
    let text: string
    try {
      const { mode } = await stat(this.#keyFile)
      if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
        throw new StoreError('denied', `others may read the key ${this.#keyFile}`, {
          hint: `run: chmod 600 ${this.#keyFile}, and change the secrets if somebody could have read it`,
        })
      }
      text = await readFile(this.#keyFile, 'utf8')
    } catch (error) {
      if (error instanceof StoreError) throw error
      throw new StoreError(
        'unavailable',
        `the key ${this.#keyFile} can't be read (${systemErrorCode(error) ?? 'unknown error'})`,
        {
          hint: 'restore it from a backup, or set the secrets again',
        },
      )
    }
    const key = Buffer.from(text.trim(), 'base64')
    if (key.length === 32) return key
    throw new StoreError('unavailable', `${this.#keyFile} is not a key`, { hint: 'restore it from a backup' })
  }

  async #writing<T>(work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      throw this.#unwritable(error)
    }
  }

  #unwritable(error: unknown): StoreError {
    const code = systemErrorCode(error) ?? 'unknown error'
    return new StoreError('unavailable', `${this.directory} can't be written (${code})`, {
      hint: NO_ROOM.has(code)
        ? 'make room on its disk; what was there before is unchanged'
        : 'make it writable for you, or set SIDEMUX_STATE_DIR to a directory that you own',
    })
  }

  async #lock(): Promise<() => Promise<void>> {
    const file = `${this.#file}.lock`
    const until = performance.now() + LOCK_WAIT_MS
    for (;;) {
      try {
        await (await open(file, 'wx', 0o600)).close()
        return () => rm(file, { force: true })
      } catch (error) {
        if (systemErrorCode(error) !== 'EEXIST') throw this.#unwritable(error)
      }
      const age = await stat(file).then(
        ({ mtimeMs }) => Date.now() - mtimeMs,
        () => 0,
      )
      if (age > LOCK_STALE_MS) await rm(file, { force: true })
      else if (performance.now() > until) {
        throw new StoreError('unavailable', 'another sidemux is changing the secrets', {
          hint: `try again, or remove ${file}`,
        })
      } else await sleep(20 + Math.random() * 30)
    }
  }
}

function bound(name: string): Buffer {
  return Buffer.from(`sidemux local 1\0${name}`)
}

/** The one that there is, or a new one; no half of one is left behind. */
async function makeKey(file: string): Promise<void> {
  let handle: FileHandle
  try {
    handle = await open(file, 'wx', 0o600)
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return
    throw error
  }
  try {
    await handle.writeFile(`${randomBytes(32).toString('base64')}\n`)
    await handle.sync()
  } catch (error) {
    await rm(file, { force: true })
    throw error
  } finally {
    await handle.close()
  }
}

function parseBook(text: string): Book | undefined {
  try {
    const parsed = JSON.parse(text) as Partial<Book> | null
    const entries: unknown = parsed?.entries
    if (parsed?.version !== 1 || entries === null || typeof entries !== 'object') return undefined
    const good = Object.values(entries as Record<string, Partial<Entry> | null>).every(
      (entry) =>
        typeof entry?.updatedAt === 'string' &&
        (entry.at === 'keychain' || (entry.at === 'file' && typeof entry.box === 'string')),
    )
    return good ? (parsed as Book) : undefined
  } catch {
    return undefined
  }
}
