/** Speaks 2026-07-28 and nothing older, and takes its time before it reads its first line. */
import { setTimeout as sleep } from 'node:timers/promises'
import { McpServer } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { z } from 'zod'

await sleep(Number(process.env.SLOW_MS ?? 300))
const make = () => {
  const server = new McpServer({ name: 'slow', version: '1.0.0' })
  server.registerTool('echo', { inputSchema: z.object({}) }, () => ({ content: [] }))
  return server
}
serveStdio(make, { legacy: 'reject' })
