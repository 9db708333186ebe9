/**
 * Tokens for Azure Key Vault: client credentials, a federated token (workload identity), the machine's managed
 * identity, or the az CLI. Each is one request or one command. Azure can't revoke an access token; it is forgotten.
 */
import { readText, resolvePath, trimFinalNewline } from '../../text/read-text.ts'
import { StoreError } from '../../store.ts'
import type { AzureKvOptions } from './options.ts'
import { commandEnvironment, runCommand } from '../exec/run.ts'
import { baseUrl, parseObject, type Send } from '../shared/http.ts'
import { form, isOnMachine, issuedToken, type StoreLogin } from '../shared/login.ts'
import type { Settings } from '../settings.ts'

const AUTHORITY = 'https://login.microsoftonline.com'
const IMDS = 'http://169.254.169.254'
const CLI_TIMEOUT_MS = 10_000

type Auth = NonNullable<AzureKvOptions['auth']>

/** `resource` is whom the token is for, e.g. https://vault.azure.net. */
export async function azureLogin(
  given: Auth | undefined,
  resource: string,
  settings: Settings,
  send: Send,
): Promise<StoreLogin> {
  const auth = given ?? fromEnvironment(settings.context.env)
  if (auth.method === 'cli') return cliLogin(auth.tenantId, resource, settings)
  if (auth.method === 'managed-identity') return managedLogin(auth.clientId, resource, settings, send)
  const { env, baseDir } = settings.context
  const authority = baseUrl(
    env['AZURE_AUTHORITY_HOST'] ?? AUTHORITY,
    settings,
    'auth ($AZURE_AUTHORITY_HOST)',
    AUTHORITY,
  )
  const tenantId = await settings.text('auth.tenantId', auth.tenantId ?? '${env:AZURE_TENANT_ID}')
  const clientId = await settings.text('auth.clientId', auth.clientId ?? '${env:AZURE_CLIENT_ID}')
  if (!/^[\w.-]+$/.test(tenantId)) {
    throw settings.problem('auth.tenantId', 'is not a tenant', { hint: 'a GUID, or a domain of the tenant' })
  }
  const backEnd = { name: 'Microsoft Entra ID', site: authority, setting: 'auth of the store' }
  const url = `${authority}/${tenantId}/oauth2/v2.0/token`
  const common = { client_id: clientId, scope: `${resource}/.default`, grant_type: 'client_credentials' }
  if (auth.method === 'client-credentials') {
    const client_secret = await settings.text('auth.clientSecret', auth.clientSecret)
    return async (signal) => issuedToken(await send(url, form({ ...common, client_secret }), signal), backEnd)
  }
  const file = await settings.text('auth.tokenFile', auth.tokenFile ?? '${env:AZURE_FEDERATED_TOKEN_FILE}')
  return async (signal) => {
    // Read each time: whoever wrote it replaces it within the hour.
    const client_assertion = trimFinalNewline(await readText(resolvePath(file, baseDir)))
    const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
    return issuedToken(
      await send(url, form({ ...common, client_assertion_type, client_assertion }), signal),
      backEnd,
    )
  }
}

function fromEnvironment(env: NodeJS.ProcessEnv): Auth {
  const has = (name: string): boolean => env[name] !== undefined && env[name] !== ''
  if (has('AZURE_CLIENT_SECRET')) {
    return {
      method: 'client-credentials',
      tenantId: '${env:AZURE_TENANT_ID}',
      clientId: '${env:AZURE_CLIENT_ID}',
      clientSecret: '${env:AZURE_CLIENT_SECRET}',
    }
  }
  if (has('AZURE_FEDERATED_TOKEN_FILE')) return { method: 'workload-identity' }
  return has('IDENTITY_ENDPOINT') ? { method: 'managed-identity' } : { method: 'cli' }
}

/** App Service and Functions name their endpoint in the environment; a virtual machine's has a fixed address. */
async function managedLogin(
  clientId: string | undefined,
  resource: string,
  settings: Settings,
  send: Send,
): Promise<StoreLogin> {
  const { env } = settings.context
  const endpoint = env['IDENTITY_ENDPOINT']
  const header = env['IDENTITY_HEADER']
  const app = endpoint !== undefined && header !== undefined
  const site = app
    ? endpoint
    : `${env['AZURE_POD_IDENTITY_AUTHORITY_HOST'] ?? IMDS}/metadata/identity/oauth2/token`
  if (!isOnMachine(site)) {
    throw settings.problem('auth', 'would ask another machine for the identity of this one', {
      hint: 'IDENTITY_ENDPOINT is an address of the machine itself',
    })
  }
  const url = new URL(site)
  url.searchParams.set('api-version', app ? '2019-08-01' : '2018-02-01')
  url.searchParams.set('resource', resource)
  if (clientId !== undefined)
    url.searchParams.set('client_id', await settings.text('auth.clientId', clientId))
  const headers: Record<string, string> = app ? { 'x-identity-header': header } : { metadata: 'true' }
  const backEnd = { name: 'the managed identity endpoint', site: url.origin, setting: 'auth of the store' }
  return async (signal) => issuedToken(await send(url, { headers }, signal), backEnd)
}

async function cliLogin(
  tenant: string | undefined,
  resource: string,
  settings: Settings,
): Promise<StoreLogin> {
  const { env, baseDir } = settings.context
  const choice = tenant === undefined ? [] : ['--tenant', await settings.text('auth.tenantId', tenant)]
  const argv = ['az', 'account', 'get-access-token', '--resource', resource, ...choice, '--output', 'json']
  const config = env['AZURE_CONFIG_DIR'] === undefined ? {} : { AZURE_CONFIG_DIR: env['AZURE_CONFIG_DIR'] }
  return async (signal) => {
    const output = await runCommand(argv, {
      name: '"az account get-access-token"',
      cwd: baseDir,
      env: { ...commandEnvironment(env), ...config },
      timeoutMs: CLI_TIMEOUT_MS,
      hint: 'run: az login',
      signal,
    })
    const reply = parseObject(output)
    const value = reply?.['accessToken']
    if (typeof value !== 'string' || value === '') {
      throw new StoreError('auth', 'the az CLI gave no token', { hint: 'run: az login' })
    }
    // Seconds since 1970 by this machine's clock, as both were written on it.
    const expiresAt = Number(reply?.['expires_on'])
    return { value, lifeMs: Number.isFinite(expiresAt) ? Math.max(0, expiresAt * 1000 - Date.now()) : 0 }
  }
}
