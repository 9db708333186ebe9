/**
 * Seals what travels through the host and comes back. `requestState` MUST be treated as attacker-controlled
 * (2026-07-28 basic/patterns/mrtr, server requirements 4 and 5), so it is authenticated, and encrypted too: a
 * host or a model learns nothing from it. The key lives and dies with this process.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const PREFIX = 's1.'
const IV_BYTES = 12
const TAG_BYTES = 16
/** Ours are a few hundred characters; anything longer isn't ours. */
const MAX_SEALED_LENGTH = 8192

export class Seal {
  readonly #key = randomBytes(32)
  readonly #context: Buffer
  readonly #prefix: string
  readonly #maxLength: number

  /** @param context Bound into every seal, e.g. the session; a seal from another context doesn't open. */
  constructor(context: string, { prefix = PREFIX, maxLength = MAX_SEALED_LENGTH } = {}) {
    this.#context = Buffer.from(context, 'utf8')
    this.#prefix = prefix
    this.#maxLength = maxLength
  }

  seal(payload: unknown): string {
    const iv = randomBytes(IV_BYTES)
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv)
    cipher.setAAD(this.#context)
    const body = Buffer.concat([cipher.update(JSON.stringify(payload), 'utf8'), cipher.final()])
    return this.#prefix + Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url')
  }

  /** The payload, or undefined for anything that `seal` of this process and context did not make. */
  open(sealed: string): unknown {
    if (!sealed.startsWith(this.#prefix) || sealed.length > this.#maxLength) return undefined
    const text = sealed.slice(this.#prefix.length)
    const bytes = Buffer.from(text, 'base64url')
    // One payload has one spelling; base64url decoding alone would accept several.
    if (bytes.toString('base64url') !== text || bytes.length <= IV_BYTES + TAG_BYTES) return undefined
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, IV_BYTES))
      decipher.setAAD(this.#context)
      decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES))
      const body = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()])
      return JSON.parse(body.toString('utf8'))
    } catch {
      return undefined
    }
  }
}
