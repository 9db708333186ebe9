/**
 * Tokens for Google's APIs: a service-account key (a JWT that is signed here), the refresh token of application-default
 * credentials, the metadata server of a Google machine, or the gcloud CLI. Google can't revoke a service account's
 * access token; it is forgotten.
 */
import { createPrivateKey, sign, type KeyObject } from 'node:crypto'
import { readText, resolvePath } from '../../text/read-text.ts'
import { StoreError } from '../../store.ts'
import type { IssuedToken } from '../shared/access-token.ts'
import { commandEnvironment, runCommand } from '../exec/run.ts'
import type { GcpSmOptions } from './options.ts'
import { baseUrl, parseObject, type StoreReply, type Send } from '../shared/http.ts'
import { form, isOnMachine, issuedToken, type StoreLogin } from '../shared/login.ts'
import type { Settings } from '../settings.ts'

const TOKEN_URI = 'https://oauth2.googleapis.com/token'
const METADATA_HOST = 'metadata.google.internal'
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform'
const CLI_TIMEOUT_MS = 10_000
/** gcloud doesn't say how long its token lives; it renews it when less than five minutes are left. */
const CLI_TOKEN_MS = 4 * 60_000
/** A JWT is refused by a clock that differs more; then it is signed again by Google's. */
const MAX_SKEW_MS = 60_000

type Auth = NonNullable<GcpSmOptions['auth']>

export async function gcpLogin(given: Auth | undefined, settings: Settings, send: Send): Promise<StoreLogin> {
  const named = settings.context.env['GOOGLE_APPLICATION_CREDENTIALS']
  const auth: Auth =
    given ?? (named === undefined || named === '' ? { method: 'cli' } : { method: 'key-file' })
  if (auth.method === 'metadata') return metadataLogin(settings, send)
  if (auth.method === 'cli') return cliLogin(auth.account, settings)
  const path = await settings.text('auth.path', auth.path ?? '${env:GOOGLE_APPLICATION_CREDENTIALS}')
  const file = resolvePath(path, settings.context.baseDir)
  const key = parseObject(await readText(file))
  const text = (name: string): string => {
    const value = key?.[name]
    if (typeof value === 'string' && value !== '') return value
    throw settings.problem('auth.path', `names ${file}, which has no "${name}"`, {
      hint: 'download the JSON key of the service account again, or run: gcloud auth application-default login',
    })
  }
  const uri = typeof key?.['token_uri'] === 'string' ? key['token_uri'] : TOKEN_URI
  const site = baseUrl(uri, settings, 'auth.path (token_uri)', TOKEN_URI)
  const backEnd = { name: 'Google', site, setting: 'the key file in auth of the store' }
  if (text('type') === 'authorized_user') {
    const body = {
      grant_type: 'refresh_token',
      client_id: text('client_id'),
      client_secret: text('client_secret'),
      refresh_token: text('refresh_token'),
    }
    return async (signal) => issuedToken(await send(site, form(body), signal), backEnd)
  }
  const email = text('client_email')
  const privateKey = parseKey(text('private_key'), settings, file)
  return async (signal) => {
    const grant_type = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
    const ask = (now: number): Promise<StoreReply> =>
      send(site, form({ grant_type, assertion: jwt(email, uri, privateKey, now) }), signal)
    const reply = await ask(Date.now())
    const { status, serverTime } = reply
    const isOff = serverTime !== undefined && Math.abs(serverTime - Date.now()) > MAX_SKEW_MS
    return issuedToken(status === 400 && isOff ? await ask(serverTime) : reply, backEnd)
  }
}

function parseKey(pem: string, settings: Settings, file: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch {
    throw settings.problem('auth.path', `names ${file}, whose private key can't be read`, {
      hint: 'download the JSON key of the service account again',
    })
  }
}

/** RFC 7523, as Google describes it for server to server use. */
function jwt(issuer: string, audience: string, key: KeyObject, now: number): string {
  const iat = Math.floor(now / 1000)
  const claims = { iss: issuer, scope: SCOPE, aud: audience, iat, exp: iat + 3600 }
  const signed = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}`
  return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), key).toString('base64url')}`
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}

/** GCE_METADATA_HOST is Google's own way to name another one; only this machine's are taken. */
function metadataLogin(settings: Settings, send: Send): StoreLogin {
  const host = settings.context.env['GCE_METADATA_HOST'] ?? METADATA_HOST
  const site = `http://${host}`
  if (host !== METADATA_HOST && !isOnMachine(site)) {
    throw settings.problem('auth', 'would ask another machine for the identity of this one', {
      hint: 'unset GCE_METADATA_HOST',
    })
  }
  const backEnd = { name: "Google's metadata server", site, setting: 'auth of the store' }
  const url = `${site}/computeMetadata/v1/instance/service-accounts/default/token`
  return async (signal) =>
    issuedToken(await send(url, { headers: { 'metadata-flavor': 'Google' } }, signal), backEnd)
}

async function cliLogin(account: string | undefined, settings: Settings): Promise<StoreLogin> {
  const { env, baseDir } = settings.context
  const choice = account === undefined ? [] : [`--account=${await settings.text('auth.account', account)}`]
  const config = env['CLOUDSDK_CONFIG'] === undefined ? {} : { CLOUDSDK_CONFIG: env['CLOUDSDK_CONFIG'] }
  return async (signal): Promise<IssuedToken> => {
    const value = await runCommand(['gcloud', 'auth', 'print-access-token', ...choice], {
      name: '"gcloud auth print-access-token"',
      cwd: baseDir,
      env: { ...commandEnvironment(env), ...config },
      timeoutMs: CLI_TIMEOUT_MS,
      hint: 'run: gcloud auth login',
      signal,
    })
    if (/^[\x21-\x7e]+$/.test(value)) return { value, lifeMs: CLI_TOKEN_MS }
    throw new StoreError('auth', 'the gcloud CLI gave no token', { hint: 'run: gcloud auth login' })
  }
}
