/**
 * The form of a configuration that is remembered: sealed by a key that is made of servers.yaml itself. A token that
 * somebody wrote into that file is in what is remembered too, and must not lie in a second place that others may read:
 * backups of the state directory, say. Who has the bytes of the file has the key, and nobody else. What is sealed
 * under other facts, by other code, or is damaged can't be opened, and then nothing is remembered.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { deserialize, serialize } from 'node:v8'
import { sha256 } from '../../json/canonical.ts'
import { stateFile } from '../../state/paths.ts'
import { build, version } from '../../version.ts'
import type { ConfigChoice } from '../load.ts'

/** All that decides what the bytes of a servers.yaml mean. */
export interface MeaningFacts {
  /** Absolute. */
  readonly file: string
  readonly believed: boolean
  readonly environment: string | null
  readonly profile: string | null
  readonly trust: string | null
}

export function meaningFacts(
  { environment, profile, env }: ConfigChoice,
  { file, believed }: Pick<MeaningFacts, 'file' | 'believed'>,
): MeaningFacts {
  return {
    file,
    believed,
    environment: environment ?? env['SIDEMUX_ENVIRONMENT'] ?? null,
    profile: profile ?? null,
    trust: env['SIDEMUX_TRUST'] ?? null,
  }
}

/** One for each servers.yaml and way to read it: the newest content of the file counts. */
export function sealedFile(stateDir: string, facts: MeaningFacts): string {
  return stateFile(stateDir, 'config', { config: sha256(wordsOf(facts)).slice(0, 16) })
}

const CIPHER = 'aes-256-gcm'
const IV_BYTES = 12
const TAG_BYTES = 16

/** @throws where there is in it what can't be written, such as a function. */
export function sealConfig(value: unknown, bytes: Uint8Array, facts: MeaningFacts): string {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv(CIPHER, keyOf(bytes, facts), iv)
  const hidden = [cipher.update(serialize(value)), cipher.final()]
  return Buffer.concat([iv, cipher.getAuthTag(), ...hidden]).toString('base64')
}

/** What was sealed under the same facts, for the same bytes. @throws where it wasn't. */
export function unsealConfig(text: string, bytes: Uint8Array, facts: MeaningFacts): unknown {
  const sealed = Buffer.from(text, 'base64')
  const tag = sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES)
  const options = { authTagLength: TAG_BYTES }
  const cipher = createDecipheriv(CIPHER, keyOf(bytes, facts), sealed.subarray(0, IV_BYTES), options)
  cipher.setAuthTag(tag)
  const hidden = cipher.update(sealed.subarray(IV_BYTES + TAG_BYTES))
  return deserialize(Buffer.concat([hidden, cipher.final()]))
}

/** Never `sha256(bytes)`, which is told in logs. Node's version decides the form of what is inside. */
function keyOf(bytes: Uint8Array, facts: MeaningFacts): Buffer {
  const words = JSON.stringify(['what servers.yaml means', version, build, process.version, wordsOf(facts)])
  return createHash('sha256').update(words).update('\0').update(bytes).digest()
}

function wordsOf({ file, believed, environment, profile, trust }: MeaningFacts): string {
  return JSON.stringify([file, believed, environment, profile, trust])
}
