/**
 * Secrets that the name before them gives away, wherever people write them on a command line: `--api-key VALUE`,
 * `--api-key=VALUE`, `-e TOKEN=VALUE` of containers, `--header "Authorization: Bearer VALUE"` of bridges,
 * `--config '{"apiKey":"VALUE"}'`, `sh -c "TOKEN=VALUE server"`.
 */
import { looksSecret } from '../words/names.ts'
import { holdsSecret } from '../words/places.ts'
import { isPlaceholder } from './placeholder.ts'

export interface NamedSecret {
  /** Without its dashes. */
  readonly name: string
  /** Within the argument. */
  readonly from: number
  readonly to: number
}

/** `before` is the argument in front of it, if any. In the order of the text, and apart from each other. */
export function namedSecrets(before: string | undefined, argument: string): readonly NamedSecret[] {
  const whole = wholeValue(before, argument)
  if (whole !== undefined) return secretOf(whole.name, whole.value, argument.length - whole.value.length)
  const found = [IN_JSON, IN_WORDS, AFTER_OPTION].flatMap((form) =>
    [...argument.matchAll(form)].flatMap((match) => {
      const { name = '', value = '' } = match.groups ?? {}
      return secretOf(name, value, match.index + match[0].lastIndexOf(value))
    }),
  )
  const apart: NamedSecret[] = []
  for (const secret of found.toSorted((a, b) => a.from - b.from)) {
    if (secret.from >= (apart.at(-1)?.to ?? 0)) apart.push(secret)
  }
  return apart
}

/** Where the whole rest of the argument is the value of something that is named like a secret. */
function wholeValue(
  before: string | undefined,
  argument: string,
): { readonly name: string; readonly value: string } | undefined {
  const { name, value } =
    (HEADER.exec(argument) ?? ASSIGNMENT.exec(argument) ?? COLON.exec(argument))?.groups ??
    (before?.startsWith('-') === true && !before.includes('=') && !/^-|^$/.test(argument)
      ? { name: before, value: argument }
      : {})
  if (name === undefined || value === undefined || !looksSecret(name)) return undefined
  return !value.includes('://') && ANOTHER.test(value) ? undefined : { name, value }
}

/** `--token=a=b`, `TOKEN=a=b`, `-eTOKEN=x`, `--env=TOKEN=x`. */
const ASSIGNMENT = /^(?:-e|--?[a-z-]{1,32}=)?(?<name>-{0,2}[\w.-]{1,64})=(?<value>.+)$/s

/** `Authorization: Bearer x`, `X-Api-Key:x`. */
const COLON = /^(?<name>[\w-]{1,64}):\s*(?<value>\S.*)$/s

/** `--header=Authorization: Bearer x`, `-HX-Api-Key: x`. */
const HEADER = /^(?:-H|--?[a-z-]{1,32}=)(?<name>[\w-]{1,64}):\s*(?<value>\S.*)$/s

/** What has a second assignment in it is a sentence, as a connection string or a command of a shell. */
const ANOTHER = /[;&\s]\s{0,8}-{0,2}[\w.-]{1,64}=/

const IN_JSON = /"(?<name>[\w.-]{1,64})"\s{0,8}:\s{0,8}"(?<value>(?:[^"\\]|\\.){1,4096})"/g

const IN_WORDS =
  /(?<![\w.-])(?<name>-{0,2}[\w.-]{1,64})=["']?(?<value>(?<=")[^"]{1,4096}|(?<=')[^']{1,4096}|[^\s"';&|,)}\]]{1,4096})/g

const AFTER_OPTION = /(?<![\w.-])--?(?<name>[\w.-]{1,64}) {1,8}(?<value>[^\s"'-][^\s"']{0,4096})/g

function secretOf(name: string, whole: string, start: number): readonly NamedSecret[] {
  const scheme = schemeOf(whole).length
  const value = whole.slice(scheme)
  if (!holdsSecret(name, value) || isSwitch(value) || value.startsWith('//') || isPlaceholder(value))
    return []
  return [{ name: name.replace(/^-+/, ''), from: start + scheme, to: start + whole.length }]
}

/** `Bearer ` and the like, which everybody may read. */
export function schemeOf(value: string): string {
  return /^(?:Bearer|Basic|Token)\s+/i.exec(value)?.[0] ?? ''
}

/** `USE_TOKEN: true` holds no token. */
export function isSwitch(value: string): boolean {
  return /^(true|false|yes|no|on|off|none|null|undefined)?$/i.test(value.trim())
}
