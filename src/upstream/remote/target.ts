/**
 * Where a remote server is and what it is sent along with each request, with every reference resolved. It takes the
 * place that command and environment have for a child process (launch.ts).
 */
import { SidemuxError } from '../../errors.ts'
import { looksSecret } from '../../secrets/names.ts'
import { isDeclaredPlain, type Template } from '../../secrets/reference.ts'
import type { ResolvedField, ResolveRequest } from '../../secrets/resolve.ts'
import { Secret } from '../../secrets/secret.ts'
import type { RunHold } from '../transport.ts'
import { guardedFetch } from './guarded.ts'
import type { OAuthClient } from './oauth/client.ts'
import { loginName } from './oauth/login.ts'
import { TokenSession } from './oauth/session.ts'
import type { LoginVault } from './oauth/vault.ts'
import { checkUrl, NotAllowedError } from './route.ts'

/** The part of a server's entry that says how it is reached; `config/` makes it. */
export interface RemoteSpec {
  readonly kind: 'remote'
  readonly url: Template
  readonly headers: ReadonlyMap<string, Template>
  readonly transport: 'http' | 'sse'
  readonly allowPrivate: boolean
  readonly oauth: OAuthSpec
}

export interface OAuthSpec extends Omit<OAuthClient, 'clientSecret'> {
  readonly clientSecret?: Template
}

export interface RemoteTarget {
  readonly kind: 'remote'
  readonly serverId: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly transport: 'http' | 'sse'
  /** Where a proxy's variables are. */
  readonly env: NodeJS.ProcessEnv
  /** Absent where servers.yaml has an Authorization header: then that is how it is logged in. */
  readonly session?: TokenSession
  readonly hold?: RunHold
}

export function remoteRequests({ url, headers, oauth }: RemoteSpec): ResolveRequest[] {
  return [
    { field: 'url', template: url },
    ...[...headers].map(([name, template]) => ({ field: `headers.${name}`, template })),
    ...(oauth.clientSecret === undefined
      ? []
      : [{ field: 'oauth.clientSecret', template: oauth.clientSecret }]),
  ]
}

type Fields = ReadonlyMap<string, ResolvedField>

/** What is handed over to be kept secret: what came through references into headers, and headers that are named like secrets. */
export function remoteSecrets(serverId: string, spec: RemoteSpec, fields: Fields): readonly Secret[] {
  const names = [...[...spec.headers.keys()].map((name) => `headers.${name}`), 'oauth.clientSecret']
  const referenced = names.flatMap((field) => fields.get(field)?.secrets ?? [])
  const named = [...spec.headers.keys()].filter(isCredential).flatMap((name) => {
    const value = isDeclaredPlain(spec.headers.get(name)) ? '' : (fields.get(`headers.${name}`)?.value ?? '')
    const bare = value.replace(/^(?:Bearer|Basic|Token) +/i, '')
    return bare === '' ? [] : [new Secret(bare, `${serverId}.${name}`)]
  })
  return [...referenced, ...named]
}

function isCredential(header: string): boolean {
  return looksSecret(header) || /^(?:proxy-)?authorization$|^cookie$|key|token|secret/i.test(header)
}

export interface TargetDeps {
  readonly serverId: string
  readonly environment: NodeJS.ProcessEnv
  readonly vault: LoginVault
  onSecrets(secrets: readonly Secret[]): void
  /** `file:line:col` of a field. */
  where(field: string): string
}

/** @throws SidemuxError that names the field and its line, and never its value. */
export function remoteTarget(spec: RemoteSpec, fields: Fields, deps: TargetDeps): RemoteTarget {
  const { serverId, environment, vault } = deps
  const url = urlOf(fields.get('url')?.value ?? '', serverId, deps)
  const headers = Object.fromEntries(
    [...spec.headers.keys()].map((name) => [
      name,
      headerOf(name, fields.get(`headers.${name}`)?.value ?? '', deps),
    ]),
  )
  const hasCredentials = Object.keys(headers).some((name) => name.toLowerCase() === 'authorization')
  const session = new TokenSession({
    serverId,
    name: loginName(serverId, url),
    vault,
    fetch: guardedFetch({ url, allowPrivate: spec.allowPrivate, env: environment }),
    clientId: spec.oauth.clientId,
    onSecrets: (secrets) => deps.onSecrets(secrets),
    now: Date.now,
  })
  return {
    kind: 'remote',
    serverId,
    url,
    headers,
    transport: spec.transport,
    env: environment,
    ...(hasCredentials ? {} : { session }),
  }
}

export function urlOf(text: string, serverId: string, { where }: Pick<TargetDeps, 'where'>): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new SidemuxError(`${where('url')}: the url of "${serverId}" is no web address`, {
      hint: 'it begins with https://; look at what its references stand for',
    })
  }
  try {
    checkUrl(url)
  } catch (error) {
    const credentials = error instanceof NotAllowedError && error.why === 'credentials'
    throw new SidemuxError(
      credentials
        ? `${where('url')}: the url of "${serverId}" has credentials in it`
        : `${where('url')}: "${serverId}" would be spoken to unencrypted over the network`,
      {
        hint: credentials
          ? 'hand them over in "headers", e.g. as Authorization'
          : 'write https:// in its place; plain http is for this machine only',
      },
    )
  }
  url.hash = ''
  return url
}

function headerOf(name: string, value: string, deps: TargetDeps): string {
  // What Node's HTTP takes; its own error would repeat the value.
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return value
  throw new SidemuxError(`${deps.where(`headers.${name}`)}: the value holds characters that a header can't`, {
    hint: 'look for line breaks in what the reference stands for',
  })
}
