/**
 * `prefix:` of a store, for all of them in one place, so that no store knows of it: every reference is asked for
 * under the name that the prefix makes of it, and what a store says about that name is said in the words of
 * servers.yaml. Leases are asked for as they are written, since their paths name engines and roles.
 */
import type { StoreOptions } from './options.ts'
import { StoreError, type Store, type StoreReference } from '../store.ts'
import type { Settings } from './settings.ts'
import { traitsOf, type StoreType } from './traits.ts'
import { isWritable, type WritableStore } from './writable.ts'

/** Empty where there is none. @throws StoreError when it can't be told. */
export async function prefixOf(options: StoreOptions, settings: Settings): Promise<string> {
  const given = 'prefix' in options ? options.prefix : undefined
  return given === undefined || given === '' ? '' : settings.withEnvironment('prefix', given)
}

/**
 * `/github/TOKEN` with the prefix `dev_`: in Infisical, whose paths are folders with the name at their end, it is
 * `/github/dev_TOKEN`, and elsewhere `/dev_github/TOKEN`.
 */
export function prefixPath(type: StoreType, prefix: string, path: string): string {
  if (traitsOf(type).identifier?.test(path) === true) return path
  const start = type === 'infisical' ? path.lastIndexOf('/') + 1 : leading(path)
  const name = path.slice(start)
  // What has no name is for the store to refuse.
  if (name === '') return path
  return path.slice(0, start) + (start > 0 ? prefix.replace(/^\/+/, '') : prefix) + name
}

/** The `/` or `op://` that a path begins with. */
function leading(path: string): number {
  return /^(?:[a-z]+:\/\/|\/)?/.exec(path)?.[0].length ?? 0
}

export function prefixed(store: Store, type: StoreType, alias: string, prefix: string): Store {
  if (prefix === '') return store
  const meant = (reference: StoreReference): StoreReference => ({
    ...reference,
    path: prefixPath(type, prefix, reference.path),
  })
  const words = (reference: StoreReference): Words => wordsFor(type, prefix, alias, reference.path)
  const watch = store.watch?.bind(store)
  const filesInClear = store.filesInClear?.bind(store)
  const wrapped: Store = {
    ...store,
    validate: (reference) =>
      store.validate(meant(reference)).map((problem) => sentence(problem, words(reference))),
    async resolve(references, context) {
      const answers = await store.resolve(references.map(meant), context)
      return answers.map((answer, at) => {
        const reference = references[at]
        if (answer.ok || reference === undefined) return answer
        return { ok: false, error: inTheirWords(answer.error, words(reference)) }
      })
    },
    ...(watch && {
      watch: (references, onChange, onLook) => watch(references.map(meant), onChange, onLook),
    }),
    ...(filesInClear && { filesInClear: (references) => filesInClear(references.map(meant)) }),
  }
  if (!isWritable(store)) return wrapped
  const put: WritableStore['put'] = (path, value, signal) => store.put(meant({ path }).path, value, signal)
  return Object.assign(wrapped, { put })
}

interface Words {
  readonly alias: string
  /** What names that can be referred to begin with. */
  readonly prefix: string
  readonly written: string
  readonly meant: string
  /** Whatever of it a store may quote. */
  readonly quoted: readonly string[]
}

function wordsFor(type: StoreType, prefix: string, alias: string, written: string): Words {
  const meant = prefixPath(type, prefix, written)
  const words = { alias, written, meant }
  if (type !== 'infisical') return { ...words, prefix, quoted: [meant.slice(leading(meant))] }
  // Infisical speaks of a folder and of a name in it.
  const [folder, name] = halves(meant)
  const other = folder === halves(written)[0] ? [] : [folder]
  return { ...words, prefix: halves(prefix)[1], quoted: [name, ...other] }
}

function halves(path: string): readonly [folder: string, name: string] {
  const slash = path.lastIndexOf('/')
  return [path.slice(0, Math.max(0, slash)), path.slice(slash + 1)]
}

function inTheirWords(error: StoreError, words: Words): StoreError {
  const { code, message, hint, retryable, retryAfterMs } = error
  return new StoreError(code, sentence(message, words), {
    ...(hint === undefined ? {} : { hint: advice(hint, words) }),
    retryable,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
}

/** The back end's name stays, since that is what to look for there, and how it came about is said. */
function sentence(text: string, words: Words): string {
  const { written, meant, quoted } = words
  const told = references(text, words)
  return written !== meant && quoted.some((name) => told.includes(name))
    ? `${told} (prefix: of the store makes ${written} ${meant})`
    : told
}

/** What is to be written into servers.yaml goes without the prefix. */
function advice(text: string, words: Words): string {
  const { prefix } = words
  return references(text, words).replace(/did you mean ([^#?][^?]*)\?/, (whole, name: string) => {
    if (name.startsWith(prefix)) return `did you mean ${name.slice(prefix.length)}?`
    return `is it ${name}, which prefix: of the store leaves out?`
  })
}

function references(text: string, { alias, written, meant }: Words): string {
  return ['', '/'].reduce(
    (told, slash) => told.replaceAll(`${alias}:${slash}${meant}`, `${alias}:${slash}${written}`),
    text,
  )
}
