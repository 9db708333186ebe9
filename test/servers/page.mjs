/**
 * The dashboard's page before a door of cardboard: what GET /state says is set by the test, and what the page sends is
 * kept. The headers are those of the real door, so that what they forbid fails here too.
 */
import { createServer } from 'node:http'
import { assets } from '../../dist/dashboard/assets.js'

const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-ancestors 'none'; " +
    "base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'; trusted-types 'none'",
  'x-content-type-options': 'nosniff',
}

export async function startPage() {
  const pages = new Set()
  const door = {
    url: '',
    /** @type {object | undefined} */
    state: undefined,
    /** The JSON of a state, where JSON.stringify can't write it. */
    text: undefined,
    /** The sidecar's clock. */
    now: Date.now,
    /** Status and error for /state, instead of a state. */
    refuse: undefined,
    /** What each question's answer comes to. */
    outcome: () => 'done',
    /** And asking again about what is denied. */
    lifts: 'done',
    sent: [],
    requests: [],
    changed() {
      for (const page of pages) page.write('event: changed\ndata: changed\n\n')
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  const json = (response, status, body) => {
    response.writeHead(status, { ...HEADERS, 'content-type': 'application/json' })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
  const server = createServer(async (request, response) => {
    door.requests.push(`${request.method} ${request.url}`)
    if (request.method === 'POST') {
      const chunks = []
      for await (const chunk of request) chunks.push(chunk)
      const body = JSON.parse(Buffer.concat(chunks).toString('utf8'))
      door.sent.push({ path: request.url, body })
      if (body.ids) json(response, 200, { outcomes: body.ids.map((id) => door.outcome(id, body)) })
      else json(response, 200, request.url === '/lift' ? { outcome: door.lifts } : { revoked: true })
      return
    }
    if (request.url === '/state') {
      if (door.refuse !== undefined) json(response, door.refuse.status, { error: door.refuse.error })
      else json(response, 200, door.text ?? { ...door.state, now: door.now() })
      return
    }
    if (request.url === '/events' && door.refuse === undefined) {
      response.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream' })
      pages.add(response)
      response.on('close', () => pages.delete(response))
      response.write('event: changed\ndata: changed\n\n')
      return
    }
    const asset = assets.get(request.url)
    if (asset === undefined) response.writeHead(404, HEADERS).end()
    else response.writeHead(200, { ...HEADERS, 'content-type': asset.type }).end(asset.body)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  door.url = `http://127.0.0.1:${server.address().port}`
  return door
}
