/**
 * Turns the findings of the schema into sentences for people: what is expected, and what kind of value is there
 * instead, but never the value. The library's messages are used only where we wrote them in an options.ts.
 */
import type { z } from 'zod'
import { nearestName } from '../nearest.ts'
import { knownKeys } from './schema/known-keys.ts'
import { isRecord } from '../json/record.ts'
import { showKey, showPlace, type Finding, type Path } from './problem.ts'

type Issue = z.core.$ZodIssue

export function explainIssues(issues: readonly Issue[], value: unknown): readonly Finding[] {
  return issues.flatMap((issue) => explainIssue(issue, value))
}

function explainIssue(issue: Issue, value: unknown): readonly Finding[] {
  const path = issue.path.filter((step) => typeof step !== 'symbol')
  const meant = issue.code === 'invalid_union' ? shapeMeant(issue.errors) : undefined
  if (meant !== undefined)
    return meant.flatMap((inner) => explainIssue({ ...inner, path: [...issue.path, ...inner.path] }, value))
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key, value))
  if (issue.code === 'invalid_key') {
    const said = issue.issues[0]?.message ?? 'not a name that fits here'
    return [error(path, 'key', `${showPlace(path)}: ${said}`, 'give it another name')]
  }
  const found = valueAt(value, path)
  const expected = expectation(issue)
  if (found === undefined) return [missing(path, expected)]
  const instead = issue.code === 'invalid_type' ? `, found ${kindOf(found)}` : ''
  return [error(path, 'value', `${showPlace(path)}: expected ${expected}${instead}`, advice(issue, found))]
}

/** Of several shapes the only one that what is there has the kind of; what is wrong lies within it. */
function shapeMeant(shapes: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const fitting = shapes.filter((issues) => !issues.some(isOfKind))
  const [only] = fitting
  return fitting.length === 1 ? only : undefined
}

/** The value itself is of another kind, whichever of several shapes is looked at. */
function isOfKind(issue: Issue): boolean {
  if (issue.path.length > 0) return false
  if (issue.code === 'invalid_union') return issue.errors.every((inner) => inner.some(isOfKind))
  return issue.code === 'invalid_type' || issue.code === 'invalid_value'
}

function missing(path: Path, expected: string): Finding {
  const inside = path.length > 1 ? ` in ${showPlace(path.slice(0, -1))}` : ''
  return error(path, 'value', `${showPlace(path)} is missing${inside}`, `expected is ${expected}`)
}

/** What a slip of the finger can't explain: the words of other tools for the same thing. */
const MEANT: ReadonlyMap<string, string> = new Map([
  ['cmd', '"command"'],
  ['envs', '"env"'],
  ['environmentVariables', '"env"'],
  ['enabled', '`disabled: true` or `disabled: false`'],
  ['workingDirectory', '"cwd"'],
  ['endpoint', '"url"'],
  ['stores', '"secrets"'],
])

function unknownKey(path: Path, key: string, value: unknown): Finding {
  const known = knownKeys(path, value)
  const inside = path.length === 0 ? '' : ` in ${showPlace(path)}`
  const message = `unknown key ${showKey(key, '')}`.trim() + inside
  return error([...path, key], 'key', message, keyAdvice(key, known))
}

function keyAdvice(key: string, known: readonly string[]): string {
  if (key === '<<') return 'YAML 1.2 has no merge keys; write the fields out'
  const near = nearestName(key, known)
  if (near !== undefined) return `did you mean "${near}"?`
  const meant = MEANT.get(key)
  if (meant !== undefined && known.some((name) => meant.includes(name))) return `did you mean ${meant}?`
  return `known here: ${known.join(', ')}`
}

/** What should be there, as it ends the sentence "expected …". */
function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return isOurs(issue) ? ourWords(issue.message) : (KINDS[issue.expected] ?? 'something else')
    case 'invalid_value':
      return oneOf(issue.values.map(String))
    case 'invalid_union':
      return oneOf(unionOptions(issue)) || ourWords(issue.message)
    case 'too_small':
      return issue.origin === 'string' ? 'text that is not empty' : `at least ${issue.minimum} of them`
    case 'too_big':
      return `at most ${issue.maximum} ${issue.origin === 'string' ? 'characters' : 'of them'}`
    case 'invalid_format':
    case 'custom':
      return issue.message.replace(/^expected /, '')
    case 'invalid_element':
    case 'invalid_key':
    case 'not_multiple_of':
    case 'unrecognized_keys':
    default:
      return 'something else'
  }
}

/** Written in an options.ts; the library begins in another way. */
function isOurs({ message }: Issue): boolean {
  return message.startsWith('expected ')
}

/** A union without a discriminator says itself what it is, or nothing that people would understand. */
function ourWords(message: string): string {
  return message.startsWith('expected ') ? message.slice('expected '.length) : 'something else'
}

function advice(issue: Issue, found: unknown): string | undefined {
  if (issue.code === 'invalid_type' && issue.path.length === 3 && issue.path[0] === 'servers') {
    const [, , field] = issue.path
    if (field === 'args' && typeof found === 'string') return 'write each word as an item: args: [-y, NAME]'
    if ((field === 'env' || field === 'headers') && Array.isArray(found))
      return `write a mapping: ${field}: { NAME: value }`
  }
  if (issue.code === 'invalid_type' && issue.expected === 'string' && !isOurs(issue)) {
    if (typeof found === 'number' || typeof found === 'boolean') return 'put it in quotes'
    if (found === null) return 'write "" if it is meant to be empty, or remove the key'
  }
  if (issue.code === 'invalid_type' && issue.expected === 'boolean' && typeof found === 'string')
    return 'write true or false, without quotes'
  if (issue.code === 'invalid_type' && issue.expected === 'array')
    return typeof found === 'string' ? 'put it into a list: [ … ]' : 'write [ … ], or remove the key'
  if (issue.code === 'custom' && typeof issue.params?.['hint'] === 'string') return issue.params['hint']
  const candidates = issue.code === 'invalid_value' ? issue.values.map(String) : unionOptions(issue)
  const near = typeof found === 'string' ? nearestName(found, candidates) : undefined
  return near === undefined ? undefined : `did you mean "${near}"?`
}

/** What the discriminator of a union may be. */
function unionOptions(issue: Issue): readonly string[] {
  return 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : []
}

function oneOf(values: readonly string[]): string {
  return values.length <= 1 ? values.join('') : `one of ${values.join(', ')}`
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list ([…], or lines with "- ")',
  object: 'a mapping (lines of "key: value")',
  record: 'a mapping (lines of "key: value")',
}

function kindOf(value: unknown): string {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  return (
    { string: 'text', number: 'a number', boolean: 'true or false' }[typeof value as string] ?? 'a mapping'
  )
}

export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inside, step) => {
    if (Array.isArray(inside) && typeof step === 'number') return inside[step]
    return isRecord(inside) && Object.hasOwn(inside, step) ? inside[String(step)] : undefined
  }, value)
}

function error(path: Path, on: 'key' | 'value', message: string, hint?: string): Finding {
  return { path, on, severity: 'error', message, ...(hint === undefined ? {} : { hint }) }
}
