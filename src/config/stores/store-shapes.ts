/**
 * Reports with its line what a store would refuse because of how its settings are written, before a server needs the
 * store. The stores judge again when the references have values.
 */
import { flawOf } from '../../net/reach.ts'
import { nearestName } from '../../nearest.ts'
import type { StoreOptions } from '../../secrets/stores/options.ts'
import { traitsOf } from '../../secrets/stores/traits.ts'
import { showKey, type Finding, type Path } from '../problem.ts'
import { parsedUrl } from '../../parsed-url.ts'

export function storeShapeFindings(alias: string, options: StoreOptions): readonly Finding[] {
  const path = ['secrets', alias]
  if (options.type === 'exec') return commandFindings(options.command, [...path, 'command'])
  const { address } = traitsOf(options.type)
  return Object.entries(options).flatMap(([key, value]: [string, unknown]) =>
    typeof value === 'string' ? settingFindings(key, value, [...path, key], key === address) : [],
  )
}

/** As secrets/stores/exec/store.ts has it. */
function commandFindings([program = '', ...rest]: readonly string[], path: Path): readonly Finding[] {
  if (program.trim() === '')
    return [error([...path, 0], '"command" names no program', 'write the program first')]
  if (/\{(?:path|field)\}/.test(program)) {
    const hint = 'write the program first and {path} among its arguments'
    return [error([...path, 0], '"command" lets a reference choose the program', hint)]
  }
  if (rest.some((argument) => argument.includes('{path}'))) return []
  const hint = 'write "{path}" among its arguments, where the name of the secret goes'
  return [error(path, '"command" does not say {path}, so every reference would get the same value', hint)]
}

function settingFindings(key: string, text: string, path: Path, isAddress: boolean): readonly Finding[] {
  if (text.trim() === '' && key !== 'prefix')
    return [error(path, `${showKey(key)} is empty`, 'give it a value, or remove it')]
  const slip = [...text.matchAll(/\{([a-z]+)\}/g)].find(
    ([, name = '']) => name !== 'environment' && nearestName(name, ['environment']) !== undefined,
  )
  if (slip !== undefined)
    return [error(path, `${showKey(key)} says ${slip[0]}`, 'did you mean {environment}?')]
  if (!isAddress || text.includes('${')) return []
  const written = text.replaceAll('{environment}', 'x')
  const url = parsedUrl(written)
  const flaw = url === undefined || !/^https?:$/.test(url.protocol) ? 'no-address' : flawOf(url)
  if (flaw === 'no-address' || flaw === 'credentials')
    return [
      error(path, `${showKey(key)} is not the URL of a server`, 'write it as https://vault.example.com'),
    ]
  if (flaw === undefined) return []
  return [
    error(
      path,
      `${showKey(key)} would send secrets unencrypted over the network`,
      'write https:// in its place',
    ),
  ]
}

function error(path: Path, message: string, hint: string): Finding {
  return { path, on: 'value', severity: 'error', message, hint }
}
