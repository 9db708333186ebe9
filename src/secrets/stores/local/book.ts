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
import { existsSync } from 'node:fs'
import { mkdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { SidemuxError, systemErrorCode } from '../../../errors.ts'
import { LockBusy, withLock } from '../../../state/lock.ts'
import { createFile } from '../../../state/replace.ts'
import { StoreError } from '../../store.ts'

const LOCK = { waitMs: 8000, staleMs: 4000 }

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

  /**
   * One writer at a time, also among processes; the file is replaced as a whole.
   * @param edit May run again, on what another process wrote meanwhile.
   */
  async change(edit: (entries: Map<string, Entry>) => Promise<void>): Promise<void> {
    try {
      await mkdir(this.directory, { recursive: true, mode: 0o700 })
      await withLock(this.#file, LOCK, async (held) => {
        const entries = new Map(Object.entries((await this.read()).entries))
        await edit(entries)
        const sorted = [...entries].toSorted(([a], [b]) => (a < b ? -1 : 1))
        const book: Book = { version: 1, entries: Object.fromEntries(sorted) }
        held.replace(`${JSON.stringify(book, undefined, 2)}\n`)
      })
    } catch (error) {
      if (error instanceof LockBusy) {
        throw new StoreError('unavailable', `${error.holder} is changing the secrets`, {
          hint: 'try again when it is done; nothing was changed',
        })
      }
      if (error instanceof SidemuxError || systemErrorCode(error) === undefined) throw error
      throw this.#unwritable(error)
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
    if (missing === 'make') this.#makeKey()
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

  /** The one that there is stays, or all would be lost that it opens. */
  #makeKey(): void {
    try {
      if (!existsSync(this.#keyFile))
        createFile(this.#keyFile, `${randomBytes(32).toString('base64')}\n`, true)
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
}

function bound(name: string): Buffer {
  return Buffer.from(`sidemux local 1\0${name}`)
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
