// A server of MCP Apps as the official examples are: a tool that shows a page, tools that only its page calls, and the
// page. PAGES_NAME goes into every answer, so that it shows which server was reached.
import { createInterface } from 'node:readline'

const NAME = process.env.PAGES_NAME ?? 'pages'
const inputSchema = { type: 'object', properties: {} }
const annotations = { readOnlyHint: true }
const PAGE = 'ui://clock/page.html'
const tool = (name, ui) => ({ name, inputSchema, annotations, _meta: { ui } })
const TOOLS = [
  tool('get-time', { resourceUri: PAGE }),
  tool('poll-stats', { visibility: ['app'] }),
  tool(`get-${NAME}`, { visibility: ['app', 'model'] }),
  tool('get-model-only', { visibility: ['model'] }),
  tool('get-nobody', { visibility: [] }),
]
const ANSWERS = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {}, resources: {} },
    serverInfo: { name: NAME, version: '1' },
  }),
  'tools/list': () => ({ tools: TOOLS }),
  'resources/list': () => ({
    resources: [
      { uri: PAGE, name: 'page', mimeType: 'text/html;profile=mcp-app' },
      { uri: 'memo://all', name: 'memo' },
    ],
  }),
  'resources/templates/list': () => ({
    resourceTemplates: [
      { uriTemplate: `data-${NAME}://{id}`, name: 'data' },
      { uriTemplate: '{+any}', name: 'any' },
    ],
  }),
  'resources/read': ({ uri }) => ({
    contents: [{ uri, mimeType: 'text/html;profile=mcp-app', text: `<p>${NAME}</p>` }],
  }),
  'tools/call': ({ name }) => ({ content: [{ type: 'text', text: `${NAME}: ${name}` }] }),
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = JSON.parse(line)
  if (id === undefined) continue
  const answer = ANSWERS[method]
  const reply = answer ? { result: answer(params ?? {}) } : { error: { code: -32601, message: 'no' } }
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...reply })}\n`)
}
