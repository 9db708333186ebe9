/**
 * Bitwarden Secrets Manager: `bws secret get ID`, or for a name `bws secret list`, once for a whole batch. Names need
 * not be unique there; one that stands for two secrets is refused, since either could be meant.
 */
import { pickField } from '../../text/json-field.ts'
import { nearestName } from '../../../nearest.ts'
import { failure, type Store, type StoreAnswer, type StoreReference } from '../../store.ts'
import type { BwsOptions } from './bws.options.ts'
import { baseUrl } from '../shared/http.ts'
import { openPreset } from './preset.ts'
import type { Settings } from '../settings.ts'

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const AS_JSON = ['--output', 'json', '--color', 'no']

interface Listed {
  readonly id: string
  readonly key: string
  readonly value: string
  readonly revisionDate?: unknown
}

export async function openBws(options: BwsOptions, settings: Settings): Promise<Store> {
  const { alias } = settings
  const project =
    options.projectId === undefined ? [] : [await settings.withEnvironment('projectId', options.projectId)]
  const variables: Record<string, string> = { BWS_ACCESS_TOKEN: await settings.text('token', options.token) }
  if (options.serverUrl !== undefined) {
    const given = await settings.text('serverUrl', options.serverUrl)
    variables['BWS_SERVER_URL'] = baseUrl(given, settings, 'serverUrl', 'https://vault.bitwarden.eu')
  }
  if (project[0]?.startsWith('-') === true) throw settings.problem('projectId', 'is not an id')

  function take(output: string, { path, field }: StoreReference): StoreAnswer {
    const listed = parseListed(output)
    if (listed === undefined) {
      return failure('unavailable', 'bws printed something else than secrets', {
        hint: 'check that bws is version 1 or later',
      })
    }
    const found = ID.test(path) ? listed : listed.filter(({ key }) => key === path)
    const [secret, second] = found
    if (secret === undefined) return missing(path, listed)
    if (second !== undefined) {
      return failure('invalid_reference', `${found.length} secrets are called ${path}`, {
        hint: `refer to one by its id: \${${alias}:${secret.id}}, or set projectId: on the store`,
      })
    }
    const { value, revisionDate } = secret
    return pickField(
      value,
      field,
      `${alias}:${path}`,
      typeof revisionDate === 'string' ? revisionDate : undefined,
    )
  }

  return openPreset(
    {
      type: 'bws',
      program: 'bws',
      failing: 'check token: of the store, and that the machine account sees the secret',
      inherits: ['BWS_CONFIG_FILE'],
      variables,
      validate: () => [],
      args: ({ path }) =>
        ID.test(path) ? ['secret', 'get', path, ...AS_JSON] : ['secret', 'list', ...project, ...AS_JSON],
      take,
    },
    options,
    settings,
  )
}

function missing(path: string, listed: readonly Listed[]): StoreAnswer {
  const near = nearestName(
    path,
    listed.map(({ key }) => key),
  )
  return failure('not_found', `Bitwarden shows this machine account no secret ${path}`, {
    hint:
      near === undefined
        ? 'add it, or give the machine account access to its project'
        : `did you mean ${near}?`,
  })
}

function parseListed(output: string): readonly Listed[] | undefined {
  try {
    const parsed: unknown = JSON.parse(output)
    const all: readonly unknown[] = Array.isArray(parsed) ? parsed : [parsed]
    return all.every(isListed) ? all : undefined
  } catch {
    return undefined
  }
}

function isListed(value: unknown): value is Listed {
  if (value === null || typeof value !== 'object') return false
  const { id, key, value: text } = value as Record<string, unknown>
  return typeof id === 'string' && typeof key === 'string' && typeof text === 'string'
}
