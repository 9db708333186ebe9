/**
 * Makes the proof by which a machine in a cloud tells Infisical who it is, without a stored credential: a signed AWS
 * request that Infisical sends on, a token of Azure's or Google's metadata service, or a JWT that is signed with a
 * Google service account's key.
 */
import { createPrivateKey, sign, type KeyObject } from 'node:crypto'
import { readText, resolvePath } from '../../text/read-text.ts'
import { StoreError } from '../../store.ts'
import { signAws, type AwsCredentials } from './aws-sigv4.ts'
import { azureLogin } from '../azure/token.ts'
import { explain, parseObject, type Send } from '../shared/http.ts'
import type { InfisicalOptions } from './options.ts'
import { isOnMachine } from '../shared/login.ts'
import { loadPeer } from '../shared/peer.ts'
import type { Settings } from '../settings.ts'

/** The body of a login request. */
export type Proof = (signal: AbortSignal) => Promise<Record<string, string>>

const IDENTITY_REQUEST = 'Action=GetCallerIdentity&Version=2011-06-15'
const AZURE_RESOURCE = 'https://management.azure.com/'
const METADATA_HOST = 'metadata.google.internal'

export async function awsProof(
  identityId: string,
  given: string | undefined,
  settings: Settings,
): Promise<Proof> {
  const { env } = settings.context
  const region =
    given === undefined
      ? env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || 'us-east-1'
      : await settings.text('auth.region', given)
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) {
    throw settings.problem('auth.region', 'is not a region of AWS', { hint: 'write it as us-east-1' })
  }
  const host = `sts.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`
  return async () => {
    const request = {
      method: 'POST',
      host,
      query: '',
      body: IDENTITY_REQUEST,
      service: 'sts',
      region,
    } as const
    const headers = signAws(request, await awsCredentials(env, region), new Date())
    return {
      identityId,
      iamHttpRequestMethod: 'POST',
      iamRequestBody: encoded(IDENTITY_REQUEST, 'base64'),
      iamRequestHeaders: encoded(JSON.stringify(headers), 'base64'),
    }
  }
}

/** From the environment, else by AWS's own chain: profiles, SSO, a container's or an instance's role. */
async function awsCredentials(env: NodeJS.ProcessEnv, region: string): Promise<AwsCredentials> {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = env
  if (accessKeyId && secretAccessKey)
    return { accessKeyId, secretAccessKey, sessionToken: sessionToken || undefined }
  const name = '@aws-sdk/client-secrets-manager'
  const { SecretsManagerClient } = await loadPeer(name, () => import('@aws-sdk/client-secrets-manager'))
  const client = new SecretsManagerClient({ region })
  try {
    return await client.config.credentials()
  } catch {
    throw new StoreError('auth', 'AWS credentials were found nowhere', {
      hint: 'run: aws sso login, or set AWS_PROFILE or AWS_ACCESS_KEY_ID where the host starts sidemux',
    })
  } finally {
    client.destroy()
  }
}

export async function azureProof(
  identityId: string,
  {
    clientId,
    resource,
  }: Pick<Extract<InfisicalOptions['auth'], { method: 'azure' | 'azure-auth' }>, 'clientId' | 'resource'>,
  settings: Settings,
  send: Send,
): Promise<Proof> {
  const audience = await settings.text('auth.resource', resource ?? AZURE_RESOURCE)
  const user = clientId === undefined ? {} : { clientId }
  const login = await azureLogin({ method: 'managed-identity', ...user }, audience, settings, send)
  return async (signal) => ({ identityId, jwt: (await login(signal)).value })
}

export async function gcpProof(
  identityId: string,
  keyPath: string | undefined,
  settings: Settings,
  send: Send,
): Promise<Proof> {
  if (keyPath === undefined) return gcpMetadata(identityId, settings, send)
  const file = resolvePath(await settings.text('auth.keyPath', keyPath), settings.context.baseDir)
  const key = parseObject(await readText(file))
  const email = key?.['client_email']
  const privateKey = parseKey(key?.['private_key'])
  if (typeof email !== 'string' || privateKey === undefined) {
    throw settings.problem('auth.keyPath', `names ${file}, which is not a service account key`, {
      hint: 'download the JSON key of the service account again',
    })
  }
  const header = { alg: 'RS256', typ: 'JWT', kid: key?.['private_key_id'] }
  return () => {
    const iat = Math.floor(Date.now() / 1000)
    const claims = { iss: email, sub: email, aud: identityId, iat, exp: iat + 600 }
    const signed = [header, claims].map((part) => encoded(JSON.stringify(part), 'base64url')).join('.')
    const jwt = `${signed}.${sign('RSA-SHA256', Buffer.from(signed), privateKey).toString('base64url')}`
    return Promise.resolve({ identityId, jwt })
  }
}

/** GCE_METADATA_HOST is Google's own way to name another one; only this machine's are taken. */
function gcpMetadata(identityId: string, settings: Settings, send: Send): Proof {
  const host = settings.context.env['GCE_METADATA_HOST'] || METADATA_HOST
  const site = `http://${host}`
  if (host !== METADATA_HOST && !isOnMachine(site)) {
    throw settings.problem('auth', 'would ask another machine for the identity of this one', {
      hint: 'unset GCE_METADATA_HOST',
    })
  }
  const url = new URL(`${site}/computeMetadata/v1/instance/service-accounts/default/identity`)
  url.searchParams.set('audience', identityId)
  url.searchParams.set('format', 'full')
  const backEnd = { name: "Google's metadata server", site, setting: 'auth of the store' }
  return async (signal) => {
    const reply = await send(url, { headers: { 'metadata-flavor': 'Google' } }, signal)
    const jwt = reply.body?.trim() ?? ''
    if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(jwt)) return { identityId, jwt }
    throw reply.body === undefined
      ? explain(reply, backEnd)
      : new StoreError('auth', "Google's metadata server gave no identity token", {
          hint: 'give the machine a service account, or name a key file in auth.keyPath',
        })
  }
}

function encoded(text: string, encoding: 'base64' | 'base64url'): string {
  return Buffer.from(text).toString(encoding)
}

function parseKey(pem: unknown): KeyObject | undefined {
  try {
    return typeof pem === 'string' ? createPrivateKey(pem) : undefined
  } catch {
    return undefined
  }
}
