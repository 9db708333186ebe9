/**
 * AWS Secrets Manager through AWS's own client, an optional peer, whose value is its chain of credentials: environment,
 * profiles, SSO sessions, web identities, roles. `${aws:name#field}` reads a JSON field of the current version; `?stage=`
 * and `?version=` choose another one. A name may be an ARN.
 *
 * One GetSecretValue a secret and not BatchGetSecretValue: the batch needs a second permission on every resource and
 * knows no versions. The client's own retries are off, because they are decided above, and it reads a body of any length,
 * so its length is watched here; what it throws is told by its name and status, never by its message.
 */
import { Readable } from 'node:stream'
import type { GetSecretValueCommandOutput, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { abortable } from '../../abort.ts'
import { pickField } from '../../text/json-field.ts'
import { decodeUtf8 } from '../../text/read-text.ts'
import { StoreError, type Store } from '../../store.ts'
import { explainAws } from './errors.ts'
import type { AwsSmOptions } from './options.ts'
import { baseUrl } from '../shared/http.ts'
import { oneByOne, type FoundInStore } from '../shared/one-by-one.ts'
import { loadPeer } from '../shared/peer.ts'
import type { Settings } from '../settings.ts'
import { checkVersioned, parseVersioned, type Versioned } from '../shared/versioned.ts'

/** A secret of AWS has at most 64 KiB. */
const MAX_BODY_BYTES = 1024 * 1024
const NAME = /^(arn:aws[\w-]*:secretsmanager:[\w-]+:\d{12}:secret:)?[A-Za-z0-9/_+=.@-]{1,512}$/

type Client = {
  readonly get: (secret: Versioned, signal: AbortSignal) => Promise<GetSecretValueCommandOutput>
  end(): void
}

export async function openAwsSm(options: AwsSmOptions, settings: Settings): Promise<Store> {
  const { alias } = settings
  const setting = async (key: 'region' | 'profile' | 'endpoint'): Promise<Record<string, string>> =>
    options[key] === undefined ? {} : { [key]: await settings.withEnvironment(key, options[key]) }
  const config = {
    ...(await setting('region')),
    ...(await setting('profile')),
    ...(await setting('endpoint')),
  }
  if (config['endpoint'] !== undefined) {
    baseUrl(config['endpoint'], settings, 'endpoint', 'https://secretsmanager.eu-central-1.amazonaws.com')
  }
  let client: Promise<Client> | undefined

  const read = async (path: string, signal: AbortSignal): Promise<FoundInStore> => {
    const secret = parseVersioned(path)
    try {
      // One that can't be had is tried again: what was missing may have been installed.
      client ??= open(config).catch((error: unknown) => {
        client = undefined
        throw error
      })
      const { get } = await abortable(client, signal)
      const answer = await abortable(get(secret, signal), signal)
      const value = answer.SecretString ?? (answer.SecretBinary && decodeUtf8(answer.SecretBinary))
      if (value !== undefined) return { value, version: answer.VersionId ?? '' }
    } catch (error) {
      signal.throwIfAborted()
      throw error instanceof StoreError ? error : explainAws(error, secret.name)
    }
    throw new StoreError('invalid_reference', `AWS Secrets Manager answered no text for ${secret.name}`, {
      hint: 'store it as text, and check endpoint of the store',
    })
  }

  const reading = oneByOne({
    read,
    pick: (found, { path, field }) => pickField(found.value, field, `${alias}:${path}`, found.version),
    otherwise: "AWS Secrets Manager can't be read",
    settings,
  })

  return {
    type: 'aws-sm',
    validate: ({ path }) =>
      checkVersioned(path, alias, NAME, { version: /^[\w-]{32,64}$/, stage: /^[\w+=.@/-]{1,256}$/ }),
    resolve: reading.resolve,
    watch: reading.watch,
    async close() {
      const opened = await client?.catch(() => undefined)
      opened?.end()
    },
  }
}

function limitBody(response: unknown): void {
  const body =
    response !== null && typeof response === 'object' && 'body' in response ? response.body : undefined
  if (!(body instanceof Readable)) return
  let length = 0
  // Counted where it arrives; listening for data here would take it from who reads it.
  const push = body.push.bind(body)
  body.push = (chunk: unknown, encoding?: BufferEncoding) => {
    length += chunk instanceof Uint8Array ? chunk.length : 0
    if (length > MAX_BODY_BYTES)
      body.destroy(Object.assign(new Error('too long'), { code: 'BODY_TOO_LARGE' }))
    return push(chunk, encoding)
  }
}

async function open(config: Record<string, string>): Promise<Client> {
  // AWS's own switch for one warning: that later versions of its client won't run on Node 20. It is for whoever updates
  // the client, and would stand in the host's log at each start.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'
  const aws = await loadPeer(
    '@aws-sdk/client-secrets-manager',
    () => import('@aws-sdk/client-secrets-manager'),
  )
  const client: SecretsManagerClient = new aws.SecretsManagerClient({ ...config, maxAttempts: 1 })
  client.middlewareStack.add(
    (next) => async (given) => {
      const answer = await next(given)
      limitBody(answer.response)
      return answer
    },
    // Next to the wire: before anything of the body is read.
    { step: 'deserialize', priority: 'low' },
  )
  return {
    get: ({ name, version, stage }, signal) =>
      client.send(
        new aws.GetSecretValueCommand({
          SecretId: name,
          ...(version === undefined ? {} : { VersionId: version }),
          ...(stage === undefined ? {} : { VersionStage: stage }),
        }),
        { abortSignal: signal },
      ),
    end: () => client.destroy(),
  }
}
