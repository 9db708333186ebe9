// The floor: between its stdio and its servers it looks at nothing but ids and names. What sidemux costs beyond this is
// what its guarantees cost. Its arguments: a command line as JSON for each server; the first is s0.
import { spawn } from 'node:child_process'
import { readLines } from '../children/lines.mjs'

const waiting = new Map()
let next = 0
const put = (stream, message) => stream.write(`${JSON.stringify(message)}\n`)

const servers = process.argv.slice(2).map((line) => {
  const [command, ...args] = JSON.parse(line)
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'] })
  readLines(child.stdout, (bytes) => {
    const message = JSON.parse(bytes.toString())
    const back = waiting.get(message.id)
    waiting.delete(message.id)
    back?.(message)
  })
  return child
})

function ask(server, message, back) {
  next += 1
  waiting.set(next, back)
  put(server.stdin, { ...message, id: next })
}
const all = (method) =>
  Promise.all(servers.map((server) => new Promise((done) => ask(server, { jsonrpc: '2.0', method }, done))))

/** Lists are asked of all servers, and names made different by the server's number. */
async function list(kind, method) {
  const lists = (await all(method)).map(({ result }) => result[kind])
  return {
    [kind]: lists.flatMap((items, index) =>
      items.map((item) => (item.uri ? item : { ...item, name: `s${index}_${item.name}` })),
    ),
  }
}

/** A name's server, and the name there; without a name the first server. */
function routed(params = {}) {
  if (params.name === undefined) return [servers[0], params]
  const at = params.name.indexOf('_')
  return [servers[Number(params.name.slice(1, at))], { ...params, name: params.name.slice(at + 1) }]
}

readLines(process.stdin, (bytes) => {
  const message = JSON.parse(bytes.toString())
  const { id, method } = message
  if (id === undefined) return
  const answer = (result) => put(process.stdout, { jsonrpc: '2.0', id, result })
  const kind = /^(tools|prompts|resources)\/list$/.exec(method)?.[1]
  if (kind !== undefined) {
    void list(kind, method).then(answer)
  } else if (method === 'initialize') {
    answer({
      protocolVersion: message.params.protocolVersion,
      capabilities: { tools: {}, prompts: {}, resources: {} },
      serverInfo: { name: 'raw', version: '1' },
    })
  } else {
    const [server, params] = routed(message.params)
    ask(server, { ...message, params }, (back) => put(process.stdout, { ...back, id }))
  }
})
process.stdin.on('end', () => {
  for (const server of servers) server.stdin.end()
  process.exit(0)
})
