/**
 * Finds the places where a text of a server's entry holds a secret in plain: what looks like a token (find.ts), what
 * an address carries (address.ts), what the name before it gives away (argument.ts). `check` tells of it and `serve`
 * masks it, by the same judgement, so that nothing is recognised and still shown.
 */
import { holdsSecret } from '../words/places.ts'
import { secretsInAddresses } from './address.ts'
import { isSwitch, namedSecrets, schemeOf } from './argument.ts'
import { couldHoldToken, allTokens, type Token } from './find.ts'
import { isPlaceholder } from './placeholder.ts'

export interface InPlain {
  /** Within the text. */
  readonly from: number
  readonly to: number
  /** "a GitHub token"; undefined when only the name says that it is a secret. */
  readonly what?: string
  /** The name that says so. */
  readonly name?: string
}

export interface LaunchText {
  readonly text: string
  /** Of the variable or header. */
  readonly name?: string
  /** The argument in front of it. */
  readonly before?: string
}

/** Of a variable or a header whose name says so the whole is the secret; undefined where it doesn't, or nothing is there. */
export function namedAsSecret(name: string, text: string): InPlain | undefined {
  const from = schemeOf(text).length
  const value = text.slice(from)
  if (!holdsSecret(name, value) || isSwitch(value) || isPlaceholder(value)) return undefined
  return { from, to: text.length, name }
}

/** By names and addresses, which needs no rules of others. */
export function namedInPlain({ text, name, before }: LaunchText): readonly InPlain[] {
  const own = name === undefined ? undefined : namedAsSecret(name, text)
  return [
    ...(own === undefined ? namedSecrets(before, text) : [own]),
    ...secretsInAddresses(text),
    ...credentials(text),
  ]
}

/** `Bearer xyz`, whatever it is called. */
function credentials(text: string): readonly InPlain[] {
  const [, scheme = '', value = ''] =
    /^(?:[\w-]{1,64}:\s*)?((?:Bearer|Basic)\s+)([\w.~+/=-]{8,})$/i.exec(text) ?? []
  if (value === '' || isPlaceholder(value) || !/\d|[A-Z]|[a-z]{16}/.test(value)) return []
  const what = /^b(?:earer)/i.test(scheme) ? 'a bearer token' : 'a name with a password'
  return [{ from: text.length - value.length, to: text.length, what }]
}

/** Ends whatever a rule has begun: no token, name or blank holds it. */
const BETWEEN = '\n\0\n'

/** For each text, in its place; they may overlap. @throws when the rules can't be loaded. */
export async function secretsInPlain(texts: readonly LaunchText[]): Promise<readonly (readonly InPlain[])[]> {
  const tokens = texts.some(({ text }) => couldHoldToken(text))
    ? await allTokens(texts.map(({ text }) => text).join(BETWEEN))
    : []
  let start = 0
  return texts.map((launchText) => {
    const here = start
    start += launchText.text.length + BETWEEN.length
    const inside = ({ from, to }: Token): boolean => from >= here && to <= here + launchText.text.length
    const found = tokens
      .filter(inside)
      .map(({ from, to, what }) => ({ from: from - here, to: to - here, what }))
    return [...found, ...namedInPlain(launchText)]
  })
}

/**
 * The value, and the form that it has after an address or a JSON text is read. Of a form that may hold a slash the
 * rest of a path can't be told, so its first part counts too.
 */
export function inPlainReadings(text: string, { from, to }: InPlain): readonly string[] {
  const raw = text.slice(from, to)
  const [first] = /^[^/:]{20,}(?=\/)/.exec(raw) ?? []
  const read = [decoded(() => decodeURIComponent(raw)), decoded(() => JSON.parse(`"${raw}"`))]
  return [...new Set([raw, first, ...read])].filter(
    (value): value is string => typeof value === 'string' && value !== '',
  )
}

function decoded(read: () => unknown): unknown {
  try {
    return read()
  } catch {
    return undefined
  }
}
