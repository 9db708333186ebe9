/**
 * Google Secret Manager: one GET a secret, with a token of token.ts. `${gcp:name}` is the latest version,
 * `?version=` another one or an alias of it, and `#field` reads the value as JSON.
 */
import { pickField } from '../../text/json-field.ts'
import { decodeUtf8 } from '../../text/read-text.ts'
import { StoreError, type Store } from '../../store.ts'
import { AccessToken } from '../shared/access-token.ts'
import type { GcpSmOptions } from './options.ts'
import { gcpLogin } from './token.ts'
import {
  baseUrl,
  explain,
  notThem,
  parseObject,
  senderFor,
  type BackEnd,
  type StoreReply,
} from '../shared/http.ts'
import { oneByOne, type FoundInStore } from '../shared/one-by-one.ts'
import type { Settings } from '../settings.ts'
import { checkVersioned, parseVersioned } from '../shared/versioned.ts'

export async function openGcpSm(options: GcpSmOptions, settings: Settings): Promise<Store> {
  const { alias } = settings
  const project = await settings.withEnvironment('project', options.project)
  const location =
    options.location === undefined ? undefined : await settings.withEnvironment('location', options.location)
  for (const [key, value] of [
    ['project', project],
    ['location', location],
  ] as const) {
    if (value !== undefined && !/^[\w:.-]+$/.test(value)) {
      throw settings.problem(key, 'is not one', { hint: 'write its id as in: gcloud config list' })
    }
  }
  const host = location === undefined ? 'secretmanager' : `secretmanager.${location}.rep`
  const standard = `https://${host}.googleapis.com`
  const given = options.siteUrl === undefined ? standard : await settings.text('siteUrl', options.siteUrl)
  const site = baseUrl(given, settings, 'siteUrl', standard)
  const parent = `projects/${project}${location === undefined ? '' : `/locations/${location}`}`
  const send = await senderFor(settings)
  const token = new AccessToken(await gcpLogin(options.auth, settings, send))
  const backEnd: BackEnd = { name: 'Google Secret Manager', site, setting: 'the network' }

  const read = async (path: string, signal: AbortSignal): Promise<FoundInStore> => {
    const { name, version = 'latest' } = parseVersioned(path)
    const url = `${site}/v1/${parent}/secrets/${name}/versions/${version}:access`
    const ask = (token: string): Promise<StoreReply> =>
      send(url, { headers: { authorization: `Bearer ${token}` } }, signal)
    const reply = await token.use(signal, ask, ({ status }) => status === 401)
    const answer = reply.body === undefined ? undefined : parseObject(reply.body)
    const data = (answer?.['payload'] as { data?: unknown } | undefined)?.data
    if (typeof data !== 'string') throw explainRead(reply, name, project, backEnd)
    const full = answer?.['name']
    const value = decodeUtf8(Buffer.from(data, 'base64'))
    if (value === undefined)
      throw new StoreError('invalid_reference', `${name} is not UTF-8 text`, { hint: 'store it as text' })
    return { value, version: typeof full === 'string' ? (full.split('/').at(-1) ?? '') : '' }
  }

  const reading = oneByOne({
    read,
    pick: (found, { path, field }) => pickField(found.value, field, `${alias}:${path}`, found.version),
    otherwise: `Google Secret Manager at ${site} can't be read`,
    settings,
  })

  return {
    type: 'gcp-sm',
    validate: ({ path }) =>
      checkVersioned(path, alias, /^[0-9A-Za-z_-]{1,255}$/, { version: /^[0-9A-Za-z_-]{1,63}$/ }),
    resolve: reading.resolve,
    watch: reading.watch,
    close() {
      token.close()
      return Promise.resolve()
    },
  }
}

function explainRead(reply: StoreReply, name: string, project: string, backEnd: BackEnd): StoreError {
  if (reply.status === 200) return notThem(backEnd, 'answered with something else')
  if (reply.status === 401) {
    return new StoreError('auth', 'Google Secret Manager refuses the token (HTTP 401)', {
      hint: 'log in again, or check the key in auth of the store',
    })
  }
  if (reply.status === 403) {
    return new StoreError('denied', `this identity may not read ${name} in project ${project} (HTTP 403)`, {
      hint: 'give it the role "Secret Manager Secret Accessor" on that secret, and check project: of the store and that the API is enabled in it',
    })
  }
  if (reply.status === 404) {
    return new StoreError('not_found', `there is no secret ${name} of that version in project ${project}`, {
      hint: 'add it, or correct the reference',
    })
  }
  // A version that was disabled or destroyed.
  if (reply.status === 400) {
    return new StoreError('not_found', `${name} in project ${project} can't be read (HTTP 400)`, {
      hint: 'check that the version is enabled and not destroyed, and the reference',
    })
  }
  return explain(reply, backEnd)
}
