// An MCP host that was started in a terminal, as plain as possible. It launches the sidecar and does what it is told on a
// socket, a JSON line each: { call, args } asks for a tool, { spawn } starts a program as a model's shell tool would.
// argv: the socket, then the sidecar's command line
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'

const [socket, program, ...args] = process.argv.slice(2)
const sidecar = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'] })
const waiting = new Map()
let last = 0

const send = (message) => sidecar.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
const request = (method, params) =>
  new Promise((resolve) => {
    last += 1
    waiting.set(last, resolve)
    send({ id: last, method, params })
  })
createInterface({ input: sidecar.stdout }).on('line', (line) => {
  const { id, method, result, error } = JSON.parse(line)
  if (method === undefined) waiting.get(id)?.(result ?? { isError: true, content: [{ text: error.message }] })
})

const printed = (argv) =>
  new Promise((resolve) => {
    const child = spawn(argv[0], argv.slice(1), { stdio: ['pipe', 'pipe', 'pipe'] })
    let output = ''
    let typed = false
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        output += chunk
        // What anybody at this terminal would type.
        if (typed || !output.includes('once: ')) return
        typed = true
        setTimeout(() => child.stdin.write('yes\r'), 1500)
      })
    child.on('close', (code) => resolve({ code, output }))
  })

await request('initialize', {
  protocolVersion: '2025-06-18',
  capabilities: {},
  clientInfo: { name: process.env.HOST_NAME ?? 'terminal-host', version: '1' },
})
send({ method: 'notifications/initialized' })
createServer((connection) => {
  connection.on('error', () => {})
  createInterface({ input: connection }).on('line', async (line) => {
    const { id, call, args: given, spawn: argv } = JSON.parse(line)
    const result =
      argv === undefined ? await request('tools/call', { name: call, arguments: given }) : await printed(argv)
    connection.write(`${JSON.stringify({ id, result })}\n`)
  })
}).listen(socket)
