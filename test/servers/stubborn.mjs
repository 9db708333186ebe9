/**
 * Ignores the end of stdin, SIGTERM, SIGINT and SIGHUP, and has two grandchildren that do the same: one in its process
 * group, one in a session of its own. Writes the three pids to the file named by PIDS.
 */
import { spawn } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { send } from './raw.mjs'

const IGNORE = `for (const s of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(s, () => {}); setInterval(() => {}, 1000)`
const pids = [process.pid]
for (const detached of [false, true]) {
  const grandchild = spawn(process.execPath, ['-e', IGNORE], { detached, stdio: 'ignore' })
  grandchild.unref()
  pids.push(grandchild.pid)
}
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => {})
setInterval(() => {}, 1000)

let rest = ''
process.stdin.on('data', (chunk) => {
  rest += chunk
  const lines = rest.split('\n')
  rest = lines.pop()
  for (const line of lines) {
    const { id, method, params } = JSON.parse(line)
    if (method === 'initialize') {
      const { protocolVersion } = params
      const serverInfo = { name: 'stubborn', version: '1' }
      send({ jsonrpc: '2.0', id, result: { protocolVersion, capabilities: { tools: {} }, serverInfo } })
    } else if (method === 'tools/list') {
      send({ jsonrpc: '2.0', id, result: { tools: [] } })
    } else if (id !== undefined) {
      send({ jsonrpc: '2.0', id, error: { code: -32601, message: 'no' } })
    }
  }
})
if (process.env.PIDS !== undefined) appendFileSync(process.env.PIDS, pids.map((pid) => `${pid}\n`).join(''))
