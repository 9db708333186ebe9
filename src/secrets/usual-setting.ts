/**
 * Settings that stand beside secrets in one `.env` or store: a host, a region, a level of the log. Two signs have to
 * agree before a reference's value counts as plain: its name is a usual setting's, and the value is plainly no secret.
 * Anything else stays a secret, however weak; how weak it is can be told before it hurts.
 */
import { isKnownDefault } from './common-words.ts'
import { looksSecret } from './names.ts'
import { isPlain } from './parts.ts'
import { isNaturalName, plainKind } from './plainly.ts'
import type { Reference } from './reference.ts'

/** The last word of their names; of most it is the only one that differs: DB_HOST, SMTP_HOST, hostName. */
const ENDS: ReadonlySet<string> = new Set(
  `addr address app application base bucket channel city cluster color company context country currency database db dbname debug
  dialect dir directory domain driver editor email enabled disabled encoding endpoint endpoints engine env environment file format group
  home host hostname hosts index interval kubeconfig lang language level limit locale locales log max min mode model name namespace
  org organization origin origins owner path phase platform port ports prefix profile project protocol provider proxy queue region regions
  repo repository retries root schema scheme scope server service shell size sslmode stage storage suffix table team theme tier timeout
  timezone title topic ttl type tz uri url user username verbose version workers workspace zone`
    .split(/\s+/)
    .filter((word) => word !== ''),
)

/** Written in one word. */
const WHOLE =
  /^(?:pg(?:host|hostaddr|port|user|database|sslmode|appname|service|options|tz)|ci|debug|verbose|lc_[a-z]+|term)$/i

/** Of these the value is a name that somebody chose, which no list knows. */
const NAMED: ReadonlySet<string> = new Set(
  'user username database db dbname bucket schema namespace service app application project profile cluster table queue topic index model team owner org organization mode host hostname server env environment stage zone driver engine dialect'.split(
    ' ',
  ),
)

/** The name of a reference: its variable, its field, or the last step of its path. */
export function referenceName(reference: Reference): string {
  if (reference.kind === 'env') return reference.name
  if (reference.field !== undefined) return reference.field.split('.').at(-1) ?? ''
  return (
    (reference.kind === 'lease' ? '' : reference.path)
      .replace(/\?.*$/, '')
      .split(/[/:\\]/)
      .at(-1) ?? ''
  )
}

/** What a value is when it counts as plain without being declared so: "a host name". */
export function plainSetting(reference: Reference, value: string): string | undefined {
  const name = referenceName(reference)
  if (looksSecret(name)) return undefined
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
  const last = words.at(-1) ?? ''
  if (!WHOLE.test(name) && !ENDS.has(last)) return undefined
  return kindOf(value) ?? (NAMED.has(last.replace(/^pg/, '')) ? nameKind(value) : undefined)
}

/**
 * Why a secret that is masked will be found where nobody meant it, or be guessed: "is a host name"; undefined for one
 * that is neither. The value isn't in it.
 */
export function weaknessOf(value: string): string | undefined {
  const kind =
    plainKind(value) ??
    (isKnownDefault(value) ? 'a password that everybody knows' : (kindOf(value) ?? nameKind(value)))
  if (kind !== undefined) return `is ${kind}`
  return new Set(value).size <= 2 || /^(?:0?123456789?0?|abcdefgh\w*|qwerty\w*)$/i.test(value)
    ? 'is easy to guess'
    : undefined
}

function kindOf(value: string): string | undefined {
  const text = value.trim()
  const kind = plainKind(text)
  if (kind !== undefined) return kind
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text))
    return isPlain(text) ? 'an address without credentials' : undefined
  const items = text.split(/[,;]\s*/)
  if (items.length > 1 && items.every((item) => kindOf(item) !== undefined)) return 'a list of settings'
  return undefined
}

/** Longer ones, and those with blanks, may be passphrases. */
function nameKind(value: string): string | undefined {
  return value.length <= 24 && !/\s/.test(value) && isNaturalName(value)
    ? 'made of ordinary words'
    : undefined
}
