/** Everything (offer.mjs) from a server of the current SDK (2.4) that speaks 2026-07-28 and nothing else. */
import { ProtocolError, Server } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { inRounds } from '../../conformance/fixture/asking.mjs'
import { INVALID_PARAMS, RpcError } from '../../conformance/fixture/wire.mjs'
import * as offer from './offer.mjs'

const PREFIX = 'io.modelcontextprotocol/'
const grown = { tools: false, prompts: false, resources: false }
const read = offer.reader(INVALID_PARAMS)

function effects(server, { mcpReq }) {
  const { envelope = {}, signal, _meta = {} } = mcpReq
  const notify = (method, params = {}) => mcpReq.notify({ method, params })
  return {
    told: { capabilities: envelope[`${PREFIX}clientCapabilities`], meta: { ...envelope, ..._meta } },
    signal,
    notify,
    log: (level, data) => mcpReq.log(level, data, 'fixture'),
    change: (kind) => {
      grown[kind] = !grown[kind]
      return server.notification({ method: `notifications/${kind}/list_changed` })
    },
    updated: (uri) => server.sendResourceUpdated({ uri }),
    progress: (progress, total, message) => {
      const { progressToken } = _meta
      if (progressToken !== undefined)
        void notify('notifications/progress', { progressToken, progress, total, message })
    },
    pause: (ms) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, ms)
        signal.addEventListener('abort', () => (clearTimeout(timer), resolve()))
      }),
  }
}

serveStdio(
  () => {
    const server = new Server(offer.INFO, {
      capabilities: offer.CAPABILITIES,
      instructions: offer.INSTRUCTIONS,
      cacheHints: {
        'tools/list': offer.CACHED,
        'prompts/list': offer.CACHED,
        'resources/list': offer.CACHED,
        'resources/templates/list': offer.CACHED,
        'resources/read': offer.CACHED,
      },
    })
    const on = (method, handler) =>
      server.setRequestHandler(method, async ({ params = {} }, context) => {
        try {
          return await handler(params, context)
        } catch (error) {
          throw error instanceof RpcError ? new ProtocolError(error.code, error.message, error.data) : error
        }
      })
    const interactive = (context, run) => {
      const { envelope, inputResponses, requestState } = context.mcpReq
      const sealed = requestState()
      const round = {
        ...(inputResponses !== undefined && { inputResponses }),
        ...(sealed !== undefined && { requestState: sealed }),
      }
      const handler = (input) => run({ ...input, ...effects(server, context) })
      return inRounds(handler, round, envelope[`${PREFIX}clientCapabilities`])
    }
    on('tools/list', (params) => offer.listTools(params, grown))
    on('tools/call', (params, context) =>
      interactive(context, (inner) => offer.tool(params.name)(params.arguments ?? {}, inner)),
    )
    on('prompts/list', (params) => offer.listPrompts(params, grown))
    on('prompts/get', (params, context) =>
      interactive(context, (inner) => offer.prompt(params.name)(params.arguments ?? {}, inner)),
    )
    on('resources/list', (params) => offer.listResources(params, grown))
    on('resources/templates/list', (params) => offer.listTemplates(params))
    on('resources/read', (params, context) => interactive(context, (inner) => read(params, inner)))
    on('completion/complete', (params) => offer.complete(params))
    return server
  },
  { legacy: 'reject' },
)
