/**
 * Azure Key Vault secrets: one GET a secret, with a token of token.ts. `${azure:name}` is the current version,
 * `?version=` another one, and `#field` reads the value as JSON.
 */
import { pickField } from '../../text/json-field.ts'
import { StoreError, type Store } from '../../store.ts'
import { AccessToken } from '../shared/access-token.ts'
import type { AzureKvOptions } from './options.ts'
import { azureLogin } from './token.ts'
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

const API = '7.4'

export async function openAzureKv(options: AzureKvOptions, settings: Settings): Promise<Store> {
  const { alias } = settings
  const given = await settings.withEnvironment('vaultUrl', options.vaultUrl)
  const site = baseUrl(given, settings, 'vaultUrl', 'https://NAME.vault.azure.net')
  const send = await senderFor(settings)
  const token = new AccessToken(await azureLogin(options.auth, resourceOf(site), settings, send))
  const backEnd: BackEnd = { name: 'Azure Key Vault', site, setting: 'vaultUrl' }

  const read = async (path: string, signal: AbortSignal): Promise<FoundInStore> => {
    const { name, version } = parseVersioned(path)
    const url = `${site}/secrets/${name}${version === undefined ? '' : `/${version}`}?api-version=${API}`
    const ask = (token: string): Promise<StoreReply> =>
      send(url, { headers: { authorization: `Bearer ${token}` } }, signal)
    const reply = await token.use(signal, ask, ({ status }) => status === 401)
    const { value, id } = (reply.body === undefined ? undefined : parseObject(reply.body)) ?? {}
    if (typeof value !== 'string') throw explainRead(reply, name, backEnd)
    return { value, version: typeof id === 'string' ? (id.split('/').at(-1) ?? '') : '' }
  }

  const reading = oneByOne({
    read,
    pick: (found, { path, field }) => pickField(found.value, field, `${alias}:${path}`, found.version),
    otherwise: `Azure Key Vault at ${site} can't be read`,
    settings,
  })

  return {
    type: 'azure-kv',
    validate: ({ path }) =>
      checkVersioned(path, alias, /^[0-9A-Za-z-]{1,127}$/, { version: /^[0-9A-Za-z]{1,64}$/ }),
    resolve: reading.resolve,
    watch: reading.watch,
    close() {
      token.close()
      return Promise.resolve()
    },
  }
}

/** Whom a token must be for: the cloud that the vault's name belongs to. */
function resourceOf(site: string): string {
  const [, cloud = 'vault.azure.net'] =
    /\.((?:vault|managedhsm)\.(?:azure\.net|azure\.cn|usgovcloudapi\.net))$/.exec(new URL(site).hostname) ??
    []
  return `https://${cloud}`
}

function explainRead(reply: StoreReply, name: string, backEnd: BackEnd): StoreError {
  const { site } = backEnd
  if (reply.status === 200) return notThem(backEnd, 'answered with something else')
  if (reply.status === 401) {
    return new StoreError('auth', `Azure Key Vault at ${site} refuses the token (HTTP 401)`, {
      hint: 'check that the identity belongs to the tenant of the vault',
    })
  }
  if (reply.status === 403) {
    return new StoreError('denied', `this identity may not read ${name} in ${site} (HTTP 403)`, {
      hint: 'give it the role "Key Vault Secrets User", check the firewall of the vault, and that the secret is enabled',
    })
  }
  if (reply.status === 404) {
    return new StoreError('not_found', `there is no secret ${name} of that version in ${site}`, {
      hint: 'add it to the vault, or correct the reference',
    })
  }
  if (reply.status === 400) {
    return new StoreError(
      'invalid_reference',
      `Azure Key Vault at ${site} takes no such name or version (HTTP 400)`,
      {
        hint: 'correct the reference: a name has letters, digits and -, a version is 32 hex digits',
      },
    )
  }
  return explain(reply, backEnd)
}
