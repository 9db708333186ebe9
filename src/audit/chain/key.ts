/**
 * Makes and reads the key of the audit log (promise 6): 32 random bytes, made once, in a file that no confined server sees. Every record's
 * hash is made with it (HMAC-SHA256, RFC 2104), and so are the tags of anchors and of the book of heads. So who can write
 * the log's files but not read the key can make no record, and nothing that says a run ended sooner than it did.
 *
 * It never stands in an environment, an argument or a record; a record names it by its id. No keychain holds it: those of a
 * desktop hand what they hold to every program of the user, so it would be safe from nobody more, and each start would wait
 * for one.
 */
import { createHmac, hash, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { readOwn } from '../../state/read-own.ts'
import { createFile } from '../../state/replace.ts'

/** From a record's canonical form to its hash, 64 hex digits. */
export type Sealing = (canonical: string) => string

const BLOCK = 64
/** A record that is longer than this in bytes is seldom. */
const ROOM = 16 * 1024
const MAX_FILE = 256

export class AuditKey {
  /** Names the key and tells nothing of it: 16 hex digits. */
  readonly id: string
  /** Of a record. */
  readonly seal: Sealing
  readonly #key: Buffer

  constructor(key: Buffer) {
    this.#key = key
    this.seal = hmac(key)
    this.id = this.tag('id').slice(0, 16)
  }

  static make(): AuditKey {
    return new AuditKey(randomBytes(32))
  }

  /** Of what is no record: no canonical form of one begins like this. 32 hex digits. */
  tag(...words: readonly (string | number)[]): string {
    return this.seal(words.join(' ')).slice(0, 32)
  }

  /** False where there is one. It is on its way to the disk then (seals.ts sees that it gets there). @throws a system error. */
  write(dir: string): boolean {
    return createFile(keyFile(dir), `${this.#key.toString('hex')}\n`, false)
  }
}

/** @throws Unusable; a system error, ENOENT where there is none. */
export function readKey(dir: string): AuditKey {
  const { text } = readOwn(keyFile(dir), MAX_FILE)
  if (!/^[0-9a-f]{64}\n$/.test(text)) throw new Error('is no key')
  return new AuditKey(Buffer.from(text.trim(), 'hex'))
}

export function keyFile(dir: string): string {
  return join(dir, 'key')
}

/** HMAC-SHA256 of two plain hashes, which Node makes in two thirds of the time of its own. */
function hmac(key: Buffer): Sealing {
  const inner = Buffer.alloc(ROOM, 0x36)
  const outer = Buffer.alloc(BLOCK + 32, 0x5c)
  for (const [at, byte] of key.entries()) {
    inner[at] = byte ^ 0x36
    outer[at] = byte ^ 0x5c
  }
  return (text) => {
    // So many bytes may be in so many characters.
    if (text.length * 3 > ROOM - BLOCK) return createHmac('sha256', key).update(text).digest('hex')
    const end = BLOCK + inner.write(text, BLOCK)
    outer.write(hash('sha256', inner.subarray(0, end), 'binary'), BLOCK, 'binary')
    return hash('sha256', outer)
  }
}
