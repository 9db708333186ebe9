// An OAuth 2.1 authorization server of our own on 127.0.0.1, as strict as MCP has it, with switches for its faults:
// metadata (RFC 8414, or OpenID Connect), dynamic registration (RFC 7591), client metadata documents, PKCE S256, resource
// indicators (RFC 8707), the issuer in the answer (RFC 9207), rotating refresh tokens that end the whole login when one
// is spent twice, revocation (RFC 7009). And what a server needs to be protected by it (RFC 9728).
import { createHash, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { createServer as createSecureServer, request as requestHttps } from 'node:https'

const token = (kind) => `${kind}-${randomBytes(24).toString('base64url')}`
const sha256 = (value) => createHash('sha256').update(value).digest('base64url')

export async function startOAuth(options = {}) {
  const switches = {
    lifetimeS: 3600,
    refresh: true,
    issuerInAnswer: true,
    registration: true,
    documents: false,
    oidc: false,
    pkce: ['S256'],
    decline: false,
    audience: undefined,
    hang: undefined,
    redirect: undefined,
    metadata: undefined,
    answer: undefined,
    tokenError: undefined,
    tokenDelayMs: 0,
    loseAnswer: false,
    graceMs: 0,
    /** What becomes of an answer with tokens; undefined leaves a member out. */
    tokens: {},
    registered: {},
    ...options,
  }
  const state = {
    clients: new Map(),
    codes: new Map(),
    families: new Map(),
    access: new Map(),
    refresh: new Map(),
    refreshes: 0,
    reuse: 0,
    revoked: 0,
    requests: [],
    authorizations: [],
  }
  for (const [id, client] of Object.entries(options.clients ?? {})) state.clients.set(id, client)
  let origin = ''

  const metadata = () => ({
    issuer: origin,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    revocation_endpoint: `${origin}/revoke`,
    response_types_supported: ['code'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post'],
    authorization_response_iss_parameter_supported: switches.issuerInAnswer,
    ...(switches.pkce !== undefined && { code_challenge_methods_supported: switches.pkce }),
    ...(switches.registration && { registration_endpoint: `${origin}/register` }),
    ...(switches.documents && { client_id_metadata_document_supported: true }),
    ...(switches.scopes !== undefined && { scopes_supported: switches.scopes }),
    ...(switches.oidc && {
      jwks_uri: `${origin}/jwks`,
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    }),
    ...switches.metadata,
  })

  const json = (response, status, value) => {
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    response.end(JSON.stringify(value))
  }
  const fail = (response, error, status = 400) =>
    json(response, status, { error, error_description: `no: ${error}` })

  function clientOf(request, form) {
    const basic = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1]
    const [id, secret] =
      basic === undefined
        ? [form.get('client_id'), form.get('client_secret')]
        : Buffer.from(basic, 'base64').toString().split(':').map(decodeURIComponent)
    const client =
      state.clients.get(id) ?? (switches.documents && id?.startsWith('https://') ? {} : undefined)
    if (client === undefined || (client.client_secret ?? null) !== (secret ?? null)) return undefined
    return id
  }

  function issue(response, family) {
    const access = token('access')
    const refresh = token('refresh')
    const expiresAt = Date.now() + switches.lifetimeS * 1000
    state.access.set(access, { family, expiresAt, audience: switches.audience ?? family.resource })
    family.access.push(access)
    if (switches.refresh) state.refresh.set(refresh, { family, spentAt: undefined })
    if (switches.loseAnswer) return void response.destroy()
    json(response, 200, {
      access_token: access,
      token_type: 'Bearer',
      expires_in: switches.lifetimeS,
      ...(family.scope !== undefined && { scope: family.scope }),
      ...(switches.refresh && { refresh_token: refresh }),
      ...switches.tokens,
    })
  }

  async function atToken(request, response, form) {
    const client = clientOf(request, form)
    if (switches.tokenDelayMs > 0) await new Promise((resolve) => setTimeout(resolve, switches.tokenDelayMs))
    if (switches.tokenError !== undefined) return fail(response, switches.tokenError)
    if (client === undefined) return fail(response, 'invalid_client', 401)
    if (form.get('grant_type') === 'authorization_code') {
      const code = state.codes.get(form.get('code'))
      state.codes.delete(form.get('code'))
      if (code === undefined || code.client !== client) return fail(response, 'invalid_grant')
      if (code.redirect !== form.get('redirect_uri')) return fail(response, 'invalid_grant')
      if (code.challenge !== sha256(form.get('code_verifier') ?? '')) return fail(response, 'invalid_grant')
      if (code.resource !== form.get('resource')) return fail(response, 'invalid_target')
      const family = { client, resource: code.resource, scope: code.scope, ended: false, access: [] }
      return issue(response, family)
    }
    if (form.get('grant_type') !== 'refresh_token') return fail(response, 'unsupported_grant_type')
    const entry = state.refresh.get(form.get('refresh_token'))
    if (entry === undefined || entry.family.ended || entry.family.client !== client)
      return fail(response, 'invalid_grant')
    const isInGrace = Date.now() - (entry.spentAt ?? Date.now()) < switches.graceMs
    if (entry.spentAt !== undefined && !isInGrace) {
      // Somebody has it who shouldn't: the login is over for everybody (RFC 9700, 4.14.2).
      state.reuse += 1
      entry.family.ended = true
      for (const access of entry.family.access) state.access.delete(access)
      return fail(response, 'invalid_grant')
    }
    if (form.get('resource') !== entry.family.resource) return fail(response, 'invalid_target')
    entry.spentAt ??= Date.now()
    state.refreshes += 1
    return issue(response, entry.family)
  }

  function atAuthorize(url, response) {
    const ask = Object.fromEntries(url.searchParams)
    state.authorizations.push(ask)
    const known =
      state.clients.get(ask.client_id) ??
      (switches.documents ? { redirect_uris: [ask.redirect_uri] } : undefined)
    if (known === undefined || !(known.redirect_uris ?? [ask.redirect_uri]).includes(ask.redirect_uri))
      return void response.writeHead(400).end('unknown client')
    const back = new URL(ask.redirect_uri)
    back.searchParams.set('state', ask.state)
    if (switches.issuerInAnswer) back.searchParams.set('iss', origin)
    if (ask.code_challenge_method !== 'S256' || ask.resource === undefined)
      back.searchParams.set('error', 'invalid_request')
    else if (switches.decline) back.searchParams.set('error', 'access_denied')
    else {
      const code = token('code')
      state.codes.set(code, {
        client: ask.client_id,
        redirect: ask.redirect_uri,
        challenge: ask.code_challenge,
        resource: ask.resource,
        scope: ask.scope,
      })
      back.searchParams.set('code', code)
    }
    switches.answer?.(back)
    response.writeHead(302, { location: back.href }).end()
  }

  const answer = async (request, response) => {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks).toString('utf8')
    const url = new URL(request.url, origin)
    state.requests.push({ method: request.method, path: url.pathname, body, headers: request.headers })
    if (switches.hang === url.pathname) return
    const elsewhere = switches.redirect?.[url.pathname]
    if (elsewhere !== undefined) return void response.writeHead(307, { location: elsewhere }).end()
    switch (url.pathname) {
      case '/.well-known/oauth-authorization-server':
        return switches.oidc ? void response.writeHead(404).end() : json(response, 200, metadata())
      case '/.well-known/openid-configuration':
        return switches.oidc ? json(response, 200, metadata()) : void response.writeHead(404).end()
      case '/register': {
        const asked = JSON.parse(body)
        const id = token('client')
        state.clients.set(id, { redirect_uris: asked.redirect_uris })
        return json(response, 201, {
          ...asked,
          client_id: id,
          client_id_issued_at: Math.floor(Date.now() / 1000),
          ...switches.registered,
        })
      }
      case '/authorize':
        return atAuthorize(url, response)
      case '/token':
        return atToken(request, response, new URLSearchParams(body))
      case '/revoke': {
        const entry = state.refresh.get(new URLSearchParams(body).get('token'))
        if (entry !== undefined) entry.family.ended = true
        state.revoked += 1
        return void response.writeHead(200).end()
      }
      default:
        response.writeHead(404).end()
    }
  }
  const { tls } = options
  const server = tls === undefined ? createServer(answer) : createSecureServer(tls, answer)
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const scheme = tls === undefined ? 'http' : 'https'
  origin = `${scheme}://127.0.0.1:${server.address().port}`

  /** For startRemote: refuses what carries no token of ours for this very server, and serves its metadata. */
  const protect = (extra = {}) => ({
    guard: (request) => {
      const resource = `${scheme}://${request.headers.host}/mcp`
      const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
      const known = state.access.get(bearer)
      if (known !== undefined && known.expiresAt > Date.now() && known.audience === resource) return undefined
      const where = `${scheme}://${request.headers.host}/.well-known/oauth-protected-resource/mcp`
      const challenge =
        extra.challenge ??
        `Bearer resource_metadata="${where}"${extra.scope === undefined ? '' : `, scope="${extra.scope}"`}`
      return { status: 401, headers: { 'www-authenticate': challenge } }
    },
    pages: (request, response) => {
      if (!request.url.startsWith('/.well-known/oauth-protected-resource')) return undefined
      if (extra.noMetadata === true) return undefined
      json(response, 200, {
        resource: `${scheme}://${request.headers.host}/mcp`,
        authorization_servers: [origin],
        ...extra.resourceMetadata,
      })
      return true
    },
  })

  return {
    origin,
    switches,
    state,
    protect,
    scopeOf: (access) => state.access.get(access)?.family.scope,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** A browser that follows what it is sent to, as far as the page that it ends on. */
export async function browse(address, ca) {
  let at = address
  for (let hops = 0; hops < 10; hops += 1) {
    const response = await (at.startsWith('https:')
      ? fetchTrusting(ca, at)
      : fetch(at, { redirect: 'manual' }))
    const next = response.headers.get('location')
    if (next === null) return { status: response.status, text: await response.text(), url: at }
    await response.body?.cancel()
    at = new URL(next, at).href
  }
  throw new Error('too many redirects')
}

function fetchTrusting(ca, url) {
  return new Promise((resolve, reject) => {
    const request = requestHttps(url, { ca, agent: false }, async (response) => {
      let text = ''
      for await (const chunk of response) text += chunk
      resolve(new Response(text, { status: response.statusCode, headers: response.headers }))
    })
    request.on('error', reject).end()
  })
}
