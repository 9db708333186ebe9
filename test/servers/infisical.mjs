/**
 * An HTTP server on loopback that answers as Infisical does (logins, token renew and revoke, list of raw secrets with
 * imports and ETag, project lookup, dynamic secret leases), in the shapes that were recorded from a real one and read
 * in its routers, and that fails on request.
 *
 *   const infisical = await startInfisical({ secrets: { dev: { '/github': { TOKEN: 'value' } } } })
 *   infisical.fail('rate-limited', { on: 'list', times: 1, retryAfter: 1 })
 *   await infisical.close()
 */
import { createHash, randomUUID } from 'node:crypto'
import { startFaulty } from './faults.mjs'
import { infisicalPolicy } from './infisical-policy.mjs'

const MINUTE_MS = 60_000

const UNAUTHORIZED = (message) => ({
  status: 401,
  body: { statusCode: 401, message, error: 'UnauthorizedError' },
})
const NOT_FOUND = (message) => ({ status: 404, body: { statusCode: 404, message, error: 'NotFound' } })
const BAD = (message) => ({ status: 400, body: { statusCode: 400, message, error: 'BadRequest' } })

const FAULTS = {
  /** What a folder or environment that doesn't exist looks like. */
  empty: () => ({ status: 200, body: { secrets: [], imports: [] } }),
  expired: () => UNAUTHORIZED('No identity access token found'),
  'token-error': () => ({
    status: 403,
    body: { statusCode: 403, message: 'The provided access token is malformed.', error: 'TokenError' },
  }),
  denied: () => ({
    status: 403,
    body: { statusCode: 403, message: 'You do not have permission to read', error: 'PermissionDenied' },
  }),
  'no-project': () => NOT_FOUND('Project not found'),
  plan: () => BAD('Failed to create lease due to plan restriction. Upgrade plan to create dynamic secret.'),
  /** A revocation that failed at the database is a 200. */
  'revoke-failed': () => ({
    status: 200,
    body: { lease: { id: 'any', status: 'Failed to delete', statusDetails: 'connection refused' } },
  }),
}

export async function startInfisical(options = {}) {
  const {
    clientId = 'client-id',
    clientSecret = 'client-secret-0123456789',
    projectId = randomUUID(),
  } = options
  const { expiresIn = 300, maxTtl = 3600, imports = {}, dynamic = {}, tls, skewMs = 0 } = options
  const secrets = options.secrets ?? {}
  /** By client id `{ clientSecret, permissions }`: machine identities that may do what is permitted and nothing else. */
  const identities = options.identities ?? {}
  const owners = new Map()
  const tokens = new Set(options.tokens ?? [])
  const leases = new Map()
  const logins = []
  const now = () => Date.now() + skewMs

  function answer(seen) {
    const { path, method } = seen
    const login = /^\/api\/v1\/auth\/([a-z]+-auth)\/login$/.exec(path)?.[1]
    if (login) return logIn(login, seen.body)
    if (path === '/api/v1/auth/token/renew') {
      return tokens.has(seen.body?.accessToken)
        ? granted(seen.body.accessToken)
        : UNAUTHORIZED('Failed to renew')
    }
    if (path === '/api/v1/auth/token/revoke') {
      tokens.delete(seen.body?.accessToken)
      return { status: 200, body: { message: 'Successfully revoked access token' } }
    }
    const token = /^Bearer (.+)$/.exec(seen.headers.authorization ?? '')?.[1]
    if (!tokens.has(token)) return FAULTS.expired()
    const permissions = identities[owners.get(token)]?.permissions
    const can = permissions === undefined ? () => true : infisicalPolicy(permissions)
    if (path === '/api/v3/secrets/raw')
      return can('secrets', 'describeSecret') ? list(seen, can) : FAULTS.denied()
    if (path.startsWith('/api/v1/workspace/')) {
      if (path !== `/api/v1/workspace/${projectId}`) return FAULTS['no-project']()
      return { status: 200, body: { workspace: { id: projectId, name: 'Lab', slug: 'lab-slug' } } }
    }
    const lease = /^\/api\/v1\/dynamic-secrets\/leases(?:\/([^/]+)(?:\/(renew))?)?$/.exec(path)
    if (!lease) return NOT_FOUND('Not found')
    const [, id, verb] = lease
    const { environmentSlug: environment, path: secretPath } =
      method === 'GET' ? seen.query : (seen.body ?? {})
    if (!can('dynamic-secrets', 'lease', { environment, secretPath })) return FAULTS.denied()
    if (method === 'GET' && id !== undefined) return lookUp(decodeURIComponent(id), seen.query)
    if (method === 'POST' && id === undefined) return create(seen.body)
    if (method === 'POST' && verb === 'renew') return renew(decodeURIComponent(id), seen.body)
    if (method === 'DELETE' && id !== undefined) return revoke(decodeURIComponent(id), seen.body)
    return NOT_FOUND('Not found')
  }

  function logIn(method, body) {
    logins.push({ method, body })
    const identity = method === 'universal-auth' ? identities[body?.clientId] : undefined
    if (identity !== undefined) {
      if (body.clientSecret !== identity.clientSecret) return UNAUTHORIZED('Invalid credentials')
      const accessToken = `token-${randomUUID()}`
      tokens.add(accessToken)
      owners.set(accessToken, body.clientId)
      return granted(accessToken)
    }
    const good =
      method === 'universal-auth'
        ? body?.clientId === clientId && body?.clientSecret === clientSecret
        : (options.accepts?.(method, body) ?? false)
    if (!good) return UNAUTHORIZED('Invalid credentials')
    const accessToken = `token-${randomUUID()}`
    tokens.add(accessToken)
    return granted(accessToken)
  }

  function granted(accessToken) {
    return { status: 200, body: { accessToken, expiresIn, accessTokenMaxTTL: maxTtl, tokenType: 'Bearer' } }
  }

  /** As the real one, it leaves out what may not be described, and refuses when a value of the rest may not be read. */
  function list({ headers, query }, can) {
    if (query.workspaceId !== projectId) return FAULTS['no-project']()
    const { environment, secretPath } = query
    const imported = query.include_imports === 'true' ? (imports[environment]?.[secretPath] ?? []) : []
    const may = (action, path, { secretKey }) =>
      can('secrets', action, { environment, secretPath: path, secretName: secretKey })
    const own = entries(environment, secretPath).filter((one) => may('describeSecret', secretPath, one))
    if (!own.every((one) => may('readValue', secretPath, one))) return FAULTS.denied()
    const body = JSON.stringify({
      secrets: own,
      imports: imported.map((path) => ({
        secretPath: path,
        environment,
        folderId: idOf(path),
        secrets: entries(environment, path).filter(
          (one) => may('describeSecret', path, one) && may('readValue', path, one),
        ),
      })),
    })
    const etag = `"${createHash('sha1').update(body).digest('base64')}"`
    return headers['if-none-match'] === etag
      ? { status: 304, headers: { etag } }
      : { status: 200, body, headers: { etag } }
  }

  /** A secret is written as its value, or as `{ secretValue, version, secretValueHidden }`. */
  function entries(environment, secretPath) {
    return Object.entries(secrets[environment]?.[secretPath] ?? {}).map(([secretKey, given]) => ({
      id: idOf(secretKey),
      workspace: projectId,
      environment,
      version: 1,
      type: 'shared',
      secretKey,
      secretComment: '',
      secretPath,
      secretValueHidden: false,
      tags: [],
      ...(typeof given === 'string' ? { secretValue: given } : given),
    }))
  }

  /** `dynamic` is by path: `{ maxMs, lastsMs, renewsToMs, create, drop }`; the two in the middle overrule what is asked. */
  async function create({ dynamicSecretName, projectSlug, environmentSlug, path, ttl = '60m' }) {
    if (projectSlug !== 'lab-slug') return FAULTS['no-project']()
    const role = dynamic[`${path === '/' ? '' : path}/${dynamicSecretName}`]
    if (!role || environmentSlug !== 'dev') return NOT_FOUND('Dynamic secret not found')
    const lasts = milliseconds(ttl)
    if (lasts < MINUTE_MS) {
      return {
        status: 401,
        body: {
          statusCode: 401,
          message: [{ message: 'TTL must be a greater than 1min' }],
          error: 'ValidationFailure',
        },
      }
    }
    if (lasts > (role.maxMs ?? 3_600_000)) return BAD('TTL cannot be larger than max ttl')
    const data = (await role.create?.()) ?? {
      DB_USERNAME: `u-${randomUUID()}`,
      DB_PASSWORD: `p-${randomUUID()}`,
    }
    const lease = {
      id: randomUUID(),
      path,
      role,
      data,
      createdAt: now(),
      expireAt: now() + (role.lastsMs ?? lasts),
    }
    leases.set(lease.id, lease)
    return { status: 200, body: { lease: wire(lease), dynamicSecret: { name: dynamicSecretName }, data } }
  }

  /** Adds to what is left, as the real one does. */
  function renew(id, { path, ttl = '60m' }) {
    const lease = leases.get(id)
    if (!lease || lease.path !== path) return NOT_FOUND(`Dynamic secret lease with ID '${id}' not found`)
    const { renewsToMs } = lease.role
    const expireAt = renewsToMs === undefined ? lease.expireAt + milliseconds(ttl) : now() + renewsToMs
    if (expireAt > lease.createdAt + (lease.role.maxMs ?? 3_600_000)) {
      return BAD('The requested renewal would exceed the maximum allowed lease duration')
    }
    lease.expireAt = expireAt
    return { status: 200, body: { lease: wire(lease) } }
  }

  /** Servers of 2024 answer 400 where newer ones answer 404. */
  function lookUp(id, { path, projectSlug }) {
    if (projectSlug !== 'lab-slug') return FAULTS['no-project']()
    const lease = leases.get(id)
    if (!lease || lease.path !== path) return BAD('Dynamic secret lease not found')
    return { status: 200, body: { lease: { ...wire(lease), dynamicSecret: { name: 'any' } } } }
  }

  async function revoke(id, { path }) {
    const lease = leases.get(id)
    if (!lease || lease.path !== path) return NOT_FOUND(`Dynamic secret lease with ID '${id}' not found`)
    await lease.role.drop?.(lease.data)
    leases.delete(id)
    return { status: 200, body: { lease: wire(lease) } }
  }

  function wire({ id, createdAt, expireAt }) {
    return {
      id,
      version: 1,
      externalEntityId: idOf(id),
      expireAt: new Date(expireAt).toISOString(),
      status: null,
      statusDetails: null,
      createdAt: new Date(createdAt).toISOString(),
      updatedAt: new Date(now()).toISOString(),
    }
  }

  const server = await startFaulty({ kindOf, answer, faults: FAULTS, on: 'list', tls, skewMs })
  return {
    ...server,
    clientId,
    clientSecret,
    identities,
    projectId,
    secrets,
    dynamic,
    tokens,
    leases,
    logins,
    expireTokens: () => tokens.clear(),
  }
}

function kindOf({ path, method }) {
  if (path.endsWith('/login')) return 'login'
  if (path === '/api/v1/auth/token/renew') return 'token-renew'
  if (path === '/api/v1/auth/token/revoke') return 'revoke'
  if (path.startsWith('/api/v1/workspace/')) return 'project'
  if (!path.startsWith('/api/v1/dynamic-secrets/leases')) return 'list'
  if (method === 'DELETE') return 'lease-revoke'
  if (method === 'GET') return 'lease-lookup'
  return path.endsWith('/renew') ? 'lease-renew' : 'lease'
}

function milliseconds(ttl) {
  const [, count, unit] = /^(\d+)(s|m|h)$/.exec(ttl)
  return Number(count) * { s: 1000, m: MINUTE_MS, h: 3_600_000 }[unit]
}

/** The same each time, so that an unchanged list has an unchanged ETag. */
function idOf(text) {
  return createHash('sha1').update(text).digest('hex')
}
