/**
 * Secrets that stand in servers.yaml in plain: by how they look (secrets/tokens/), as part of an address, or by the
 * name before them. They are masked like any other (promise 3), unless they are too short for it; either
 * way they are better kept in a store, and `check` says so without showing them. A text is told of once, by the
 * most telling of the three.
 */
import { parseTemplate, references } from '../../secrets/reference.ts'
import { MIN_MASKABLE_LENGTH } from '../../secrets/secret.ts'
import { withoutReferences } from '../../secrets/tokens/address.ts'
import { namedInPlain } from '../../secrets/tokens/in-plain.ts'
import { weaknessOf } from '../../secrets/parts/usual-setting.ts'
import { byName } from '../../upstream/launch/plain.ts'
import type { FoundTokens } from './found.ts'
import { nameOf, type PlainText, type ReadTexts } from './texts.ts'
import { WEAK } from './weak.ts'
import { variableOf } from '../../config/container.ts'
import { KEEP } from '../../config/paste/keep.ts'
import { showKey, type Mark, type Position } from '../../config/problem.ts'
import { holdsVariable } from '../../config/templates.ts'

export const TOO_SHORT = `too short to mask: text of fewer than ${MIN_MASKABLE_LENGTH} characters is found everywhere`
export const TOO_SHORT_HINT =
  'replace it by a longer secret where it was made; it may show up in results and logs'

/** A secret in a text, as its place in `written`. */
export interface Literal {
  readonly text: PlainText
  readonly from: number
  readonly to: number
  readonly at: Position
  /** "a GitHub token"; undefined when only the name says that it is one. */
  readonly what?: string
  /** The name that says so. */
  readonly name?: string
}

/** What only a host would put something in place of is no secret. */
const VARIABLES = {
  env: 'env',
  headers: 'headers',
  'command line': 'args',
  address: 'url',
  setting: 'env',
} as const

export function literalsOf(read: ReadTexts, tokens: FoundTokens): readonly Literal[] {
  const seen = new Set<PlainText['node']>()
  return read.texts.flatMap((text, index): readonly Literal[] => {
    if (holdsVariable(text.written, VARIABLES[text.place])) return []
    // What several entries share through an alias stands there once.
    if (seen.has(text.node)) return []
    seen.add(text.node)
    const found = tokens.inTexts.get(text.node) ?? []
    if (found.length > 0) {
      return found.map(({ from, to, what, offset }) => ({
        text,
        from,
        to,
        what,
        at: read.positionAt(offset),
      }))
    }
    return namedLiterals(text, read.texts[index - 1])
  })
}

export function literalMarks(read: ReadTexts, tokens: FoundTokens): readonly Mark[] {
  const elsewhere = tokens.elsewhere.map(({ what, offset }) =>
    warning(
      read.positionAt(offset),
      `what looks like ${what} stands here in plain text`,
      'remove it, and replace it where it was made if others could read the file',
    ),
  )
  const keys = new Set(tokens.elsewhere.map(({ from, to }) => read.source.slice(from, to)))
  return [...literalsOf(read, tokens).map((literal) => markOf(literal, keys)), ...elsewhere]
}

/** `keys`: tokens that stand where a name belongs. */
function markOf(literal: Literal, keys: ReadonlySet<string>): Mark {
  const { text, at, what, name, from, to } = literal
  const { place } = text
  const variable = place === 'env' || place === 'headers'
  const key = name ?? String(nameOf(text))
  const shown = keys.has(key) ? 'a value' : showKey(key, 'a value')
  if (what === undefined && variable && to - from < MIN_MASKABLE_LENGTH) {
    return warning(at, `${shown} is ${TOO_SHORT}`, TOO_SHORT_HINT)
  }
  if (place === 'command line') {
    const subject = what === undefined ? `${shown} is a secret` : `what looks like ${what} stands here`
    const variable = variableOf(text.written)
    const inEnv =
      variable === undefined
        ? 'pass it in `env:` if the server can take it from there'
        : `${byName(variable, '…')}; then ${MOVE}`
    const hint = text.serverId === undefined ? SETTING : inEnv
    return warning(at, `${subject} in plain text, and others can read a command line`, hint)
  }
  if (place === 'address') {
    const hint = 'send it in `headers:`, as a reference'
    return warning(at, `"url" holds ${what ?? 'a secret'} in plain text, and addresses end up in logs`, hint)
  }
  const subject = what === undefined ? `${shown} is a secret` : `${shown} holds what looks like ${what},`
  const weakness = variable && what === undefined ? weaknessOf(text.written.slice(from, to)) : undefined
  const weak = weakness === undefined ? '' : ` and ${weakness}: ${WEAK}`
  return warning(at, `${subject} in plain text${weak}`, variable ? moving(literal) : SETTING)
}

const MOVE = 'run "sidemux secrets migrate", which moves it to a store and leaves a reference'
const SETTING = 'put it into the environment or a file of its own: ${env:NAME} or ${file:/path}'

function moving({ text: { written }, from, to }: Literal): string {
  return isInReference(written, from, to) ? KEEP : MOVE
}

/** By the name before it or as part of an address. */
function namedLiterals(text: PlainText, before: PlainText | undefined): readonly Literal[] {
  const { place, written, at } = text
  const last = nameOf(text)
  const isArgument = typeof last === 'number'
  const literal = withoutReferences(written)
  const found = namedInPlain({
    text: literal,
    ...(isArgument || place === 'command line' || place === 'address' ? {} : { name: String(last) }),
    ...(isArgument && last > 0 && before !== undefined ? { before: before.written } : {}),
  }).filter(({ from, to }) => !literal.slice(from, to).includes('\0'))
  // The name of a variable says that all of its value is the secret, and what to call it.
  const telling =
    found.find(({ name }) => name !== undefined && name === last) ?? found.find(({ what }) => what)
  const told = telling === undefined ? found : [telling]
  return told.slice(0, MOST).map((literal) => ({ text, at, ...literal }))
}

/** Nobody reads more of one text, and one may be made of nothing else. */
const MOST = 100

/** Whether a part of a text is, or holds, part of a reference: a default, or a host beside a password. */
export function isInReference(written: string, from: number, to: number): boolean {
  const parsed = parseTemplate(written)
  if (!parsed.ok) return true
  return references(parsed.template).some(({ offset }) => offset < to && from <= written.indexOf('}', offset))
}

/** Undefined when it holds a reference, or is no template. */
export function literalText(written: string): string | undefined {
  const parsed = parseTemplate(written)
  if (!parsed.ok || references(parsed.template).length > 0) return undefined
  return parsed.template.parts.map((part) => (part.kind === 'literal' ? part.text : '')).join('')
}

function warning(at: Position, message: string, hint: string): Mark {
  return { ...at, severity: 'warning', message, hint }
}
