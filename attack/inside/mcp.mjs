// The smallest MCP server: no package beside it, so that it runs wherever a Node does. One tool a name.
import { createInterface } from 'node:readline'

const say = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)

/** @param tools name to a function of the arguments that gives a text, which is awaited */
export function serve(name, tools, description = 'For the attacks.') {
  const listed = Object.keys(tools).map((tool) => ({
    name: tool,
    description,
    inputSchema: { type: 'object' },
    annotations: { readOnlyHint: true },
  }))
  createInterface({ input: process.stdin }).on('line', async (line) => {
    const { id, method, params } = JSON.parse(line)
    if (id === undefined || method === undefined) return
    if (method === 'initialize')
      say({
        id,
        result: {
          protocolVersion: '2025-06-18',
          capabilities: { tools: {} },
          serverInfo: { name, version: '1' },
        },
      })
    else if (method === 'tools/list') say({ id, result: { tools: listed } })
    else if (method === 'ping') say({ id, result: {} })
    else if (method === 'tools/call') {
      const text = await tools[params.name]?.(params.arguments ?? {})
      say({ id, result: { content: [{ type: 'text', text: String(text) }] } })
    } else say({ id, error: { code: -32601, message: 'Method not found' } })
  })
}
