// A host that lets servers use its model, and is told what to do by JSON lines: { id, call, args } calls a tool, and
// { cancel: id } takes that back. It says { ready } at first, { id, result } or { id, failed }, and { asked } when its
// model is asked.
// argv: legacy (SDK 1.32) or modern (SDK 2.4, 2026-07-28), then the sidecar's command line
import { createInterface } from 'node:readline'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport as StdioClientTransport1 } from '@modelcontextprotocol/sdk/client/stdio.js'
import { CreateMessageRequestSchema } from '@modelcontextprotocol/sdk/types.js'

const [era, command, ...args] = process.argv.slice(2)
const tell = (message) => process.stdout.write(`${JSON.stringify(message)}\n`)
const model = ({ params }) => {
  tell({ asked: params })
  return { role: 'assistant', content: { type: 'text', text: 'Paris' }, model: 'test-model' }
}
const INFO = { name: 'a-host', version: '1' }
const launch = { command, args, env: process.env, stderr: 'ignore' }
/** The SDK's own would start a second process to probe. */
class InPlaceTransport extends StdioClientTransport {}

async function connected() {
  const capabilities = { sampling: {} }
  if (era === 'legacy') {
    const client = new Client1(INFO, { capabilities })
    client.setRequestHandler(CreateMessageRequestSchema, model)
    await client.connect(new StdioClientTransport1(launch))
    return (params, options) => client.callTool(params, undefined, options)
  }
  const client = new Client(INFO, { capabilities, versionNegotiation: { mode: { pin: '2026-07-28' } } })
  client.setRequestHandler('sampling/createMessage', model)
  await client.connect(new InPlaceTransport(launch))
  return (params, options) => client.callTool(params, options)
}

const callTool = await connected()
const calls = new Map()
createInterface({ input: process.stdin }).on('line', async (line) => {
  const { id, call, args: given, cancel } = JSON.parse(line)
  calls.get(cancel)?.abort()
  if (call === undefined) return
  calls.set(id, new AbortController())
  try {
    tell({ id, result: await callTool({ name: call, arguments: given }, { signal: calls.get(id).signal }) })
  } catch (error) {
    tell({ id, failed: String(error) })
  }
})
tell({ ready: true })
