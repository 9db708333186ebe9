/** A server of the current SDK (2.4), which speaks 2026-07-28; `grow` adds a tool and says so. */
import { appendFileSync } from 'node:fs'
import { McpServer } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { z } from 'zod'

if (process.env.PIDS !== undefined) appendFileSync(process.env.PIDS, `${process.pid}\n`)

serveStdio(() => {
  const server = new McpServer({ name: 'modern', version: '1.0.0' })
  server.registerTool('echo', { inputSchema: z.object({ text: z.string() }) }, ({ text }) => ({
    content: [{ type: 'text', text }],
  }))
  server.registerTool('meta', { inputSchema: z.object({}) }, (_args, ctx) => ({
    content: [
      { type: 'text', text: JSON.stringify({ meta: ctx.mcpReq._meta, envelope: ctx.mcpReq.envelope }) },
    ],
  }))
  server.registerTool('numbers', { inputSchema: z.object({}), outputSchema: z.array(z.number()) }, () => ({
    content: [{ type: 'text', text: '[1,2]' }],
    structuredContent: [1, 2],
  }))
  server.registerTool('grow', { inputSchema: z.object({}) }, () => {
    server.registerTool('grown', { inputSchema: z.object({}) }, () => ({ content: [] }))
    return { content: [{ type: 'text', text: 'grown' }] }
  })
  server.registerTool('exits', { inputSchema: z.object({}) }, () => process.exit(4))
  return server
})
