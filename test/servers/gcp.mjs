/**
 * An HTTP server on loopback that answers as Google Secret Manager, Google's token endpoint (a signed JWT, a refresh
 * token) and the metadata server do, and that fails on request. `skewMs` puts its clock ahead.
 */
import { generateKeyPairSync, randomUUID, verify } from 'node:crypto'
import { startFaulty } from './faults.mjs'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })

const refused = (code, status) => () => ({
  status: code,
  body: { error: { code, status, message: 'refused' } },
})

export async function startGcp(options = {}) {
  const { project = 'project-1', expiresIn = 3599, skewMs = 0 } = options
  const secrets = { ...options.secrets }
  const tokens = new Set()

  function issue() {
    const access_token = `ya29.${randomUUID()}`
    tokens.add(access_token)
    return { status: 200, body: { access_token, expires_in: expiresIn, token_type: 'Bearer' } }
  }

  function logIn({ body }) {
    const form = new URLSearchParams(body)
    const bad = { status: 400, body: { error: 'invalid_grant', error_description: `Bad request ${body}` } }
    if (form.get('grant_type') === 'refresh_token') {
      const good = form.get('refresh_token') === 'refresh-1' && form.get('client_secret') === 'secret-1'
      return good ? issue() : bad
    }
    const [head = '', claims = '', signature = ''] = (form.get('assertion') ?? '').split('.')
    const signed = verify(
      'RSA-SHA256',
      Buffer.from(`${head}.${claims}`),
      publicKey,
      Buffer.from(signature, 'base64url'),
    )
    if (!signed) return bad
    const { iss, aud, iat, exp, scope } = JSON.parse(Buffer.from(claims, 'base64url').toString())
    const now = (Date.now() + skewMs) / 1000
    const timely = iat <= now + 300 && exp > now && exp - iat <= 3600
    const names =
      iss === 'robot@project-1.example' && aud.endsWith('/token') && scope.endsWith('/cloud-platform')
    return timely && names ? issue() : bad
  }

  function read({ path, headers }) {
    if (!tokens.has(/^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1]))
      return refused(401, 'UNAUTHENTICATED')()
    const [, of, name, version] =
      /^\/v1\/projects\/([^/]+)\/secrets\/([^/]+)\/versions\/([^/]+):access$/.exec(path) ?? []
    const versions = of === project ? secrets[name] : undefined
    const wanted = version === 'latest' ? Object.keys(versions ?? {}).at(-1) : version
    if (versions?.[wanted] === undefined) return refused(404, 'NOT_FOUND')()
    const data = Buffer.from(versions[wanted]).toString('base64')
    return {
      status: 200,
      body: { name: `projects/123/secrets/${name}/versions/${wanted}`, payload: { data } },
    }
  }

  const kindOf = ({ path }) => (path.startsWith('/v1/') ? 'read' : 'login')
  const answer = (seen) => {
    if (kindOf(seen) === 'read') return read(seen)
    if (seen.path === '/token') return logIn(seen)
    return seen.headers['metadata-flavor'] === 'Google' ? issue() : { status: 403, body: '' }
  }
  const faults = {
    expired: refused(401, 'UNAUTHENTICATED'),
    denied: refused(403, 'PERMISSION_DENIED'),
    missing: refused(404, 'NOT_FOUND'),
    empty: () => ({ status: 200, body: {} }),
  }
  const server = await startFaulty({ kindOf, answer, faults, on: 'read', skewMs })
  const key = {
    type: 'service_account',
    client_email: 'robot@project-1.example',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    token_uri: `${server.url}/token`,
  }
  return { ...server, project, key, tokens, secrets, expireTokens: () => tokens.clear() }
}
