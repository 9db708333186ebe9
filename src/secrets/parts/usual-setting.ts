/**
 * Settings that stand beside secrets in one `.env` or store: a host, a region, a level of the log. Two signs have to
 * agree before a reference's value counts as plain: its name is a usual setting's, and the value is plainly no secret.
 * Anything else stays a secret, however weak; how weak it is can be told before it hurts.
 */
import { isKnownDefault } from '../words/common-words.ts'
import { looksSecret } from '../words/names.ts'
import { isPlain } from './parts.ts'
import { isNaturalName, plainKind } from '../words/plainly.ts'
import type { Reference } from '../reference.ts'

/** The last word of their names; of most it is the only one that differs: DB_HOST, SMTP_HOST, hostName. */
const ENDS: ReadonlySet<string> = new Set(
  `addr address app application backend base branch broker brokers bucket build channel city client cluster color company
  concurrency connection connections container context count country currency database db dbname debug depth
  dialect dir directory disabled disk domain domains driver editor email enabled encoding endpoint endpoints engine env
  environment file flags folder format from group home host hostname hosts image index interval issuer kubeconfig lang language
  level lifetime limit locale locales location log mailer max metrics min mode model module name namespace options opts
  org organization origin origins output owner path phase platform port ports prefix profile project protocol provider
  proxy pythonpath queue realm recipient region regions release repo repository retries role root schedule schema scheme scope
  sender server service shell shop site size ssl sslmode stage storage store subdomain subject suffix table team terminal theme
  threads tier timeout timezone title tls topic ttl type tz units uri url urls user username verbose version warehouse workers
  workspace zone`
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
  `account app application backend branch bucket channel city client cluster company connection container context country
  database db dbname dialect disk driver editor engine env environment group host hostname index issuer mailer mode model
  namespace org organization owner prefix profile project queue realm region repo repository role schema server service shop
  site sslmode stage store subdomain table team tenant theme topic type user username warehouse workspace zone`
    .split(/\s+/)
    .filter((word) => word !== ''),
)

/** Of a row, of Slack, or a UUID. */
const ID = /^(?:[+-]?\d{1,24}|[CDGTUW]0[0-9A-Z]{8,10}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})$/i

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
  // PROJECT_ID: of what people count, and not of who logs in, as a role of Vault does.
  if (last === 'id')
    return words.at(-2) !== 'role' && NAMED.has(words.at(-2) ?? '') ? idKind(value.trim()) : undefined
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
    return isPlain(text) && isOpenAddress(text) ? 'an address without credentials' : undefined
  const items = text.split(/[,;]\s*/)
  if (items.length > 1 && items.every((item) => kindOf(item) !== undefined)) return 'a list of settings'
  return undefined
}

/**
 * Of addresses that are known to those alone who were given them the path is the key, and need not look like one: every
 * step and every value has to be a word, a number or short, and none may say what such addresses say.
 */
function isOpenAddress(text: string): boolean {
  const [, user = '', behind = ''] = /^[a-z][a-z0-9+.-]*:\/\/(?:([^/?#]*)@)?[^/?#]*(.*)$/i.exec(text) ?? []
  if (user !== '' && !isNaturalName(user)) return false
  const words = behind.split(/[/?#&=;,]/).map((word) => word.replace(/^\{|\}$/g, ''))
  return (
    !GIVEN.test(behind) &&
    words.every((word) => word.length <= 4 || plainKind(word) !== undefined || isNaturalName(word))
  )
}

/** What catches, invites, shares and signs, and what follows it. */
const GIVEN =
  /(?:^|[/?&#;_.-])(?:hooks?|magic|invite|invitation|private|share|shared|sig|sign|signed|signature|token|key|code|catch|reset|verify|confirm)[/=-][^/?&#;]/i

function idKind(text: string): string | undefined {
  return ID.test(text) || nameKind(text) !== undefined ? 'an id' : undefined
}

/** Longer ones, and those of more words, may be passphrases. */
function nameKind(value: string): string | undefined {
  return value.length <= 24 && value.split(/\s+/).length <= 3 && isNaturalName(value.replace(/^[#@]/, ''))
    ? 'made of ordinary words'
    : undefined
}
