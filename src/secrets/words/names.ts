/**
 * Decides whether a variable's name says that its value is a secret. Used where nobody wrote a reference: a token
 * pasted into servers.yaml in plain, or inherited by name. Names are split into words first, so that `MAX_TOKENS`,
 * `KEYBOARD` and `AUTHOR` are none.
 */

const SECRET_WORDS: ReadonlySet<string> = new Set(
  [
    'accesskey accesstoken apikey auth authorization authtoken bearer cookie credential credentials dsn jwt key',
    'pass passcode passkey passphrase passwd password passwort pat pepper pin privatekey psk pw pwd secretkey secrets',
    'kennwort mnemonic otp totp',
  ].flatMap((line) => line.split(' ')),
)

/** Words that people also write in one with what they belong to: PGPASSWORD, GHTOKEN. */
const SECRET_END = /(apikey|credentials?|passphrase|passwd|password|secret|token)$/

/** Two words that name a secret together and nothing alone; connection strings carry a password. */
const SECRET_PAIRS: readonly string[] = [
  'connection string',
  'connection uri',
  'database url',
  'db url',
  'mongodb uri',
]

/** The last word of names that say where something is, or are made to be shown. */
const HARMLESS_ENDS: ReadonlySet<string> = new Set(
  'budget count dir directory enabled endpoint file length limit method mode name path size sock ttl type'.split(
    ' ',
  ),
)

/** Whole names that hold a word of the list and no secret. */
const HARMLESS: ReadonlySet<string> = new Set(['PWD', 'OLDPWD'])

export function looksSecret(name: string): boolean {
  if (HARMLESS.has(name)) return false
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
  if (words.includes('public') || HARMLESS_ENDS.has(words.at(-1) ?? '')) return false
  return (
    words.some((word) => SECRET_WORDS.has(word) || SECRET_END.test(word)) ||
    SECRET_PAIRS.some((pair) => ` ${words.join(' ')} `.includes(` ${pair} `))
  )
}

/** A variable may hold a port as well as a password; what comes out of a store is a secret. */
export function namesSecret(use: { store: string; field: string; reference: string }): boolean {
  return use.store !== 'env' || looksSecret(use.field) || looksSecret(use.reference)
}
