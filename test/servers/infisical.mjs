/**
 * An HTTP server on loopback that answers as Infisical does (Universal Auth, token revoke, list of raw secrets with
 * imports), in the shapes that were recorded from a real one, and that fails on request.
 *
 *   const infisical = await startInfisical({ secrets: { dev: { '/github': { TOKEN: 'value' } } } })
 *   infisical.fail('rate-limited', { on: 'list', times: 1, retryAfter: 1 })
 *   await infisical.close()
 */
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'

const LIST = '/api/v3/secrets/raw'
const LOGIN = '/api/v1/auth/universal-auth/login'
const REVOKE = '/api/v1/auth/token/revoke'

/** What a fault does to a request; true when it has answered (or never will). */
const FAULTS = {
  /** A captive portal or a wrong siteUrl: a page, with 200. */
  html: (response) =>
    send(response, 200, '<!doctype html><title>Sign in</title>', { 'content-type': 'text/html' }),
  /** What a folder or environment that doesn't exist looks like. */
  empty: (response) => send(response, 200, { secrets: [], imports: [] }),
  /** Headers and half a body, and then nothing. */
  stall(response) {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
    response.write('{"secrets":[')
    return true
  },
  hang: () => true,
  drop(response) {
    response.destroy()
    return true
  },
  'rate-limited': (response, { retryAfter }) =>
    send(
      response,
      429,
      { statusCode: 429, message: 'Rate limit exceeded', error: 'RateLimitError' },
      after(retryAfter),
    ),
  /** The releases of 2024. */
  'rate-limited-500': (response, { retryAfter = 59 }) =>
    send(
      response,
      500,
      { statusCode: 500, message: 'Something went wrong', error: 'InternalServerError' },
      after(retryAfter),
    ),
  broken: (response) =>
    send(response, 500, { statusCode: 500, message: 'Something went wrong', error: 'InternalServerError' }),
  expired: (response) =>
    send(response, 401, {
      statusCode: 401,
      message: 'No identity access token found',
      error: 'UnauthorizedError',
    }),
  'token-error': (response) =>
    send(response, 403, {
      statusCode: 403,
      message: 'The provided access token is malformed.',
      error: 'TokenError',
    }),
  denied: (response) =>
    send(response, 403, {
      statusCode: 403,
      message: 'You do not have permission to read',
      error: 'PermissionDenied',
    }),
  'no-project': (response) =>
    send(response, 404, { statusCode: 404, message: 'Project not found', error: 'NotFound' }),
  /** A proxy that puts the whole request into its error. */
  echo: (response, _options, request) =>
    send(response, 422, {
      statusCode: 422,
      message: `Invalid request: ${JSON.stringify(request)}`,
      error: 'Unprocessable',
      request,
    }),
  redirect: (response, { location }) => send(response, 302, '', { location }),
  /** Answers as usual, later. */
  slow: async (_response, { ms = 200 }) => {
    await new Promise((resolve) => setTimeout(resolve, ms))
    return false
  },
}

export async function startInfisical(options = {}) {
  const {
    clientId = 'client-id',
    clientSecret = 'client-secret-0123456789',
    projectId = randomUUID(),
  } = options
  const { expiresIn = 300, secrets = {}, imports = {} } = options
  const requests = []
  const tokens = new Set()
  const sockets = new Set()
  let faults = []

  let open = 0

  const server = createServer(async (request, response) => {
    open += 1
    response.on('close', () => (open -= 1))
    const url = new URL(request.url, 'http://loopback')
    const body = await read(request)
    const seen = {
      method: request.method,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: request.headers,
      body,
    }
    const on = url.pathname === LOGIN ? 'login' : url.pathname === REVOKE ? 'revoke' : 'list'
    requests.push({ ...seen, on })
    const fault = faults.find((fault) => fault.on === on && fault.times > 0)
    if (fault) {
      fault.times -= 1
      if (await FAULTS[fault.kind](response, fault, seen)) return
    }
    if (on === 'login') login(response, body)
    else if (on === 'revoke') revoke(response, body)
    else if (url.pathname === LIST) list(response, seen)
    else send(response, 404, { statusCode: 404, message: 'Not found', error: 'NotFound' })
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })

  function login(response, body) {
    if (body?.clientId !== clientId || body?.clientSecret !== clientSecret) {
      return send(response, 401, {
        statusCode: 401,
        message: 'Invalid credentials',
        error: 'UnauthorizedError',
      })
    }
    const accessToken = `token-${randomUUID()}`
    tokens.add(accessToken)
    return send(response, 200, { accessToken, expiresIn, accessTokenMaxTTL: 3600, tokenType: 'Bearer' })
  }

  function revoke(response, body) {
    tokens.delete(body?.accessToken)
    return send(response, 200, { message: 'Successfully revoked access token' })
  }

  function list(response, { headers, query }) {
    const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1]
    if (!tokens.has(token)) return FAULTS.expired(response)
    if (query.workspaceId !== projectId) return FAULTS['no-project'](response)
    const { environment, secretPath } = query
    const imported = query.include_imports === 'true' ? (imports[environment]?.[secretPath] ?? []) : []
    return send(response, 200, {
      secrets: entries(environment, secretPath),
      imports: imported.map((path) => ({
        secretPath: path,
        environment,
        folderId: randomUUID(),
        secrets: entries(environment, path),
      })),
    })
  }

  /** A secret is written as its value, or as `{ secretValue, version, secretValueHidden }`. */
  function entries(environment, secretPath) {
    return Object.entries(secrets[environment]?.[secretPath] ?? {}).map(([secretKey, given]) => ({
      id: randomUUID(),
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

  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    clientId,
    clientSecret,
    projectId,
    requests,
    tokens,
    count: (on) => requests.filter((request) => request.on === on).length,
    /** The next `times` requests of that kind fail so. */
    fail(kind, fault = {}) {
      if (!Object.hasOwn(FAULTS, kind)) throw new Error(`no such fault: ${kind}`)
      faults.push({ on: 'list', times: Infinity, ...fault, kind })
    },
    heal: () => void (faults = []),
    expireTokens: () => tokens.clear(),
    /** Requests that are neither answered to the end nor given up by the client. */
    openRequests: () => open,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve)
        for (const socket of sockets) socket.destroy()
      }),
  }
}

function send(response, status, body, headers = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
  response.end(text)
  return true
}

function after(seconds) {
  return seconds === undefined ? {} : { 'retry-after': String(seconds) }
}

async function read(request) {
  let text = ''
  for await (const chunk of request) text += chunk
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
