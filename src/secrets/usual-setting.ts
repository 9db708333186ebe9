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
  `addr address app application base branch broker brokers bucket build channel city cluster color company concurrency connection
  connections context count country currency database db dbname debug depth dialect dir directory domain domains driver editor email enabled
  disabled encoding endpoint endpoints engine env environment file folder format from group home host hostname hosts index interval
  kubeconfig lang language level limit locale locales location log max metrics min mode model module name namespace options opts org
  organization origin origins output owner path phase platform port ports prefix profile project protocol provider proxy pythonpath
  queue recipient region regions release repo repository retries role root schedule schema scheme scope sender server service shell size ssl
  sslmode stage storage subject suffix table team theme threads tier timeout timezone title tls topic ttl type tz units uri url urls user
  username verbose version workers workspace zone`
    .split(/\s+/)
    .filter((word) => word !== ''),
)

/** ENABLE_METRICS, MAX_CONNECTIONS: whatever follows. */
const STARTS: ReadonlySet<string> = new Set('allow default disable enable is max min num use'.split(' '))

/** Written in one word. */
const WHOLE =
  /^(?:pg(?:host|hostaddr|port|user|database|sslmode|appname|service|options|tz)|ci|debug|verbose|lc_[a-z]+|term)$/i

/** Of these the value is a name that somebody chose, which no list knows. */
const NAMED: ReadonlySet<string> = new Set(
  `account app application branch bucket channel city cluster company context country database db dbname dialect driver engine env environment
  group host hostname index model mode namespace org organization owner profile project queue repo repository role schema server service stage
  table team tenant theme topic user username workspace zone`
    .split(/\s+/)
    .filter((word) => word !== ''),
)

const ID = /^(?:[+-]?\d{1,24}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})$/i

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
  const [first = '', last = ''] = [words[0], words.at(-1)]
  // PROJECT_ID: of what people count, and not of who logs in.
  if (last === 'id') return NAMED.has(words.at(-2) ?? '') && ID.test(value.trim()) ? 'an id' : undefined
  if (!WHOLE.test(name) && !ENDS.has(last) && !STARTS.has(first)) return undefined
  const isNamed = NAMED.has(last.replace(/^pg/, '')) || (last === 'name' && words.length > 1)
  return kindOf(value) ?? (isNamed ? nameKind(value) : undefined)
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

/** Longer ones, and those of more words, may be passphrases. */
function nameKind(value: string): string | undefined {
  return value.length <= 24 && value.split(/\s+/).length <= 3 && isNaturalName(value)
    ? 'made of ordinary words'
    : undefined
}
