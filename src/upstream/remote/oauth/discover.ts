/**
 * Finds the authorization server of a remote server. The server says where its metadata is (RFC 9728), the metadata
 * names the authorization server, and that describes itself (RFC 8414, or OpenID Connect Discovery). Only addresses
 * that the guarded fetch allows are requested, and only what follows the rules of MCP is used:
 *
 * - the resource that the metadata speaks of is the server itself;
 * - the issuer is the one that was asked (the SDK compares);
 * - PKCE with S256 is offered; a server that doesn't say so is refused, as the specification demands;
 * - each endpoint is https, or on this machine, and there at the port that says of itself that it is the issuer.
 */
import { isIP } from 'node:net'
import {
  checkResourceAllowed,
  discoverAuthorizationServerMetadata,
  discoverOAuthProtectedResourceMetadata,
  resourceUrlFromServerUrl,
  type FetchLike,
} from '@modelcontextprotocol/client'
import { SidemuxError } from '../../../errors.ts'
import { kindOf, kindOfName } from '../../../net/address.ts'
import { NotAllowedError } from '../../../net/failure.ts'
import { bareHost } from '../../../net/host.ts'
import { checkUrl } from '../../../net/reach.ts'
import { faultOf, hintOfLoss } from '../fault.ts'
import { parsedUrl } from '../../../parsed-url.ts'
import { challengeIn } from './challenge.ts'

export type ServerMetadata = NonNullable<Awaited<ReturnType<typeof discoverAuthorizationServerMetadata>>>
type ResourceMetadata = Awaited<ReturnType<typeof discoverOAuthProtectedResourceMetadata>>

export interface Discovered {
  readonly issuer: string
  readonly metadata: ServerMetadata
  /** The resource indicator for requests of tokens (RFC 8707). */
  readonly resource: string
  /** What the server asks for, or says that there is. */
  readonly scopes: readonly string[] | undefined
}

export interface Discovering {
  readonly serverId: string
  readonly url: URL
  /** To the server itself. */
  readonly own: FetchLike
  /** To whatever it names. */
  readonly guarded: FetchLike
  /** Whether the operator lets a login lead to this machine. */
  readonly allowPrivate: boolean
  readonly signal: AbortSignal
}

export async function discover(from: Discovering): Promise<Discovered> {
  const { serverId, url } = from
  const guard = noting(from.guarded)
  const guarded = guard.fetch
  const challenge = await challengeOf(from)
  const described = await resourceMetadata(url, challenge.resourceMetadataUrl, guarded)
  throwIfRefused(serverId, guard.refused())
  if (described === undefined && !challenge.refused) {
    throw new SidemuxError(`"${serverId}" doesn't ask for a login`, {
      hint: 'run "sidemux tools" to see what it offers',
    })
  }
  const own = resourceUrlFromServerUrl(url)
  if (
    described !== undefined &&
    !checkResourceAllowed({ requestedResource: own, configuredResource: described.resource })
  ) {
    throw new SidemuxError(`the login that "${serverId}" names is for another server`, {
      hint: `check the url of "${serverId}" in servers.yaml; its metadata has to speak of that very address`,
    })
  }
  const issuer = described?.authorization_servers?.[0] ?? new URL('/', url).href
  const metadata = await serverMetadata(issuer, guarded)
  throwIfRefused(serverId, guard.refused())
  if (metadata === undefined) throw lost(serverId, guard.failed()) ?? noServer(serverId)
  checkMetadata(from, metadata)
  return {
    issuer: metadata.issuer,
    metadata,
    resource: described?.resource ?? own.href,
    scopes: challenge.scopes ?? described?.scopes_supported,
  }
}

interface Challenge {
  /** It said 401. */
  readonly refused: boolean
  readonly resourceMetadataUrl?: URL
  readonly scopes?: readonly string[]
}

/** A request that needs no session and makes none: a server with a login answers 401, and says where it is. */
async function challengeOf({ serverId, url, own, signal }: Discovering): Promise<Challenge> {
  let response: Response
  try {
    response = await own(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 'login', method: 'ping' }),
      signal,
    })
  } catch (error) {
    throw unreachable(serverId, url, error)
  }
  await response.body?.cancel().catch(() => undefined)
  if (response.status !== 401) return { refused: false }
  const { resourceMetadata, scope } = challengeIn(response.headers.get('www-authenticate'))
  const resourceMetadataUrl = parsedUrl(resourceMetadata ?? '')
  return {
    refused: true,
    ...(resourceMetadataUrl !== undefined && { resourceMetadataUrl }),
    ...(scope === undefined ? {} : { scopes: scope.split(/\s+/).filter((word) => word !== '') }),
  }
}

async function resourceMetadata(
  url: URL,
  resourceMetadataUrl: URL | undefined,
  fetch: FetchLike,
): Promise<ResourceMetadata | undefined> {
  try {
    const where = resourceMetadataUrl === undefined ? {} : { resourceMetadataUrl }
    return await discoverOAuthProtectedResourceMetadata(url, where, fetch)
  } catch {
    // Older servers have none, and are their own authorization servers.
    return undefined
  }
}

async function serverMetadata(issuer: string, fetch: FetchLike): Promise<ServerMetadata | undefined> {
  if (parsedUrl(issuer) === undefined) return undefined
  try {
    return await discoverAuthorizationServerMetadata(issuer, { fetchFn: fetch })
  } catch {
    return undefined
  }
}

function checkMetadata({ serverId, allowPrivate }: Discovering, metadata: ServerMetadata): void {
  const endpoints = [
    metadata.authorization_endpoint,
    metadata.token_endpoint,
    metadata.registration_endpoint,
    revocationEndpointOf(metadata),
  ]
  for (const endpoint of endpoints) {
    if (endpoint === undefined) continue
    if (!allowPrivate && isElsewhereHere(endpoint, metadata.issuer))
      throwIfRefused(serverId, new NotAllowedError(new URL(endpoint).host, 'loopback'))
    try {
      checkUrl(new URL(endpoint))
    } catch {
      throw new SidemuxError(`the login server of "${serverId}" names an address that is not https`, {
        hint: 'ask whoever runs it to offer its endpoints over https',
      })
    }
  }
  if (metadata.code_challenge_methods_supported?.includes('S256') === true) return
  throw new SidemuxError(
    `the login server of "${serverId}" doesn't offer PKCE with S256, which MCP demands`,
    {
      hint: 'ask whoever runs it to support it and to say so in its metadata',
    },
  )
}

/** Another service of this machine has not said that it is a login server, so nothing is sent there, nor opened. */
function isElsewhereHere(endpoint: string, issuer: string): boolean {
  const url = parsedUrl(endpoint)
  if (url === undefined || !isHere(url)) return false
  return !isHere(new URL(issuer)) || portOf(endpoint) !== portOf(issuer)
}

function isHere(url: URL): boolean {
  const host = bareHost(url)
  return (isIP(host) === 0 ? kindOfName(host) : kindOf(host)) === 'loopback'
}

function portOf(address: string): string {
  const { port, protocol } = new URL(address)
  return port || protocol
}

/** RFC 7009; OpenID Connect's metadata knows no such member, though servers have it. */
export function revocationEndpointOf(metadata: ServerMetadata): string | undefined {
  const endpoint: unknown = 'revocation_endpoint' in metadata ? metadata.revocation_endpoint : undefined
  return typeof endpoint === 'string' ? endpoint : undefined
}

interface Noting {
  readonly fetch: FetchLike
  /** The first place that must not be gone to. */
  refused(): NotAllowedError | undefined
  /** How the last request failed, if it did. */
  failed(): unknown
}

/** The helpers of the SDK take a place that can't be gone to for one that has nothing; so it is noted here. */
function noting(fetch: FetchLike): Noting {
  let refused: NotAllowedError | undefined
  let failed: unknown
  return {
    fetch: async (url, init) => {
      try {
        const response = await fetch(url, init)
        failed = undefined
        return response
      } catch (error) {
        refused ??= notAllowed(error)
        failed = error
        throw error
      }
    },
    refused: () => refused,
    failed: () => failed,
  }
}

export function notAllowed(error: unknown): NotAllowedError | undefined {
  for (let at: unknown = error, depth = 0; depth < 4 && at instanceof Error; depth++) {
    if (at instanceof NotAllowedError) return at
    at = at instanceof AggregateError ? at.errors[0] : at.cause
  }
  return undefined
}

function throwIfRefused(serverId: string, refused: NotAllowedError | undefined): void {
  if (refused === undefined) return
  const where: Readonly<Record<NotAllowedError['why'], string>> = {
    'plain-http': 'an address that is not https',
    credentials: 'an address with credentials in it',
    private: 'an address in a private network',
    loopback: 'an address on this machine',
    'link-local': 'a link-local address, where clouds keep credentials',
    unusable: 'an address that is no place on the internet',
    public: 'an address outside of this machine',
  }
  const mayAllow = refused.why === 'private' || refused.why === 'loopback'
  throw new SidemuxError(`for its login "${serverId}" names ${where[refused.why]}; nothing was sent there`, {
    hint: mayAllow
      ? `if that is right, set allowPrivate: true for ${serverId} in servers.yaml`
      : `check the url of ${serverId} in servers.yaml, and whether you trust that server`,
  })
}

function noServer(serverId: string): SidemuxError {
  return new SidemuxError(`"${serverId}" wants a login and doesn't say where`, {
    hint: 'a server says it in its OAuth metadata; without that, put an API key into "headers"',
  })
}

function unreachable(serverId: string, url: URL, error: unknown): Error {
  const refused = notAllowed(error)
  if (refused !== undefined) throwIfRefused(serverId, refused)
  const fault = faultOf(error)
  return fault.kind === 'lost'
    ? new SidemuxError(`"${serverId}" ${fault.why} at ${url.host}`, { hint: hintOfLoss(fault, serverId) })
    : new SidemuxError(`"${serverId}" can't be reached at ${url.host}`, {
        hint: 'check its url, and the network',
      })
}

/** Its address is the server's word, and isn't repeated. */
function lost(serverId: string, error: unknown): SidemuxError | undefined {
  const fault = faultOf(error)
  if (fault.kind !== 'lost') return undefined
  return new SidemuxError(`the login server of "${serverId}" ${fault.why}`, {
    hint: hintOfLoss(fault, serverId),
  })
}
