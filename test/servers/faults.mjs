/**
 * An HTTP(S) server on loopback that stands for a secret store's back end and fails on request. The back end itself is
 * `answer`: a request in, `{ status, body, headers }` out. A fault names the kind of request it is for and how often.
 */
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'

/** What a fault makes of a request: a reply, `undefined` to go on as usual, or `'taken'` when it saw to the response. */
const FAULTS = {
  /** A captive portal or a wrong address: a page, with 200. */
  html: () => page(200, '<!doctype html><title>Sign in</title>'),
  /** Headers and half a body, and then nothing. */
  stall({ response }) {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
    response.write('{"secrets":[')
    return 'taken'
  },
  hang: () => 'taken',
  drop({ response }) {
    response.destroy()
    return 'taken'
  },
  /** The work is done, and nobody hears of it. */
  'drop-after': async ({ response, seen, answer }) => {
    await answer(seen)
    response.destroy()
    return 'taken'
  },
  'rate-limited': ({ fault }) => ({
    status: 429,
    body: { errors: ['rate limited'] },
    headers: after(fault.retryAfter),
  }),
  'rate-limited-500': ({ fault }) => ({
    status: 500,
    body: { statusCode: 500, message: 'Something went wrong', error: 'InternalServerError' },
    headers: after(fault.retryAfter ?? 59),
  }),
  broken: () => ({
    status: 500,
    body: { statusCode: 500, message: 'Something went wrong', error: 'InternalServerError' },
  }),
  /** A proxy that puts the whole request into its error. */
  echo: ({ seen }) => ({
    status: 422,
    body: { message: `Invalid request: ${JSON.stringify(seen)}`, request: seen },
  }),
  redirect: ({ fault }) => ({ status: 302, body: '', headers: { location: fault.location } }),
  /** Answers as usual, later. */
  slow: ({ fault }) => new Promise((resolve) => setTimeout(resolve, fault.ms ?? 200)),
}

/**
 * @param back `kindOf(seen)` names a request for counting and faults, `answer(seen)` is the back end, `faults` are its
 *   own ones by name (a reply each), `on` is the kind that a fault is for unless it says so, `tls` a key and certificate.
 */
export async function startFaulty({ kindOf, answer, faults: own = {}, on: usual, tls, skewMs = 0 }) {
  const requests = []
  const sockets = new Set()
  let faults = []
  let open = 0

  const handle = async (request, response) => {
    open += 1
    response.on('close', () => (open -= 1))
    const url = new URL(request.url, 'http://loopback')
    const seen = {
      method: request.method,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: request.headers,
      body: await read(request),
    }
    const on = kindOf(seen)
    requests.push({ ...seen, on })
    const fault = faults.find((fault) => fault.on === on && fault.times > 0)
    let reply
    if (fault) {
      fault.times -= 1
      reply = Object.hasOwn(own, fault.kind)
        ? own[fault.kind](seen)
        : await FAULTS[fault.kind]({ response, fault, seen, answer })
    }
    reply ??= await answer(seen)
    if (reply === 'taken') return
    const { status, body = '', headers = {} } = reply
    response.writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      date: new Date(Date.now() + skewMs).toUTCString(),
      ...headers,
    })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
  const server = tls ? createTlsServer(tls, handle) : createServer(handle)
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  return {
    url: tls ? `https://localhost:${port}` : `http://127.0.0.1:${port}`,
    port,
    requests,
    count: (on) => requests.filter((request) => request.on === on).length,
    /** The next `times` requests of that kind fail so. */
    fail(kind, fault = {}) {
      if (!Object.hasOwn(FAULTS, kind) && !Object.hasOwn(own, kind)) throw new Error(`no such fault: ${kind}`)
      faults.push({ on: usual, times: Infinity, ...fault, kind })
    },
    heal: () => void (faults = []),
    /** Requests that are neither answered to the end nor given up by the client. */
    openRequests: () => open,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve)
        for (const socket of sockets) socket.destroy()
      }),
  }
}

function page(status, body) {
  return { status, body, headers: { 'content-type': 'text/html' } }
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
