/**
 * Tells a value that says where a secret lies from one that is a secret: `GOOGLE_APPLICATION_CREDENTIALS`, `TLS_KEY` and
 * `DATABASE_URL` sound secret, and may hold the path of a file, also of one that isn't there yet. What can't be told stays a
 * secret. Pure: no disk is asked, so `check`, `serve` and `secrets migrate` say the same.
 */
import { looksSecret } from './names.ts'
import { looksRandom } from './plainly.ts'

/** A file's address: of a database that is a file, too. What opens it with a key has more behind it. */
const SCHEME = /^(?:file|(?:jdbc:)?sqlite3?|duckdb):(?:\/\/(?=[/.~]))?/i
const OPENED_HOW = /\?(?:mode|cache|connection_limit)=\w{1,16}$/
/** No key begins like this: chance would have to hit five signs in a row for the shortest of them. */
const USUAL =
  /^\/{1,2}(?:home|Users|root|tmp|var|etc|opt|usr|run|mnt|media|srv|private|Volumes|Library|nix|workspaces?)\/\S/
/** Several lines, a query, settings, or a command with options. */
const MORE = /[\p{Cc}?=&;|<>"]|\s-/u
/** In the user's home, here, on a drive, in a share, or from the root. */
const BEGINS = /^(?:~|\.{1,2}|[A-Za-z]:|\\\\[\w.-]{1,64})?[\\/]/
const IN_PATHS = /^(?:[A-Za-z]:)?[\p{L}\p{N} _.,@+~(){}\\/-]{2,1024}$/u
/** Without a beginning that says so it may be an address: `user:word@host/name.db`. */
const IN_NAMES = /^[\p{L}\p{N} _.~(){}\\/-]{2,256}$/u
/** In which keys, logins and data are kept. */
const FILE =
  /^[^\\/]{0,128}\.(?:json|ya?ml|toml|ini|env|txt|conf|cfg|properties|pem|key|crt|cer|pub|p12|pfx|p8|jks|keystore|gpg|asc|age|ppk|kdbx|db|sqlite3?|duckdb|xml|csv|dat|sock|token)$/iu
/** `serviceAccount` and `x7Kd` are no step of this kind. */
const WORD = /^\.?(?:\p{Ll}[\p{Ll}\d _.-]{1,63}|\p{Lu}\p{Ll}{2,31})$/u

/** Whether a variable or an option of this name, with this value, holds a secret. */
export function holdsSecret(name: string, value: string): boolean {
  return looksSecret(name) && !saysWhere(value)
}

/** Whether a text is the path of a file or a folder, as people write it. */
export function saysWhere(value: string): boolean {
  const text = value.trim().replace(SCHEME, '').replace(OPENED_HOW, '')
  if (MORE.test(text)) return false
  if (USUAL.test(text)) return true
  const steps = text.split(/[\\/]+/).filter((step) => step !== '' && !/^(?:~|\.{1,2}|[A-Za-z]:)$/.test(step))
  const last = steps.at(-1) ?? ''
  const isFile = FILE.test(last) && steps.some((step) => !looksRandom(step))
  if (!BEGINS.test(text)) return isFile && IN_NAMES.test(text) && !steps.some(looksRandom)
  // Base64 has slashes, and no dots.
  return IN_PATHS.test(text) && (isFile || (steps.length > 1 && steps.every(isWord)))
}

function isWord(step: string): boolean {
  return WORD.test(step) && !looksRandom(step)
}
