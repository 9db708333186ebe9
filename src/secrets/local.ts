/**
 * `${env:…}` and `${file:…}`, which need no store: for a server's fields, and for a store's own settings. As in a
 * shell with `:-`, a variable that is set but empty counts as unset.
 */
import { variable } from '../json/named.ts'
import type { Reference } from './reference.ts'
import { pickField } from './text/json-field.ts'
import { readText, resolvePath, trimFinalNewline } from './text/read-text.ts'
import { asStoreError, failure, type StoreAnswer } from './store.ts'

export type LocalReference = Extract<Reference, { kind: 'env' | 'file' }>

export interface LocalContext {
  readonly env: NodeJS.ProcessEnv
  /** The directory of servers.yaml. */
  readonly baseDir: string
}

export function isLocal(reference: Reference): reference is LocalReference {
  return reference.kind === 'env' || reference.kind === 'file'
}

export async function readLocal(reference: LocalReference, context: LocalContext): Promise<StoreAnswer> {
  if (reference.kind === 'env') return readEnv(reference, context.env)
  try {
    const text = await readText(resolvePath(reference.path, context.baseDir))
    return pickField(trimFinalNewline(text), reference.field, reference.path)
  } catch (error) {
    return { ok: false, error: asStoreError(error, `${reference.path} can't be read`) }
  }
}

function readEnv(reference: Extract<Reference, { kind: 'env' }>, env: NodeJS.ProcessEnv): StoreAnswer {
  const { name, fallback } = reference
  const value = variable(env, name)
  if (value !== undefined && value !== '') return { ok: true, value }
  if (fallback !== undefined) return { ok: true, value: fallback }
  return failure('not_found', `the environment variable ${name} is ${value === '' ? 'empty' : 'not set'}`, {
    hint: `set ${name} where the host starts sidemux, or give it a default: \${env:${name}:-default}`,
  })
}
