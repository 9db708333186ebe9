/** Everything (offer.mjs) from a server of the first SDK (1.32), which speaks up to 2025-11-25. */
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import * as types from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'
import { live } from '../../conformance/fixture/asking.mjs'
import { RpcError } from '../../conformance/fixture/wire.mjs'
import * as offer from './offer.mjs'

const server = new Server(offer.INFO, { capabilities: offer.CAPABILITIES, instructions: offer.INSTRUCTIONS })
const grown = { tools: false, prompts: false, resources: false }
const subscribed = new Set()
const read = offer.reader(offer.RESOURCE_NOT_FOUND)

function effects({ _meta = {} }, extra) {
  const notify = (method, params = {}) => server.notification({ method, params })
  return {
    told: { capabilities: server.getClientCapabilities(), meta: _meta },
    signal: extra.signal,
    notify,
    log: (level, data) => server.sendLoggingMessage({ level, logger: 'fixture', data }),
    change: (kind) => {
      grown[kind] = !grown[kind]
      return notify(`notifications/${kind}/list_changed`)
    },
    updated: (uri) => subscribed.has(uri) && server.sendResourceUpdated({ uri }),
    progress: (progress, total, message) => {
      const { progressToken } = _meta
      if (progressToken !== undefined)
        void notify('notifications/progress', { progressToken, progress, total, message })
    },
    pause: (ms) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, ms)
        extra.signal.addEventListener('abort', () => (clearTimeout(timer), resolve()))
      }),
  }
}

/** Any object is a result: what a client answers is the test's to judge. */
const ask = ({ method, params }) => server.request({ method, params }, z.looseObject({}))
const interactive = (params, extra, run) =>
  live((input) => run({ ...input, ...effects(params, extra) }), server.getClientCapabilities(), ask)

const on = (schema, handler) =>
  server.setRequestHandler(schema, async ({ params = {} }, extra) => {
    try {
      return await handler(params, extra)
    } catch (error) {
      throw error instanceof RpcError ? new types.McpError(error.code, error.message, error.data) : error
    }
  })

on(types.ListToolsRequestSchema, (params) => offer.listTools(params, grown))
on(types.CallToolRequestSchema, (params, extra) =>
  interactive(params, extra, (context) => offer.tool(params.name)(params.arguments ?? {}, context)),
)
on(types.ListPromptsRequestSchema, (params) => offer.listPrompts(params, grown))
on(types.GetPromptRequestSchema, (params, extra) =>
  interactive(params, extra, (context) => offer.prompt(params.name)(params.arguments ?? {}, context)),
)
on(types.ListResourcesRequestSchema, (params) => offer.listResources(params, grown))
on(types.ListResourceTemplatesRequestSchema, (params) => offer.listTemplates(params))
on(types.ReadResourceRequestSchema, (params, extra) =>
  interactive(params, extra, (context) => read(params, context)),
)
on(types.CompleteRequestSchema, (params) => offer.complete(params))
on(types.SubscribeRequestSchema, async ({ uri }) => {
  await offer.subscribing()
  subscribed.add(uri)
  return {}
})
on(types.UnsubscribeRequestSchema, ({ uri }) => (subscribed.delete(uri), {}))
server.setNotificationHandler(types.RootsListChangedNotificationSchema, (message) => offer.heard(message))
await server.connect(new StdioServerTransport())
