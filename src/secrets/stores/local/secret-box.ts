/**
 * Encrypts the values that no keychain takes: AES-256-GCM with the key of a file beside them, each bound to its name, so
 * that two can't be swapped.
 *
 * node:crypto and not the age format: no further library touches the values, nobody else reads them, and one at a time can be
 * changed. The key lies beside what it opens: this keeps values out of config files, backups of single files and
 * searches, not from who can read the whole state directory as this user.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { systemErrorCode } from '../../../errors.ts'
import { readOwn, Unusable } from '../../../state/read-own.ts'
import { createFile } from '../../../state/replace.ts'
import { StoreError } from '../../store.ts'

/** What is larger is no key. */
const MAX_KEY_BYTES = 1024

export class SecretBox {
  readonly #keyFile: string

  constructor(keyFile: string) {
    this.#keyFile = keyFile
  }

  /**
   * Makes the key where there is none.
   * @returns nonce, tag and ciphertext in base64.
   * @throws StoreError; a system error when the key can't be made.
   */
  async seal(name: string, value: string): Promise<string> {
    // The one that there is stays, or all would be lost that it opens.
    if (!existsSync(this.#keyFile)) createFile(this.#keyFile, `${randomBytes(32).toString('base64')}\n`, true)
    const nonce = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', await this.#key(), nonce)
    cipher.setAAD(bound(name))
    const sealed = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()])
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64')
  }

  /** @throws StoreError */
  async open(name: string, box: string): Promise<string> {
    const bytes = Buffer.from(box, 'base64')
    const key = await this.#key()
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12), { authTagLength: 16 })
      decipher.setAAD(bound(name))
      decipher.setAuthTag(bytes.subarray(12, 28))
      return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')
    } catch {
      throw new StoreError(
        'unavailable',
        `"${name}" was not encrypted with the key ${this.#keyFile}, or was altered`,
        { hint: `set it again: sidemux secrets set ${name}` },
      )
    }
  }

  async #key(): Promise<Buffer> {
    let text: string
    try {
      const { mode } = await stat(this.#keyFile)
      if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
        throw new StoreError('denied', `others may read the key ${this.#keyFile}`, {
          hint: `run: chmod 600 ${this.#keyFile}, and change the secrets if somebody could have read it`,
        })
      }
      text = readOwn(this.#keyFile, MAX_KEY_BYTES).text
    } catch (error) {
      if (error instanceof StoreError) throw error
      const why =
        error instanceof Unusable ? `it ${error.message}` : (systemErrorCode(error) ?? 'unknown error')
      throw new StoreError('unavailable', `the key ${this.#keyFile} can't be read (${why})`, {
        hint: 'restore it from a backup, or set the secrets again',
      })
    }
    const key = Buffer.from(text.trim(), 'base64')
    if (key.length === 32) return key
    throw new StoreError('unavailable', `${this.#keyFile} is not a key`, { hint: 'restore it from a backup' })
  }
}

function bound(name: string): Buffer {
  return Buffer.from(`sidemux local 1\0${name}`)
}
