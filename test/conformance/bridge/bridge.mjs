/**
 * Streamable HTTP in front of a server on stdio, so that the conformance suite, which speaks HTTP only, can reach it.
 * For tests: what the suite and the server say to each other passes as it is. The bridge does what HTTP asks of its
 * own server and stdio knows nothing of: sessions (session.mjs), streams, statuses and cancelling (shared.mjs), that
 * the version in the header is the one in the body, and that only loopback names and origins come in.
 */
import { createServer } from 'node:http'
import { reply } from './exchange.mjs'
import { Session } from './session.mjs'
import { PREFIX, Shared } from './shared.mjs'

const HEADER_MISMATCH = -32_020
const SAYS_LEGACY = /^202[45]-/
const LOOPBACK = /^(?:https?:\/\/)?(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/

const comesFromHere = ({ host = '', origin = host }) => LOOPBACK.test(host) && LOOPBACK.test(origin)

async function messageIn(request) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  return JSON.parse(Buffer.concat(chunks).toString('utf8'))
}

/** @param options command, args and env of the server, what its tools are called (names.mjs), and onStderr. */
export async function startBridge(options) {
  const sessions = new Map()
  const ending = []
  const shared = new Shared(options)

  function postModern(message, version, response) {
    const inBody = message.params?._meta?.[`${PREFIX}protocolVersion`]
    if (inBody === undefined || inBody === version) return shared.post(message, response)
    const error = { code: HEADER_MISMATCH, message: 'the version in the header is not the one in the body' }
    return reply(response, 400, { jsonrpc: '2.0', id: message.id, error })
  }

  function postLegacy(message, sessionId, response) {
    const session = sessions.get(sessionId)
    if (session !== undefined) return session.post(message, response)
    if (sessionId !== undefined) return reply(response, 404)
    if (message.method !== 'initialize') return reply(response, 400)
    const opened = new Session(options)
    sessions.set(opened.id, opened)
    return opened.post(message, response)
  }

  async function serve(request, response) {
    if (!comesFromHere(request.headers)) return reply(response, 403)
    const { 'mcp-protocol-version': version, 'mcp-session-id': sessionId } = request.headers
    if (request.method === 'POST') {
      const message = await messageIn(request)
      const isModern = version !== undefined && !SAYS_LEGACY.test(version)
      return isModern ? postModern(message, version, response) : postLegacy(message, sessionId, response)
    }
    const session = sessions.get(sessionId)
    if (session === undefined) return reply(response, sessionId === undefined ? 405 : 404)
    if (request.method === 'GET') return session.get(response)
    sessions.delete(sessionId)
    ending.push(session.stop())
    return reply(response, 200)
  }

  const server = createServer((request, response) => {
    serve(request, response).catch(() => reply(response, 400))
  })
  await new Promise((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${server.address().port}/mcp`,
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await Promise.all([shared.stop(), ...[...sessions.values()].map((each) => each.stop()), ...ending])
    },
  }
}
