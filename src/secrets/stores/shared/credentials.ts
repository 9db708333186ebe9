/**
 * The values by which the stores are opened. No child is given them, and still they are masked like what a child was
 * given: an unconfined child can read them where the sidecar got them, and a call that carries one is not made.
 */
import { looksSecret } from '../../words/names.ts'
import { saysWhere } from '../../words/places.ts'
import { parseTemplate, references } from '../../reference.ts'
import { Secret } from '../../secret.ts'

/** @param stores each store's settings by alias: strings in any depth, references in them unresolved. */
export function storeCredentials(
  stores: ReadonlyMap<string, unknown>,
  env: Readonly<Record<string, string | undefined>>,
): Secret[] {
  return [...stores].flatMap(([alias, settings]) => credentialsIn(settings, `secrets.${alias}`, '', env))
}

function credentialsIn(
  value: unknown,
  path: string,
  key: string,
  env: Readonly<Record<string, string | undefined>>,
): Secret[] {
  if (typeof value === 'string') return credentialsOf(value, path, looksSecret(key), env)
  if (value === null || typeof value !== 'object') return []
  return Object.entries(value).flatMap(([name, member]: [string, unknown]) =>
    credentialsIn(member, `${path}.${name}`, name, env),
  )
}

function credentialsOf(
  source: string,
  path: string,
  isSecret: boolean,
  env: Readonly<Record<string, string | undefined>>,
): Secret[] {
  const parsed = parseTemplate(source)
  if (!parsed.ok) return []
  const referenced = references(parsed.template).flatMap(({ reference, plain }) => {
    const own = reference.kind === 'env' && !plain ? env[reference.name] : undefined
    const named = reference.kind === 'env' && looksSecret(reference.name)
    return own === undefined || own === '' || saysWhere(own) || !(isSecret || named)
      ? []
      : [new Secret(own, path)]
  })
  const isLiteral = references(parsed.template).length === 0
  return isLiteral && isSecret && source !== '' && !saysWhere(source)
    ? [new Secret(source, path)]
    : referenced
}
