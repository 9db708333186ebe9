/**
 * An HTTP server on loopback that answers as Azure Key Vault (secrets), Microsoft Entra ID (client credentials and
 * federated tokens) and the managed identity endpoints do, and that fails on request.
 */
import { randomUUID } from 'node:crypto'
import { startFaulty } from './faults.mjs'

const refused = (status, code) => () => ({ status, body: { error: { code, message: 'refused' } } })

export async function startAzure(options = {}) {
  const { tenant = 'tenant-1', clientId = 'client-1', clientSecret = 'client-secret-0123456789' } = options
  const { federated = 'federated-token-0123456789', expiresIn = 3600, skewMs = 0 } = options
  const secrets = { ...options.secrets }
  const tokens = new Set()

  function issue(seconds) {
    const access_token = `token-${randomUUID()}`
    tokens.add(access_token)
    return { status: 200, body: { token_type: 'Bearer', expires_in: seconds, access_token } }
  }

  function logIn({ path, body }) {
    const form = new URLSearchParams(body)
    const proves =
      form.get('client_secret') === clientSecret ||
      (form.get('client_assertion') === federated &&
        form.get('client_assertion_type') === 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
    const asks =
      form.get('scope') === 'https://vault.azure.net/.default' && form.get('client_id') === clientId
    return proves && asks && path.startsWith(`/${tenant}/`)
      ? issue(expiresIn)
      : { status: 401, body: { error: 'invalid_client', error_description: `AADSTS7000215 ${body}` } }
  }

  function identity({ path, query, headers }) {
    const asks = query.resource === 'https://vault.azure.net'
    const machine = path.startsWith('/metadata/') && headers.metadata === 'true'
    const app = path === '/msi/token' && headers['x-identity-header'] === 'header-1'
    // These write the seconds as text.
    return asks && (machine || app)
      ? issue(String(expiresIn))
      : { status: 400, body: { error: 'invalid_request' } }
  }

  function read({ path, headers, query }) {
    if (!tokens.has(/^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1]))
      return refused(401, 'Unauthorized')()
    const [, name, version] = /^\/secrets\/([^/]+)(?:\/([^/]+))?$/.exec(path) ?? []
    const versions = secrets[name]
    const wanted = version ?? Object.keys(versions ?? {}).at(-1)
    if (query['api-version'] === undefined || versions?.[wanted] === undefined)
      return refused(404, 'SecretNotFound')()
    const id = `https://team.vault.azure.net/secrets/${name}/${wanted}`
    return { status: 200, body: { value: versions[wanted], id, attributes: { enabled: true } } }
  }

  const kindOf = ({ path }) => (path.startsWith('/secrets/') ? 'read' : 'login')
  const answer = (seen) => {
    if (kindOf(seen) === 'read') return read(seen)
    return seen.path.endsWith('/oauth2/v2.0/token') ? logIn(seen) : identity(seen)
  }
  const faults = {
    expired: refused(401, 'Unauthorized'),
    denied: refused(403, 'Forbidden'),
    missing: refused(404, 'SecretNotFound'),
    empty: () => ({ status: 200, body: {} }),
  }
  const server = await startFaulty({ kindOf, answer, faults, on: 'read', skewMs })
  return {
    ...server,
    tenant,
    clientId,
    clientSecret,
    federated,
    tokens,
    secrets,
    expireTokens: () => tokens.clear(),
  }
}
