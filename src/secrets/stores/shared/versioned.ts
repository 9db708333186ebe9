/**
 * A chosen version in a reference's path: `${cloud:name?version=3#field}`, `${cloud:name?stage=AWSPREVIOUS}`. A `?`
 * can stand in no secret's name at AWS, Azure or Google, while `@` and `/` can.
 */

export interface Versioned {
  readonly name: string
  readonly version?: string
  readonly stage?: string
}

type Key = 'version' | 'stage'

export function parseVersioned(path: string): Versioned {
  const [name = '', query = ''] = path.split('?', 2)
  const [, key, value] = /^(version|stage)=(.+)$/.exec(query) ?? []
  return key === undefined || value === undefined ? { name } : { name, [key]: value }
}

/** What is wrong with the text, as sentences. */
export function checkVersioned(
  path: string,
  alias: string,
  name: RegExp,
  keys: Readonly<Partial<Record<Key, RegExp>>>,
): readonly string[] {
  const at = path.indexOf('?')
  const before = at === -1 ? path : path.slice(0, at)
  if (!name.test(before)) return [`"${before}" can't be the name of a secret there`]
  if (at === -1) return []
  const [key = '', value = ''] = path.slice(at + 1).split(/=(.*)/s)
  const pattern = Object.hasOwn(keys, key) ? keys[key as Key] : undefined
  if (pattern?.test(value) === true) return []
  const known = Object.keys(keys).map((key) => `\${${alias}:${before}?${key}=…}`)
  return [`"${path.slice(at)}" does not choose a version; write ${known.join(' or ')}`]
}
