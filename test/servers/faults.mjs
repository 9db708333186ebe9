/**
 * An HTTP(S) server on loopback that stands for a secret store's back end and fails on request. The back end itself is
 * `answer`: a request in, `{ status, body, headers }` out. A fault names the kind of request it is for and how often.
 */
import { createServer, STATUS_CODES } from 'node:http'
import { createServer as createTlsServer } from 'node:https'

const FILLING = 'x'.repeat(64 * 1024)

/** What a fault makes of a request: a reply, `undefined` to go on as usual, or `'taken'` when it saw to the response. */
const FAULTS = {
  /** Whatever the test says. */
  answers: ({ fault }) => fault.reply,
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
  /** Or out for a while, with another status. */
  'rate-limited': ({ fault }) => ({
    status: fault.status ?? 429,
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
  /** A proxy that puts the whole request into its error, and into the status line and headers, in every spelling. */
  echo: async ({ seen, fault, answer }) => {
    const answered = fault.withAnswer ? await answer(seen) : undefined
    const said = spellings({ ...seen, answered })
    return {
      status: fault.status ?? 422,
      reason: said[0].slice(0, 2000),
      body: { message: `Invalid request: ${said[0]}`, error: said[0], request: seen, answered, said },
      headers: { 'x-request': said.map((text) => text.slice(0, 1500)), 'www-authenticate': said[0] },
    }
  },
  /** The usual answer, of which only the beginning arrives; its length and end are in order. */
  truncated: async ({ seen, answer }) => {
    const { body = '', ...reply } = await answer(seen)
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    return { ...reply, body: text.slice(0, Math.floor(text.length / 2)) }
  },
  /** The usual answer, called a page. */
  'wrong-type': async ({ seen, answer }) => {
    const reply = await answer(seen)
    return { ...reply, headers: { ...reply.headers, 'content-type': 'text/html; charset=latin1' } }
  },
  /** A body without an end. */
  huge({ response }) {
    response.writeHead(200, { 'content-type': 'application/json' })
    const more = () => {
      while (response.write(FILLING));
      response.once('drain', more)
    }
    response.write('{"secrets":[],"value":"')
    more()
    return 'taken'
  },
  redirect: ({ fault }) => ({ status: 302, body: '', headers: { location: fault.location } }),
  /** Answers as usual, later: after a while, or when the test says so. */
  slow: ({ fault }) => fault.until ?? new Promise((resolve) => setTimeout(resolve, fault.ms ?? 200)),
}

/**
 * @param back `kindOf(seen)` names a request for counting and faults, `answer(seen)` is the back end, `faults` are its
 *   own ones by name (a reply each), `on` is the kind that a fault is for unless it says so, `tls` a key and certificate.
 */
export async function startFaulty({ kindOf, answer, faults: own = {}, on: usual, tls, skewMs = 0 }) {
  const requests = []
  const sockets = new Set()
  let connections = 0
  /** Kinds of the requests that are under way. */
  const open = new Set()
  let faults = []
  let waiting = []

  const handle = async (request, response) => {
    const underWay = { on: undefined }
    open.add(underWay)
    response.on('close', () => open.delete(underWay))
    response.on('error', () => {})
    const url = new URL(request.url, 'http://loopback')
    const seen = {
      method: request.method,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: request.headers,
      body: await read(request),
    }
    const on = kindOf(seen)
    underWay.on = on
    requests.push({ ...seen, on })
    for (const { arrived } of waiting.filter((waiter) => waiter.on === on)) arrived()
    waiting = waiting.filter((waiter) => waiter.on !== on)
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
    const { status, reason, body = '', headers = {} } = reply
    response.writeHead(status, reason ?? STATUS_CODES[status], {
      'content-type': 'application/json; charset=utf-8',
      date: new Date(Date.now() + skewMs).toUTCString(),
      ...headers,
    })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
  const server = tls ? createTlsServer(tls, handle) : createServer(handle)
  server.on('connection', (socket) => {
    connections += 1
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
    openRequests: () => open.size,
    /** How many there were, and how many are open now. */
    connections: () => connections,
    openConnections: () => sockets.size,
    /** Settles when the next request of that kind arrives. */
    arrival: (on) => new Promise((arrived) => waiting.push({ on, arrived })),
    /** Of which kinds those are. */
    underWay: () => [...open].flatMap(({ on }) => on ?? []),
    close: () =>
      new Promise((resolve) => {
        server.close(resolve)
        for (const socket of sockets) socket.destroy()
      }),
  }
}

/** A request in clear and in the encodings in which a value may come back. */
function spellings(seen) {
  const values = [
    ...Object.values(seen.headers),
    ...Object.values(seen.query),
    ...strings([seen.body, seen.answered]),
  ].map(String)
  // Latin-1 and one line, as a status line and a header must be.
  const text = values.join(' ').replaceAll(/[^\x20-\x7e]/g, '?')
  const bytes = Buffer.from(text)
  const forms = ['base64', 'base64url', 'hex'].map((form) =>
    values.map((value) => Buffer.from(value).toString(form)).join(' '),
  )
  return [text, ...forms, encodeURIComponent(text), bytes.toString('base64')]
}

function strings(value) {
  if (typeof value === 'string') return [value]
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(strings) : []
}

function page(status, body) {
  return { status, body, headers: { 'content-type': 'text/html' } }
}

/** Seconds, or the header as it is to be. */
function after(wish) {
  return wish === undefined ? {} : { 'retry-after': String(wish) }
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
