/**
 * Finds secrets that two servers share. If one server leaks the secret, or it is revoked, the other is affected too.
 * Two uses are of one secret when they have an equal key. A key is either the reference, as the store is asked for
 * it, or a fingerprint of the value under a random key of this process.
 */
import { createHmac, randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { canonicalJson } from '../../json/canonical.ts'
import { looksSecret } from '../../secrets/words/names.ts'
import type { StoreOptions } from '../../secrets/stores/options.ts'
import { resolvePath } from '../../secrets/text/read-text.ts'
import type { Reference } from '../../secrets/reference.ts'
import { MIN_MASKABLE_LENGTH } from '../../secrets/secret.ts'
import { prefixPath } from '../../secrets/stores/prefixed.ts'
import type { Mark, Position } from '../../config/problem.ts'

export interface SecretPlace {
  readonly serverId: string
  readonly at: Position
  /** `${team:/x}`, or `"API_KEY"` for a literal. */
  readonly shown: string
  /** The same for each reference that a store is asked for in the same words. */
  readonly identity?: string
  /** The same for each equal value. */
  readonly fingerprint?: string
}

export interface IdentityFacts {
  readonly stores: ReadonlyMap<string, StoreOptions>
  readonly environment: string
  readonly dir: string
}

/** One mark for each later server, which names the first one. */
export function sharedMarks(places: readonly SecretPlace[]): readonly Mark[] {
  const first = new Map<string, SecretPlace>()
  const told = new Set<string>()
  return places.flatMap((place): Mark[] => {
    const { identity, fingerprint, serverId, shown, at } = place
    const keys = [identity, fingerprint].filter((key) => key !== undefined)
    const other = keys.map((key) => first.get(key)).find((found) => found !== undefined)
    for (const key of keys) if (!first.has(key)) first.set(key, other ?? place)
    if (other === undefined || other.serverId === serverId) return []
    const once = JSON.stringify([serverId, other.serverId, ...keys])
    if (told.has(once)) return []
    told.add(once)
    const used = `"${other.serverId}" uses ${shown === other.shown ? 'too' : `as ${other.shown}`}`
    const message = `${shown} is the same secret that ${used}, in line ${other.at.line}`
    return [{ ...at, severity: 'warning', message, hint: HINT }]
  })
}

const HINT =
  'give each server a secret of its own, so that one can be revoked, and can leak, without the other'

/** Undefined for what is no secret of a store: a variable with a harmless name, or a lease, which is never shared. */
export function identityOf(reference: Reference, field: string, facts: IdentityFacts): string | undefined {
  if (reference.kind === 'lease') return undefined
  if (reference.kind === 'env') {
    return looksSecret(reference.name) || looksSecret(field)
      ? canonicalJson(['env', reference.name])
      : undefined
  }
  const { path, field: part = '' } = reference
  if (reference.kind === 'file') return canonicalJson(['file', resolvePath(path, facts.dir), part])
  const options = facts.stores.get(reference.store)
  if (options === undefined) return undefined
  const prefix = 'prefix' in options ? (options.prefix ?? '') : ''
  const meant = prefixPath(options.type, prefix, path).replaceAll('{environment}', facts.environment)
  if (options.type === 'env') return canonicalJson(part === '' ? ['env', meant] : ['env', meant, part])
  if (options.type === 'file' && !options.path.includes('{') && !options.path.includes('${')) {
    return canonicalJson(['file', resolve(resolvePath(options.path, facts.dir), meant), part])
  }
  return canonicalJson(['store', whichOne(options), meant, part])
}

/** What a store is, whoever logs in to it and however it is watched. */
function whichOne(options: StoreOptions): Record<string, unknown> {
  const others = ['prefix', 'auth', 'token', 'profile', 'poll', 'timeout']
  return Object.fromEntries(Object.entries(options).filter(([key]) => !others.includes(key)))
}

/** Values as short as a port or a yes are equal by chance. */
export function fingerprinter(): (value: string) => string | undefined {
  const key = randomBytes(32)
  return (value) =>
    value.length < MIN_MASKABLE_LENGTH ? undefined : createHmac('sha256', key).update(value).digest('base64')
}
