/**
 * The logins at Infisical. A machine identity's is one request: the method's own proof of who asks, and the answer
 * holds a token and its life. Proofs are made or read at each login, because most of them are short-lived. The logins
 * are plain requests and not the SDK's, which drops `expiresIn` and knows two of the methods. A token that was given, or
 * that the CLI holds for a person, is no login of ours and is never revoked.
 */
import { readText, resolvePath, trimFinalNewline } from '../../text/read-text.ts'
import { StoreError } from '../../store.ts'
import { commandEnvironment, runCommand } from '../exec/run.ts'
import { json, notThem, parseObject } from '../shared/http.ts'
import { explainInfisical, INFISICAL_WORDS, type Infisical } from './http.ts'
import { awsProof, azureProof, gcpProof, type Proof } from './proof.ts'
import type { InfisicalOptions } from './options.ts'
import type { Settings } from '../settings.ts'
import type { StoreReply, Send } from '../shared/transport.ts'

const SERVICE_ACCOUNT_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token'
const CLI_TIMEOUT_MS = 10_000

type Auth = InfisicalOptions['auth']

export interface InfisicalToken {
  readonly value: string
  /** As Infisical reports it; Infinity where nobody says it. */
  readonly lifeMs: number
  /** How long it can be kept alive by renewing it, counted from its login. */
  readonly maxLifeMs: number
}

export interface InfisicalLogin {
  /** Whether the tokens come of logins of ours, so that we renew them and give them back. */
  readonly ours: boolean
  obtain(signal: AbortSignal): Promise<InfisicalToken>
  /** Why a token was refused and no other can be had. */
  readonly hint: string
}

export async function infisicalLogin(
  auth: Auth,
  settings: Settings,
  infisical: Infisical,
): Promise<InfisicalLogin> {
  if (auth.method === 'cli') return cliLogin(settings)
  if ('token' in auth) return givenToken(auth.token, settings)
  const method = auth.method.replace(/(-auth)?$/, '-auth')
  const proof = await proofOf(auth, settings, infisical.send)
  return {
    ours: true,
    hint: "check the machine identity's access token limits and trusted IPs in Infisical",
    async obtain(signal) {
      const url = `${infisical.backEnd.site}/api/v1/auth/${method}/login`
      const reply = await infisical.send(url, json('POST', await proof(signal)), signal, INFISICAL_WORDS)
      return infisicalToken(reply, method, infisical)
    },
  }
}

/** What a login or a renewal answers. */
export function infisicalToken(reply: StoreReply, method: string, infisical: Infisical): InfisicalToken {
  const { status, body } = reply
  if (status === 400 || status === 401 || status === 403 || status === 404) {
    throw new StoreError(
      'auth',
      `Infisical at ${infisical.backEnd.site} refused the ${method} login (HTTP ${status})`,
      {
        hint: `check ${status === 404 ? 'siteUrl and ' : ''}auth of the store, and in Infisical whether its credentials expired or are used up, and who may log in from where`,
      },
    )
  }
  if (body === undefined) throw explainInfisical(reply, infisical)
  const { accessToken, expiresIn, accessTokenMaxTTL } = parseObject(body) ?? {}
  if (typeof accessToken !== 'string' || accessToken === '') {
    throw notThem(infisical.backEnd, 'answered a login without a token')
  }
  // Without a life the token serves what waits for it now and is not trusted further.
  return {
    value: accessToken,
    lifeMs: milliseconds(expiresIn),
    maxLifeMs: milliseconds(accessTokenMaxTTL) || Infinity,
  }
}

function milliseconds(seconds: unknown): number {
  return typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : 0
}

/** The body of the login request, made anew for each. */
async function proofOf(
  auth: Exclude<Auth, { method: 'cli' } | { token: string }>,
  settings: Settings,
  send: Send,
): Promise<Proof> {
  const read = async (key: string, source: string): Promise<() => Promise<string>> => {
    // What can't be resolved at all is told when the store is opened.
    await settings.text(`auth.${key}`, source)
    return () => settings.text(`auth.${key}`, source)
  }
  if ('clientSecret' in auth) {
    const clientId = await read('clientId', auth.clientId)
    const clientSecret = await read('clientSecret', auth.clientSecret)
    return async () => ({ clientId: await clientId(), clientSecret: await clientSecret() })
  }
  const identityId = await settings.text('auth.identityId', auth.identityId)
  switch (auth.method) {
    case 'aws':
    case 'aws-auth':
      return awsProof(identityId, auth.region, settings)
    case 'azure':
    case 'azure-auth':
      return azureProof(identityId, auth, settings, send)
    case 'gcp':
    case 'gcp-auth':
      return gcpProof(identityId, auth.keyPath, settings, send)
    case 'kubernetes':
    case 'kubernetes-auth': {
      const file = await settings.text('auth.tokenPath', auth.tokenPath ?? SERVICE_ACCOUNT_TOKEN)
      const path = resolvePath(file, settings.context.baseDir)
      return async () => ({ identityId, jwt: trimFinalNewline(await readText(path)) })
    }
    case 'ldap':
    case 'ldap-auth': {
      const username = await read('username', auth.username)
      const password = await read('password', auth.password)
      return async () => ({ identityId, username: await username(), password: await password() })
    }
    default: {
      const jwt = await read('jwt', auth.jwt)
      return async () => ({ identityId, jwt: await jwt() })
    }
  }
}

async function givenToken(source: string, settings: Settings): Promise<InfisicalLogin> {
  await settings.text('auth.token', source)
  return {
    ours: false,
    hint: 'put a new token where auth.token of the store refers to',
    obtain: async () => lasting((await settings.text('auth.token', source)).trim()),
  }
}

/** The CLI keeps its session in the system's keyring or in an encrypted file of its own, and gives it out itself. */
function cliLogin(settings: Settings): InfisicalLogin {
  const { env, baseDir } = settings.context
  const hint = 'run in a terminal: infisical login'
  const passphrase = env['INFISICAL_VAULT_FILE_PASSPHRASE']
  const kept = passphrase === undefined ? {} : { INFISICAL_VAULT_FILE_PASSPHRASE: passphrase }
  return {
    ours: false,
    hint,
    async obtain(signal) {
      const output = await runCommand(['infisical', 'user', 'get', 'token', '--plain', '--silent'], {
        name: '"infisical user get token"',
        cwd: baseDir,
        env: { ...commandEnvironment(env), ...kept },
        timeoutMs: CLI_TIMEOUT_MS,
        hint,
        signal,
      })
      if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(output)) return lasting(output)
      throw new StoreError('auth', 'the infisical CLI gave no token of a session', { hint })
    },
  }
}

/** Used until it is refused. */
function lasting(value: string): InfisicalToken {
  return { value, lifeMs: Infinity, maxLifeMs: Infinity }
}
