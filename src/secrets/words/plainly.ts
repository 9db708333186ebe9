/**
 * Judging a value by its looks alone: what is plainly no secret (a host name, a region, a number), and what looks as
 * if chance had made it. Between the two lies what can't be told, and that is treated as a secret.
 */
import { isIP } from 'node:net'
import { isCommonWord } from './common-words.ts'
import { looksSecret } from './names.ts'

/** "a host name"; undefined for what may be a secret. What an address holds besides is addresses.ts's to tell. */
export function plainKind(value: string): string | undefined {
  const text = value.trim()
  if (text === '' || text.length > LONGEST) return undefined
  return KINDS.find(([, is]) => is(text))?.[0]
}

const LONGEST = 2048

/** A host as people write it: in one case, as tokens with dots are not, and below a domain that there is. */
const HOST =
  /^(?=[^:]{1,253}(?::|$))(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2}|com|net|org|edu|gov|mil|int|info|biz|name|pro|app|dev|cloud|tech|online|site|store|shop|xyz|run|page|host|systems|network|digital|studio|software|services|solutions|agency|company|group|global|world|live|media|email|team|tools|works|zone|space|website|academy|consulting|health|bank|finance|google|goog|amazon|aws|azure|microsoft|arpa|local|localhost|localdomain|internal|intranet|private|corp|home|lan|svc|consul|docker|test|example|invalid|onion|xn--[a-z0-9-]{2,59})\.?(?::\d{1,5})?$/
const FILE =
  /^[\w-]{1,64}(?:\.[\w-]{1,32}){0,3}\.(?:json|ya?ml|toml|ini|env|txt|log|csv|md|xml|html?|[cm]?[jt]s|py|sh|sql|conf|cfg|properties|crt|pub|db|sqlite3?|png|jpe?g|svg|pdf|zip|gz|tar|so|jar|exe)$/i
const REGION =
  /^(?:[a-z]{2,12}-(?:gov-|iso[a-z]?-)?(?:north|south|east|west|central)(?:north|south|east|west)?(?:-\d|\d{1,2})(?:-?[a-f])?|(?:north|south|east|west|central|uk|us|australia|brazil|canada|france|germany|india|japan|korea|norway|sweden|switzerland|uae)?(?:north|south|east|west|central)(?:north|south|east|west|central)?(?:us|europe|asia|india|eu)?\d?)$/
const DATE = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/
const NUMBER =
  /^[+-]?\d[\d_,.]*\s?(?:ms|[smhdw]|[kmgt]i?b?|%)?(?:\/(?:s|sec|second|m|min|minute|h|hour|d|day))?$/i
const VERSION = /^v?\d+(?:\.\d+){1,3}(?:[-+][a-z0-9.]{1,16})?$/i
const LOCALE = /^(?:[a-z]{2,3}[_-][A-Z]{2}(?:\.[A-Za-z0-9-]{3,10})?|C\.UTF-8|utf-?8|[a-z]{2,3}_[A-Z]{2})$/
const ZONE = /^(?:UTC|GMT|CET|EST|PST)(?:[+-]\d{1,2})?$|^[A-Z][a-z]+(?:\/[A-Z][A-Za-z_]+){1,2}$/
const EMAIL = /^[\w.+-]{1,64}@(?:[a-z0-9-]+\.)+[a-z]{2,24}$/i
const ALGORITHM =
  /^(?:[HREP]S(?:256|384|512)|EdDSA|A(?:128|192|256)(?:GCM|KW|CBC)?|SCRAM-SHA-(?:1|256)|SHA-?(?:1|256|384|512)|AES-?\d{3}(?:-[A-Z]{3})?|ED25519|RSA(?:-?\d{4})?|ECDSA)$/i
const PUBLIC_PEM = /^-----BEGIN (?:TRUSTED )?(?:CERTIFICATE|PUBLIC KEY|CERTIFICATE REQUEST|X509 CRL)-----/
const ARN = /^arn:aws[\w-]*:[\w-]*:[\w-]*:\d*:[\w+=,.@/:-]+$/

const KINDS: readonly (readonly [string, (text: string) => boolean])[] = [
  ['a switch', (text) => /^(?:true|false|yes|no|on|off|null|none|undefined|enabled|disabled)$/i.test(text)],
  ['a number', (text) => NUMBER.test(text)],
  ['an IP address', isAddress],
  ['a region', (text) => REGION.test(text)],
  [
    'a host name',
    (text) => text.toLowerCase() === 'localhost' || /^localhost:\d{1,5}$/i.test(text) || isHost(text),
  ],
  // An address that chance has made is known to whoever may write to it, and to nobody else.
  ['an e-mail address', (text) => EMAIL.test(text) && !looksRandom(text.replace(/@.*/, ''))],
  ['a date', (text) => DATE.test(text)],
  ['a version', (text) => VERSION.test(text)],
  ['a language', (text) => LOCALE.test(text)],
  ['a time zone', (text) => ZONE.test(text)],
  ['the name of an algorithm', (text) => ALGORITHM.test(text)],
  ['a certificate', (text) => PUBLIC_PEM.test(text)],
  ['a name at AWS', (text) => ARN.test(text) && !looksRandom(text)],
  ['a path', isPath],
  ['the name of a file', (text) => FILE.test(text) && !looksRandom(text)],
  [
    'a media type',
    (text) => /^(?:application|audio|font|image|multipart|text|video)\/[\w.+-]{1,64}$/.test(text),
  ],
  ['a common word', (text) => /^[\w.-]+$/.test(text) && isOfCommonWords(text)],
]

function isHost(text: string): boolean {
  const host = text.replace(/^\*?\.(?=[a-z])/i, '')
  if (/^[a-z][a-z0-9-]{0,62}:\d{2,5}$/.test(host)) return !looksRandom(host)
  return HOST.test(host) || (host === host.toUpperCase() && HOST.test(host.toLowerCase()))
}

function isAddress(text: string): boolean {
  const bare = text.replace(/^\[([^\]]*)\](?::\d{1,5})?$/, '$1').replace(/\/\d{1,3}$/, '')
  return isIP(bare) !== 0 || isIP(bare.replace(/:\d{1,5}$/, '')) === 4
}

function isPath(text: string): boolean {
  if (!/^(?:~?\/|\.{1,2}\/|[A-Za-z]:[\\/])[\w .@+~()\\/-]*$/.test(text)) return false
  const steps = text.split(/[\\/]+/).filter((step) => step !== '')
  return steps.length > 0 && !steps.some(looksRandom) && steps.some((step) => isNatural(step))
}

/** `read-only`, `ServiceAccount`; never one that calls itself a secret, and no phrase: four words are a passphrase. */
function isOfCommonWords(text: string): boolean {
  if (isCommonWord(text)) return true
  const words = wordsOf(text)
  return words.length <= 3 && words.every((word) => isCommonWord(word)) && !looksSecret(text)
}

function wordsOf(text: string): readonly string[] {
  return text
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
}

/** A name made of words and small numbers: `orders-eu-2`, `svc_reader`. Lenient: for where the place says the same. */
export function isNaturalName(text: string): boolean {
  if (!/^[\w.@\\/ -]{1,63}$/.test(text) || looksRandom(text) || looksSecret(text)) return false
  const words = wordsOf(text)
  const lettered = words.filter((word) => /[A-Za-z]/.test(word))
  // Where words are very short, chance has made them.
  return words.every(isNatural) && lettered.join('').replace(/\d/g, '').length >= lettered.length * 2.5
}

/** Could be a word of some language, in one case or with a capital, or is a small number, or both: `node18`, `4o`. */
function isNatural(word: string): boolean {
  if (isCommonWord(word) || /^(?:\d{1,6}|\d{1,4}[a-z]{1,2})$/i.test(word)) return true
  const [, letters = ''] = /^([a-z]{1,18}|[A-Z][a-z]{1,17}|[A-Z]{1,18})\d{0,4}$/.exec(word) ?? []
  return letters !== '' && (letters.length <= 3 || isPronounceable(letters.toLowerCase()))
}

function isPronounceable(text: string): boolean {
  return (
    /[aeiouy]/.test(text) &&
    !/[bcdfghjklmnpqrstvwxz]{5}|[aeiou]{4}|q[^u]|[jvwx][bcdfgjkmpqtvwxz]|[bcdfgpt][qxzj]|z[bcdfghjkmnpqrtvwx]/.test(
      text,
    )
  )
}

/** Whether chance may have made a stretch of it: letters, cases and digits in turn, long hex, what nobody can say. */
export function looksRandom(text: string): boolean {
  if (ISSUED.test(text)) return true
  const runs = text.match(/[A-Za-z0-9]{8,}/g) ?? []
  const all = text.replace(/[^A-Za-z0-9]/g, '')
  return (
    runs.some(isRandomRun) ||
    (all.length >= 16 && /^[\w+/=~-]+$/.test(text) && isRandomRun(all) && !hasWords(text))
  )
}

/** Beginnings that issuers give their tokens. */
const ISSUED =
  /^(?:gh[pousr]_|github_pat_|glpat-|gl[a-z]{2,5}-|xox[a-z]-|xapp-|sk[-_]|pk_|rk_|whsec_|npm_|pypi-|hf_|hv[sbr]\.|AKIA|ASIA|AIza|ya29\.|SG\.|dop_v1_|dp\.|shp[a-z]{2}_|PMAK-|lin_|secret_|ntn_|sntry[su]_|eyJ)[\w.=/+-]{8,}/

function hasWords(text: string): boolean {
  return wordsOf(text).every(isNatural)
}

function isRandomRun(run: string): boolean {
  if (run.length >= 16 && /^[0-9a-f]+$/i.test(run) && /\d/.test(run) && /[a-f]/i.test(run)) return true
  const pieces = run.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+/g) ?? []
  if (pieces.length >= 4 && run.length / pieces.length < (run.length < 12 ? 2.2 : 3)) return true
  // Letters in one case that no language has, or as many in a row as no word has.
  return pieces.some(
    (piece) =>
      /^[A-Za-z]{10,}$/.test(piece) &&
      !isCommonWord(piece) &&
      (piece.length > 24 || !isPronounceable(piece.toLowerCase())),
  )
}
