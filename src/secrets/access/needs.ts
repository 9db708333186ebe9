/**
 * Lists what a server needs to read at a store, and nothing else: its references and its leases, under the names that
 * the back end uses. Settings that are part of these names are read on this machine only, from the environment. An
 * unknown one becomes a placeholder, `<NAME>`, which a person replaces.
 */
import { looksSecret } from '../words/names.ts'
import type { StoreOptions } from '../stores/options.ts'
import { parseTemplate, references, type Template } from '../reference.ts'
import { prefixPath } from '../stores/prefixed.ts'
import { aliasOf, storeFor } from '../stores/identity.ts'

export interface WantedSecret {
  /** As servers.yaml has it, for people. */
  readonly written: string
  /** As the back end has it: the prefix is in it, a field is not. */
  readonly path: string
  readonly field?: string
}

export interface Need<Options extends StoreOptions = StoreOptions> {
  readonly server: string
  /** `team`, or `team@github` where the server has a login of its own. */
  readonly store: string
  readonly options: Options
  readonly reads: readonly WantedSecret[]
  readonly leases: readonly WantedSecret[]
  /** A setting that is part of a name, with what it refers to filled in. */
  readonly setting: (key: string, source: string) => string
}

export interface NeedsContext {
  readonly server: string
  readonly templates: readonly Template[]
  readonly leases: ReadonlyMap<string, { readonly store: string; readonly path: string }>
  readonly stores: ReadonlyMap<string, StoreOptions>
  readonly environment: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** By store, in the order in which they are referred to; each name once. */
export function needsOf(context: NeedsContext): readonly Need[] {
  const wanted = new Map<string, { reads: Map<string, WantedSecret>; leases: Map<string, WantedSecret> }>()
  const at = (store: string): { reads: Map<string, WantedSecret>; leases: Map<string, WantedSecret> } => {
    const found = wanted.get(store) ?? { reads: new Map(), leases: new Map() }
    wanted.set(store, found)
    return found
  }
  const nameOf = (alias: string): string => storeFor(context.stores, alias, context.server)
  for (const { reference, text } of context.templates.flatMap(references)) {
    if (reference.kind === 'store') {
      const { store: alias, path, field } = reference
      const one = { written: text, path, ...(field === undefined ? {} : { field }) }
      const { reads } = at(nameOf(alias))
      // One that names a field says more.
      if (reads.get(path)?.field === undefined) reads.set(path, one)
    } else if (reference.kind === 'lease') {
      const lease = context.leases.get(reference.lease)
      if (lease === undefined) continue
      const { store, path } = lease
      at(nameOf(store)).leases.set(path, { written: `lease ${reference.lease} (${store}:${path})`, path })
    }
  }
  return [...wanted].flatMap(([store, { reads, leases }]) => {
    const options = context.stores.get(store)
    if (options === undefined) return []
    const setting = (key: string, source: string): string => filledIn(key, source, context)
    const prefix =
      'prefix' in options && options.prefix !== undefined ? setting('prefix', options.prefix) : ''
    const named = [...reads.values()].map((one) => ({
      ...one,
      path: prefixPath(options.type, prefix, one.path),
    }))
    return [{ server: context.server, store, options, reads: named, leases: [...leases.values()], setting }]
  })
}

/** A file may be anything, so none is read; neither is a variable whose name says that it is a secret. */
function filledIn(key: string, source: string, { environment, env }: NeedsContext): string {
  const parsed = parseTemplate(source)
  if (!parsed.ok) return `<${key}>`
  return parsed.template.parts
    .map((part) => {
      if (part.kind === 'literal') return part.text.replaceAll('{environment}', environment)
      const { reference, plain } = part
      if (reference.kind !== 'env' || (!plain && looksSecret(reference.name))) return `<${key}>`
      const value = env[reference.name]
      return (value === '' ? undefined : value) ?? reference.fallback ?? `<${reference.name}>`
    })
    .join('')
}

/** `team`, or `team (as github)`. */
export function showStore(store: string): string {
  const alias = aliasOf(store)
  return alias === store ? alias : `${alias} (as ${store.slice(alias.length + 1)})`
}
