/** A server of the first SDK (1.32), which speaks up to 2025-11-25; `grow` adds a tool and says so. */
import { appendFileSync } from 'node:fs'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { z } from 'zod'

if (process.env.PIDS !== undefined) appendFileSync(process.env.PIDS, `${process.pid}\n`)

const server = new McpServer({ name: 'legacy', version: '1.0.0' }, { capabilities: { logging: {} } })
server.registerTool('echo', { inputSchema: { text: z.string() } }, ({ text }) => ({
  content: [{ type: 'text', text }],
}))
server.registerTool('env', { inputSchema: {} }, () => ({
  content: [{ type: 'text', text: JSON.stringify(process.env) }],
}))
server.registerTool('grow', { inputSchema: {} }, () => {
  server.registerTool('grown', { inputSchema: {} }, () => ({ content: [] }))
  return { content: [{ type: 'text', text: 'grown' }] }
})
await server.connect(new StdioServerTransport())
