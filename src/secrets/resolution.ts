/**
 * What comes of a server's references, put together without any I/O: composed fields, the uses that the audit log
 * records, and the problems. A field is composed only when all of its references are good.
 *
 * A resolved value is text and is not looked into again. An empty value counts as missing, and one with a NUL is
 * refused, because no environment or header can carry it (promise 1). Neither a use nor a problem holds a value
 * (promise 3).
 */
import type { Reference, ReferencePart, Template } from './reference.ts'
import { MIN_MASKABLE_LENGTH, Secret } from './secret.ts'
import { failure, type StoreAnswer, type StoreError, type StoreErrorCode } from './store.ts'

/** Variables that every child gets anyway: where things are, not what they are. Masking them would garble paths. */
const PUBLIC_VARIABLES: ReadonlySet<string> = new Set(
  'HOME LANG LOGNAME PATH PWD SHELL TEMP TERM TMP TMPDIR TZ USER USERNAME USERPROFILE APPDATA LOCALAPPDATA'.split(
    ' ',
  ),
)

export interface ResolveRequest {
  /** `env.GITHUB_TOKEN`, `headers.Authorization`, `args.2`. */
  readonly field: string
  readonly template: Template
}

export interface ResolvedField {
  /** The composed string. */
  readonly value: string
  /** Every referenced value, labelled `github.GITHUB_TOKEN`; not a default, nor a variable such as HOME. */
  readonly secrets: readonly Secret[]
}

export interface SecretUse {
  readonly field: string
  /** As written: `${team:/github/TOKEN}`. */
  readonly reference: string
  /** The store's alias, `team@github` where the server has a login of its own; or `env`, `file`, `lease`. */
  readonly store: string
  readonly outcome: 'ok' | StoreErrorCode
  /** `short`: too short to be masked. */
  readonly length?: 'empty' | 'short' | 'ok'
  readonly version?: string
}

export interface ResolveProblem {
  readonly field: string
  readonly reference: string
  readonly store: string
  readonly code: StoreErrorCode
  /** A sentence that names the reference. */
  readonly message: string
  readonly hint?: string
  /** How long the store wishes not to be asked again; whoever resolves anew waits at least so long. */
  readonly retryAfterMs?: number
  /** Whether the same may come to something later, of itself. */
  readonly retryable: boolean
}

export interface Resolution {
  /** Only the fields whose references are all good. */
  readonly fields: ReadonlyMap<string, ResolvedField>
  readonly uses: readonly SecretUse[]
  readonly problems: readonly ResolveProblem[]
}

/** Equal references, equal keys; a part's `text` won't do, as it elides the default. */
export function keyOf(reference: Reference): string {
  return JSON.stringify(Object.entries(reference).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

export interface Composition {
  readonly serverId: string
  readonly requests: readonly ResolveRequest[]
  readonly answers: ReadonlyMap<string, StoreAnswer>
  readonly env: NodeJS.ProcessEnv
  /** Which store an alias means to this server. */
  readonly storeName: (alias: string) => string
}

export function compose({ serverId, requests, answers, env, storeName }: Composition): Resolution {
  const fields = new Map<string, ResolvedField>()
  const uses: SecretUse[] = []
  const problems: ResolveProblem[] = []
  for (const { field, template } of requests) {
    const label = `${serverId}.${field.slice(field.indexOf('.') + 1)}`
    const texts: string[] = []
    const secrets: Secret[] = []
    const before = problems.length
    for (const part of template.parts) {
      if (part.kind === 'literal') {
        texts.push(part.text)
        continue
      }
      const given = answers.get(keyOf(part.reference))
      const answer = usable(part, given)
      const store = part.reference.kind === 'store' ? storeName(part.reference.store) : part.reference.kind
      uses.push(useOf(field, store, part, given, answer))
      if (!answer.ok) {
        problems.push(problemOf(field, store, part, answer.error))
        continue
      }
      texts.push(answer.value)
      if (isSecret(part.reference, env)) secrets.push(new Secret(answer.value, label))
    }
    if (problems.length === before) fields.set(field, { value: texts.join(''), secrets })
  }
  return { fields, uses, problems }
}

/** The answer, unless its value is one that nothing could be done with. */
function usable({ reference, text }: ReferencePart, answer: StoreAnswer | undefined): StoreAnswer {
  if (answer === undefined) return failure('unavailable', 'it was not answered')
  if (!answer.ok) return answer
  // An empty default is the operator's wish; any other emptiness is a missing secret in disguise.
  if (answer.value === '' && reference.kind !== 'env') {
    return failure('not_found', 'the value is empty', {
      hint: `give ${text} a value, or remove the reference`,
    })
  }
  if (answer.value.includes('\0')) {
    return failure('invalid_reference', "the value holds a NUL character, which can't be handed on", {
      hint: 'store it as text, for example in base64',
    })
  }
  return answer
}

function isSecret(reference: Reference, env: NodeJS.ProcessEnv): boolean {
  if (reference.kind !== 'env') return true
  const value = env[reference.name]
  return value !== undefined && value !== '' && !PUBLIC_VARIABLES.has(reference.name)
}

function useOf(
  field: string,
  store: string,
  { text }: ReferencePart,
  given: StoreAnswer | undefined,
  answer: StoreAnswer,
): SecretUse {
  const use = {
    field,
    reference: text,
    store,
    outcome: answer.ok ? 'ok' : answer.error.code,
  } as const
  if (given?.ok !== true) return use
  const length = given.value === '' ? 'empty' : given.value.length < MIN_MASKABLE_LENGTH ? 'short' : 'ok'
  return { ...use, length, ...(given.version === undefined ? {} : { version: given.version }) }
}

function problemOf(
  field: string,
  store: string,
  { text }: ReferencePart,
  { code, hint, message, retryable, retryAfterMs }: StoreError,
): ResolveProblem {
  return {
    field,
    reference: text,
    store,
    code,
    message: `${text}: ${message}`,
    retryable,
    ...(hint !== undefined && { hint }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  }
}
