/**
 * A server without an SDK that says to the byte what it is told to, and gives back to the byte what it got. Tools:
 * `result` and `error` answer with the JSON in the argument `json`; `notice` sends it as the data of a log message
 * first; `line` answers with the line of the request, as text. With a module in NAMES
 * that is a list of names, those are the names of its tools, and all of them do what `line` does.
 */
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'

const write = (line) => process.stdout.write(`${line}\n`)
const own = process.env.NAMES && createRequire(import.meta.url)(process.env.NAMES)
const names = own ?? ['result', 'error', 'notice', 'line']
const tools = JSON.stringify(
  names.map((name) => ({
    name,
    description: name,
    inputSchema: { type: 'object' },
    annotations: { readOnlyHint: true },
  })),
)

const answers = {
  result: (id, { json }) => write(`{"jsonrpc":"2.0","id":${id},"result":${json}}`),
  error: (id, { json }) =>
    write(`{"jsonrpc":"2.0","id":${id},"error":{"code":-32050,"message":"m","data":${json}}}`),
  notice: (id, { json }) => {
    write(`{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"error","data":${json}}}`)
    write(`{"jsonrpc":"2.0","id":${id},"result":{"content":[]}}`)
  },
  line: (id, _args, line) => {
    const text = JSON.stringify(line)
    write(`{"jsonrpc":"2.0","id":${id},"result":{"content":[{"type":"text","text":${text}}]}}`)
  },
}

const lines = createInterface({ input: process.stdin, crlfDelay: Infinity })
lines.on('line', (line) => {
  const { id: given, method, params } = JSON.parse(line)
  const id = JSON.stringify(given)
  if (given === undefined) return
  const info = '"capabilities":{"tools":{},"logging":{}},"serverInfo":{"name":"exact","version":"1"}'
  if (method === 'initialize')
    write(`{"jsonrpc":"2.0","id":${id},"result":{"protocolVersion":"2025-06-18",${info}}}`)
  else if (method === 'tools/list') write(`{"jsonrpc":"2.0","id":${id},"result":{"tools":${tools}}}`)
  else if (method === 'logging/setLevel') write(`{"jsonrpc":"2.0","id":${id},"result":{}}`)
  else if (method === 'tools/call') {
    const answer = own === undefined ? answers[params.name] : answers.line
    answer(id, params.arguments ?? {}, line)
  } else write(`{"jsonrpc":"2.0","id":${id},"error":{"code":-32601,"message":"Method not found"}}`)
})
lines.on('close', () => process.exit(0))
