/**
 * An HTTP server on loopback that answers as Vault and OpenBao do (logins, token lookup, renew and revoke, KV of both
 * versions, dynamic credentials with their leases, mounts), in the shapes that were recorded from a real one, and that
 * fails on request. As in the real one, a lease ends with the token that it was issued under, and a token that is gone
 * is answered like a policy's refusal.
 */
import { randomUUID } from 'node:crypto'
import { startFaulty } from './faults.mjs'
import { vaultPolicy } from './vault-policy.mjs'

const GONE = () => error(403, 'permission denied')
const FORBIDDEN = () => error(403, '1 error occurred:\n\t* permission denied\n\n')

const FAULTS = {
  denied: FORBIDDEN,
  expired: GONE,
  sealed: () => error(503, 'Vault is sealed'),
  'not-found': () => error(404),
  empty: () => ({ status: 200, body: {} }),
  standby: () => ({ status: 307, headers: { location: 'https://elsewhere.example/v1/secret' } }),
}

export async function startVault(options = {}) {
  const {
    roleId = 'role-id-1',
    secretId = 'secret-id-0123456789',
    tokenTtl = 300,
    tokenMaxTtl = 3600,
  } = options
  const { engines = {}, roles = {}, tls, forbid = [] } = options
  /** By role id `{ secretId, policy }`: logins whose tokens may do what the policy says and nothing else. */
  const identities = options.identities ?? {}
  const tokens = new Map()
  const leases = new Map()
  const logins = []
  let ahead = 0
  const now = () => Date.now() + ahead

  for (const [value, terms] of Object.entries(options.tokens ?? {})) addToken(value, terms)

  function addToken(
    value,
    { ttl = tokenTtl, maxTtl = tokenMaxTtl, renewable = true, type = 'service' } = {},
  ) {
    const token = { value, ttl, renewable, type, endsAt: now() + maxTtl * 1000, expiresAt: 0, policies: true }
    tokens.set(value, token)
    extend(token)
    return token
  }

  function extend(token) {
    token.expiresAt = token.ttl === 0 ? Infinity : Math.min(now() + token.ttl * 1000, token.endsAt)
  }

  async function sweep() {
    for (const [value, token] of tokens) if (token.expiresAt <= now()) tokens.delete(value)
    for (const [id, lease] of leases) {
      if (lease.expiresAt > now() && tokens.has(lease.token)) continue
      leases.delete(id)
      await lease.role.drop?.(lease.data)
    }
  }

  async function answer(seen) {
    await sweep()
    const path = decodeURIComponent(seen.path.replace(/^\/v1\//, ''))
    const login = /^auth\/(.+)\/login$/.exec(path)?.[1]
    if (login) return logIn(login, seen.body)
    const token = tokens.get(seen.headers['x-vault-token'])
    if (!token) return GONE()
    if (options.namespace !== undefined && seen.headers['x-vault-namespace'] !== options.namespace)
      return FORBIDDEN()
    if (forbid.some((pattern) => pattern.test(path))) return FORBIDDEN()
    const policy = identities[token.identity]?.policy
    if (policy !== undefined && !vaultPolicy(policy)(seen.method, path, seen.body)) return FORBIDDEN()
    if (path === 'auth/token/lookup-self') return lookUp(token)
    if (path === 'auth/token/renew-self') {
      if (!token.renewable) return error(400, 'lease is not renewable')
      extend(token)
      return { status: 200, body: envelope({ auth: authOf(token) }) }
    }
    if (path === 'auth/token/revoke-self') {
      tokens.delete(token.value)
      await sweep()
      return { status: 204 }
    }
    if (path.startsWith('sys/leases/')) return leaseWork(path.slice('sys/leases/'.length), seen.body)
    if (path.startsWith('sys/internal/ui/mounts/'))
      return mountOf(path.slice('sys/internal/ui/mounts/'.length))
    if (Object.hasOwn(roles, path)) return issue(path, roles[path], token)
    return read(path)
  }

  function logIn(mount, body) {
    logins.push({ mount, body })
    if (mount === 'approle' && Object.hasOwn(identities, body?.role_id)) {
      if (body.secret_id !== identities[body.role_id].secretId) return error(400, 'invalid secret id')
      const token = addToken(`hvs.${randomUUID()}`, options.issues)
      token.identity = body.role_id
      return { status: 200, body: envelope({ auth: authOf(token) }) }
    }
    const good =
      mount === 'approle'
        ? body?.role_id === roleId && body?.secret_id === secretId
        : (options.accepts?.(mount, body) ?? false)
    if (!good) return error(400, 'invalid secret id')
    return { status: 200, body: envelope({ auth: authOf(addToken(`hvs.${randomUUID()}`, options.issues)) }) }
  }

  function authOf(token) {
    return {
      client_token: token.value,
      accessor: 'accessor',
      policies: ['default', 'mux'],
      token_policies: ['default', 'mux'],
      metadata: {},
      lease_duration: token.ttl === 0 ? 0 : Math.round((token.expiresAt - now()) / 1000),
      renewable: token.renewable,
      entity_id: '',
      token_type: token.type,
      orphan: true,
    }
  }

  function lookUp(token) {
    const ttl = token.ttl === 0 ? 0 : Math.round((token.expiresAt - now()) / 1000)
    return {
      status: 200,
      body: envelope({ data: { id: token.value, ttl, renewable: token.renewable, type: token.type } }),
    }
  }

  function mountOf(path) {
    const mount = Object.keys(engines).find((mount) => path === mount || path.startsWith(`${mount}/`))
    if (mount === undefined) return FORBIDDEN()
    const { version, type = 'kv' } = engines[mount]
    return {
      status: 200,
      body: envelope({ data: { path: `${mount}/`, type, options: version === 2 ? { version: '2' } : null } }),
    }
  }

  /** `engines` is by mount: `{ version, secrets }`; of version 2 a secret is `{ version, data }`. */
  function read(path) {
    const mount = Object.keys(engines).find((mount) => path.startsWith(`${mount}/`))
    if (mount === undefined) return FORBIDDEN()
    const { version, secrets } = engines[mount]
    const below = path.slice(mount.length + 1)
    if (version === 1) {
      if (!Object.hasOwn(secrets, below)) return error(404)
      return { status: 200, body: envelope({ data: secrets[below], lease_duration: 2_764_800 }) }
    }
    const found = below.startsWith('data/') ? secrets[below.slice('data/'.length)] : undefined
    if (!found) return error(404)
    const metadata = {
      created_time: '2026-11-21T23:01:02Z',
      deletion_time: '',
      destroyed: false,
      version: found.version,
    }
    return { status: 200, body: envelope({ data: { data: found.data, metadata } }) }
  }

  /** `roles` is by path: `{ ttl, maxTtl, renewsTo, create, drop }`, seconds. */
  async function issue(path, role, token) {
    const data = (await role.create?.()) ?? { username: `v-${randomUUID()}`, password: `p-${randomUUID()}` }
    const ttl = role.ttl ?? 60
    const lease = {
      id: `${path}/${randomUUID()}`,
      role,
      data,
      token: token.value,
      endsAt: now() + (role.maxTtl ?? 3600) * 1000,
    }
    lease.expiresAt = now() + ttl * 1000
    leases.set(lease.id, lease)
    return {
      status: 200,
      body: envelope({ lease_id: lease.id, renewable: role.renewable ?? true, lease_duration: ttl, data }),
    }
  }

  async function leaseWork(verb, { lease_id: id, increment } = {}) {
    const lease = leases.get(id)
    if (verb === 'lookup') {
      return lease ? { status: 200, body: envelope({ data: { id } }) } : error(400, 'invalid lease')
    }
    if (verb === 'revoke') {
      // The same answer whether or not there was one.
      leases.delete(id)
      await lease?.role.drop?.(lease.data)
      return { status: 204 }
    }
    if (!lease) return error(400, 'lease not found')
    if (lease.role.renewable === false) return error(400, 'lease is not renewable')
    lease.expiresAt = Math.min(
      now() + (increment ?? lease.role.renewsTo ?? lease.role.ttl ?? 60) * 1000,
      lease.endsAt,
    )
    const lease_duration = Math.max(0, Math.round((lease.expiresAt - now()) / 1000))
    return { status: 200, body: envelope({ lease_id: id, renewable: true, lease_duration }) }
  }

  const server = await startFaulty({
    kindOf,
    answer,
    faults: {
      ...FAULTS,
      /** The token that asks ends at this moment. */
      'token-ends': ({ headers }) => {
        tokens.delete(headers['x-vault-token'])
        return GONE()
      },
    },
    on: 'read',
    tls,
    skewMs: options.skewMs,
  })
  return {
    ...server,
    roleId,
    secretId,
    identities,
    engines,
    roles,
    tokens,
    leases,
    logins,
    /** Lets time pass at the server only. */
    advance(seconds) {
      ahead += seconds * 1000
      return sweep()
    },
    expireTokens: () => tokens.clear(),
    /** As an administrator does: its credentials are dropped at once. */
    async revokeLease(id) {
      const lease = leases.get(id)
      leases.delete(id)
      await lease?.role.drop?.(lease.data)
    },
  }
}

function kindOf({ path }) {
  if (path.endsWith('/login')) return 'login'
  const token = /\/auth\/token\/(lookup|renew|revoke)-self$/.exec(path)?.[1]
  if (token) return `token-${token}`
  const lease = /\/sys\/leases\/(lookup|renew|revoke)$/.exec(path)?.[1]
  if (lease) return `lease-${lease}`
  if (path.includes('/sys/internal/ui/mounts/')) return 'mounts'
  return path.includes('/creds/') ? 'lease' : 'read'
}

function envelope(parts) {
  return {
    request_id: randomUUID(),
    lease_id: '',
    renewable: false,
    lease_duration: 0,
    data: null,
    wrap_info: null,
    warnings: null,
    auth: null,
    ...parts,
  }
}

function error(status, ...errors) {
  return { status, body: { errors } }
}
