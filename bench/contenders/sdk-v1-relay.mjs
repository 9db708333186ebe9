// The smallest relay that the official SDK's version 1 makes: a Server for the host, a Client for each server, and each
// request handed on. Its arguments: a command line as JSON, or an address, for each server; the first is s0.
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import * as types from '@modelcontextprotocol/sdk/types.js'
import { LONG_MS, prefixed, target } from './sdk-relay.mjs'

const clients = await Promise.all(
  process.argv.slice(2).map(async (line) => {
    const client = new Client({ name: 'relay', version: '1' })
    if (line.startsWith('http')) {
      await client.connect(new StreamableHTTPClientTransport(new URL(line)))
      return client
    }
    const [command, ...args] = JSON.parse(line)
    await client.connect(new StdioClientTransport({ command, args, stderr: 'ignore' }))
    return client
  }),
)
const server = new Server(
  { name: 'sdk 1', version: '1' },
  { capabilities: { tools: {}, prompts: {}, resources: {} } },
)
const lists = [
  ['tools', types.ListToolsRequestSchema, types.ListToolsResultSchema],
  ['prompts', types.ListPromptsRequestSchema, types.ListPromptsResultSchema],
  ['resources', types.ListResourcesRequestSchema, types.ListResourcesResultSchema],
]
for (const [kind, request, result] of lists)
  server.setRequestHandler(request, ({ method }) =>
    prefixed(kind, clients, (client) => client.request({ method, params: {} }, result)),
  )
const requests = [
  [types.CallToolRequestSchema, types.CallToolResultSchema],
  [types.GetPromptRequestSchema, types.GetPromptResultSchema],
  [types.ReadResourceRequestSchema, types.ReadResourceResultSchema],
]
for (const [request, result] of requests)
  server.setRequestHandler(request, ({ method, params }) => {
    const [index, there] = target(params)
    return clients[index].request({ method, params: there }, result, { timeout: LONG_MS })
  })
await server.connect(new StdioServerTransport())
process.stdin.on('end', async () => {
  await Promise.all(clients.map((client) => client.close()))
  process.exit(0)
})
