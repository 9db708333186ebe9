/**
 * An MCP server without an SDK, to be imported: it answers what it is told to, also wrongly. Options: `discover`
 * ('refuse', 'silent' or 'exit') is what it makes of the probe, `tools` is the list as it goes out, `capabilities`
 * is what `initialize` announces, `call(message, send)` answers a call, `ended` is what the end of its stdin is to it.
 */
import { appendFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

export const send = (message) => process.stdout.write(`${JSON.stringify(message)}\n`)
export const text = (id, value) =>
  send({ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text: value }] } })

export const ECHO = {
  name: 'echo',
  inputSchema: { type: 'object', properties: { text: { type: 'string' } } },
}

export function serve({
  discover = 'refuse',
  tools = [ECHO],
  capabilities = { tools: {} },
  call = echo,
  notify = () => {},
  ended = () => process.exit(0),
}) {
  if (process.env.PIDS !== undefined) appendFileSync(process.env.PIDS, `${process.pid}\n`)
  const lines = createInterface({ input: process.stdin, crlfDelay: Infinity })
  lines.on('line', (line) => {
    const message = JSON.parse(line)
    const { id, method } = message
    if (method === undefined) return notify(message)
    if (method === 'server/discover') {
      if (discover === 'exit') process.exit(7)
      if (discover === 'refuse')
        send({ jsonrpc: '2.0', id, error: { code: -32601, message: 'Method not found' } })
    } else if (method === 'initialize') {
      const { protocolVersion } = message.params
      send({
        jsonrpc: '2.0',
        id,
        result: { protocolVersion, capabilities, serverInfo: { name: 'raw', version: '1' } },
      })
    } else if (method === 'tools/list' && tools !== null) {
      const list = typeof tools === 'function' ? tools(message.params) : { tools }
      send({ jsonrpc: '2.0', id, result: list })
    } else if (method === 'tools/call') {
      call(message, send)
    } else if (id === undefined) {
      notify(message)
    } else {
      send({ jsonrpc: '2.0', id, error: { code: -32601, message: 'Method not found' } })
    }
  })
  lines.on('close', () => ended())
}

function echo({ id, params }) {
  text(id, String(params.arguments?.text ?? ''))
}
