/**
 * Puts the values of a server's references together, without any I/O: the composed fields, the uses for the audit
 * log, and the problems. A field is composed only when all of its references are good.
 *
 * A resolved value is text and is not looked into again. An empty value counts as missing, and one with a NUL is
 * refused, because no environment or header can carry it (promise 1). Neither a use nor a problem holds a value
 * (promise 3).
 */
import { looksSecret } from '../words/names.ts'
import { saysWhere } from '../words/places.ts'
import type { Reference, ReferencePart, Template } from '../reference.ts'
import { MIN_MASKABLE_LENGTH, Secret } from '../secret.ts'
import { failure, type StoreAnswer, type StoreError, type StoreErrorCode } from '../store.ts'
import { plainSetting, weaknessOf } from '../parts/usual-setting.ts'

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
  /**
   * Every referenced value, labelled `github.GITHUB_TOKEN`; not a default, nor a variable such as HOME, nor what is
   * declared plain or is a usual setting (usual-setting.ts).
   */
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
  /** The server has a placeholder of it. */
  readonly deliver?: 'broker'
  /** No secret: declared so, a default, a variable such as HOME, or a usual setting. */
  readonly plain?: true
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
  /** The value behind each good use, plain ones included, for who checks what becomes of it. */
  readonly values: ReadonlyMap<SecretUse, Secret>
  /** Only the fields whose references are all good. */
  readonly fields: ReadonlyMap<string, ResolvedField>
  readonly uses: readonly SecretUse[]
  readonly problems: readonly ResolveProblem[]
}

/** Equal references, equal keys; a part's `text` won't do, as it elides the default. */
export function referenceKey(reference: Reference): string {
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

export function composeFields({ serverId, requests, answers, env, storeName }: Composition): Resolution {
  const fields = new Map<string, ResolvedField>()
  const uses: SecretUse[] = []
  const values = new Map<SecretUse, Secret>()
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
      const given = answers.get(referenceKey(part.reference))
      const answer = usable(part, given)
      const store = part.reference.kind === 'store' ? storeName(part.reference.store) : part.reference.kind
      const use = useOf({ field, store, part, given, answer, env })
      uses.push(use)
      if (!answer.ok) {
        problems.push(problemOf(field, store, part, answer.error))
        continue
      }
      texts.push(answer.value)
      const secret = new Secret(answer.value, label)
      values.set(use, secret)
      if (!use.plain) secrets.push(secret)
    }
    if (problems.length > before) continue
    const value = texts.join('')
    // What is too short to be masked alone isn't together with what stands around it.
    if (
      template.parts.length > 1 &&
      secrets.some(({ maskable }) => !maskable) &&
      weaknessOf(value) === undefined
    )
      secrets.push(new Secret(value, label))
    fields.set(field, { value, secrets })
  }
  return { fields, uses, problems, values }
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

/** Why a value is no secret; undefined for one that is, or that can't be told from one. */
export function whyPlain(
  { reference, plain }: Pick<ReferencePart, 'reference' | 'plain'>,
  value: string,
  { env, field }: Pick<Used, 'env' | 'field'>,
): string | undefined {
  if (plain) return 'as declared'
  if (reference.kind === 'env') {
    const own = env[reference.name]
    if (own === undefined || own === '') return 'the default'
    if (PUBLIC_VARIABLES.has(reference.name)) return 'a variable that every server gets'
    if (saysWhere(own)) return 'a path'
  }
  // What a variable is called where it is used says as much as what it is called where it is kept.
  return looksSecret(field.slice(field.indexOf('.') + 1)) ? undefined : plainSetting(reference, value)
}

interface Used {
  readonly field: string
  readonly store: string
  readonly part: ReferencePart
  /** By the store, and what is made of it. */
  readonly given: StoreAnswer | undefined
  readonly answer: StoreAnswer
  readonly env: NodeJS.ProcessEnv
}

function useOf({ field, store, part, given, answer, env }: Used): SecretUse {
  const isPlain = answer.ok ? whyPlain(part, answer.value, { env, field }) !== undefined : part.plain
  const use: SecretUse = {
    field,
    reference: part.text,
    store,
    outcome: answer.ok ? 'ok' : answer.error.code,
    ...(isPlain ? { plain: true } : {}),
  }
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
