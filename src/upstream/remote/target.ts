/**
 * Builds the target of a remote server, with every reference resolved: its address and the headers of each request.
 * It is for a remote server what command and environment are for a child process (launch.ts).
 */
import { SidemuxError } from '../../errors.ts'
import { flawOf } from '../../net/reach.ts'
import { trusting, type Trust } from '../../net/trust.ts'
import { readText, resolvePath } from '../../secrets/text/read-text.ts'
import type { ResolvedField } from '../../secrets/resolve/resolve.ts'
import type { Secret } from '../../secrets/secret.ts'
import type { RunHold } from '../process/process-launch.ts'
import { parsedUrl } from '../../parsed-url.ts'
import { guardedFetch } from './guarded.ts'
import { loginName } from './oauth/login.ts'
import type { Order } from './oauth/refresh-apart.ts'
import type { Refreshed } from './oauth/refresh.ts'
import { TokenSession } from './oauth/session.ts'
import type { RemoteSpec } from './remote-spec.ts'
import { REFRESH_WITHIN_MS, type LoginVault } from './oauth/vault.ts'

export interface RemoteTarget {
  readonly kind: 'remote'
  readonly serverId: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly transport: 'http' | 'sse'
  /** Where a proxy's variables are. */
  readonly env: NodeJS.ProcessEnv
  /** Absent where Node's own authorities count. */
  readonly trust?: Trust
  /** servers.yaml says which scopes a login may have. */
  readonly scopesAreLimited: boolean
  /** Absent where servers.yaml has an Authorization header: then that is how it is logged in. */
  readonly session?: TokenSession
  readonly hold?: RunHold
}

type Fields = ReadonlyMap<string, ResolvedField>

export interface TargetDeps {
  readonly serverId: string
  readonly environment: NodeJS.ProcessEnv
  readonly vault: LoginVault
  /** In a process of its own; undefined where none could be started. */
  readonly refreshApart?: ((order: Order) => Promise<Refreshed | undefined>) | undefined
  onSecrets(secrets: readonly Secret[]): void
  /** `file:line:col` of a field. */
  where(field: string): string
}

/** @throws SidemuxError that names the field and its line, and never its value. */
export async function remoteTarget(
  spec: RemoteSpec,
  fields: Fields,
  deps: TargetDeps,
): Promise<RemoteTarget> {
  const { serverId, environment, vault } = deps
  const url = urlOf(fields.get('url')?.value ?? '', serverId, deps)
  const trust = await readTrust(fields.get('caCert')?.value, deps)
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
    refresh: async (job) => {
      const { allowPrivate } = spec
      const { stateDir } = vault
      const apart = await deps.refreshApart?.({ job, stateDir, url: url.href, allowPrivate, ca: trust?.pem })
      if (apart !== undefined) return apart
      const fetch = guardedFetch({
        url,
        allowPrivate,
        env: environment,
        headMs: REFRESH_WITHIN_MS,
        trust,
      })
      // Here, and with the MCP SDK, only where no process of its own could be started for it.
      const { refresh } = await import('./oauth/refresh.ts')
      return refresh(job, { vault, fetch, now: Date.now })
    },
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
    ...(trust === undefined ? {} : { trust }),
    scopesAreLimited: spec.oauth.scopes !== undefined,
    ...(hasCredentials ? {} : { session }),
  }
}

export function urlOf(text: string, serverId: string, { where }: Pick<TargetDeps, 'where'>): URL {
  const url = parsedUrl(text)
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new SidemuxError(`${where('url')}: the url of "${serverId}" is no web address`, {
      hint: 'it begins with https://; look at what its references stand for',
    })
  }
  const flaw = flawOf(url)
  if (flaw === 'credentials') {
    throw new SidemuxError(`${where('url')}: the url of "${serverId}" has credentials in it`, {
      hint: 'hand them over in "headers", e.g. as Authorization',
    })
  }
  if (flaw === 'plain-http') {
    throw new SidemuxError(`${where('url')}: "${serverId}" would be spoken to unencrypted over the network`, {
      hint: 'write https:// in its place; plain http is for this machine only',
    })
  }
  url.hash = ''
  return url
}

/**
 * What `caCert` names; undefined where it isn't written.
 *
 * @throws SidemuxError that names the field and its line.
 */
export async function readTrust(
  file: string | undefined,
  { where }: Pick<TargetDeps, 'where'>,
): Promise<Trust | undefined> {
  if (file === undefined) return undefined
  const hint = 'name the file of your certificate authority, which begins with -----BEGIN CERTIFICATE-----'
  try {
    const trust = trusting(await readText(resolvePath(file, '/')))
    if (trust !== undefined) return trust
  } catch (error) {
    const why = error instanceof SidemuxError ? error.message : 'it could not be read'
    throw new SidemuxError(`${where('caCert')}: ${why}`, { hint })
  }
  throw new SidemuxError(`${where('caCert')}: "caCert" names a file that holds no certificate in PEM form`, {
    hint,
  })
}

function headerOf(name: string, value: string, deps: TargetDeps): string {
  // What Node's HTTP takes; its own error would repeat the value.
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return value
  throw new SidemuxError(`${deps.where(`headers.${name}`)}: the value holds characters that a header can't`, {
    hint: 'look for line breaks in what the reference stands for',
  })
}
