// The smallest relay that the official SDK's version 2 makes, in the same way as sdk-v1-relay.mjs.
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { Server } from '@modelcontextprotocol/server'
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio'
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
  { name: 'sdk 2', version: '1' },
  { capabilities: { tools: {}, prompts: {}, resources: {} } },
)
for (const kind of ['tools', 'prompts', 'resources'])
  server.setRequestHandler(`${kind}/list`, ({ method }) =>
    prefixed(kind, clients, (client) => client.request({ method, params: {} })),
  )
for (const method of ['tools/call', 'prompts/get', 'resources/read'])
  server.setRequestHandler(method, ({ params }) => {
    const [index, there] = target(params)
    return clients[index].request({ method, params: there }, { timeout: LONG_MS })
  })
await server.connect(new StdioServerTransport())
process.stdin.on('end', async () => {
  await Promise.all(clients.map((client) => client.close()))
  process.exit(0)
})
