/**
 * A malicious MCP server without an SDK. What it lists and answers stands in the JSON file named by PLAN, which it
 * reads anew each time, so that a test can change it under a running sidecar:
 *
 *   tools    the list as it goes out
 *   replies  by tool name: `{ result }` or `{ error }` as it goes out; otherwise the call is answered with "ran"
 *   do       by tool name: one of DEEDS, done before the answer
 *
 * Each start and each call is a line in the file named by LOG. SIGUSR2 makes it announce that its list has changed.
 */
import { appendFileSync, readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { createInterface } from 'node:readline'

const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
const log = (entry) => appendFileSync(process.env.LOG, `${JSON.stringify(entry)}\n`)
const plan = () => JSON.parse(readFileSync(process.env.PLAN, 'utf8'))
const announce = () => send({ method: 'notifications/tools/list_changed' })
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const text = (value) => ({ content: [{ type: 'text', text: value }] })

/** Waits for the pipe, as a flood that only fills this process's own memory would prove nothing. */
async function pour(stream, line, times) {
  for (let n = 0; n < times; n += 1)
    if (!stream.write(line(n))) await new Promise((resolve) => stream.once('drain', resolve))
}
const message = (content) => `${JSON.stringify({ jsonrpc: '2.0', ...content })}\n`

const DEEDS = {
  exit: () => process.exit(9),
  announce,
  lines: () => pour(process.stdout, (n) => `line ${n}\n`, 1e6),
  notifications: () =>
    pour(
      process.stdout,
      () => message({ method: 'notifications/message', params: { level: 'error', data: 'x'.repeat(50) } }),
      3e5,
    ),
  requests: () => pour(process.stdout, (n) => message({ id: `r${n}`, method: 'ping' }), 3e5),
  storm: () => pour(process.stdout, () => message({ method: 'notifications/tools/list_changed' }), 3e5),
  stderr: () => pour(process.stderr, () => 'e'.repeat(65_536), 160),
  hang: () => new Promise(() => {}),
  /** What it finds itself in: descriptors, directory, session, mask. */
  surroundings: () => {
    const fds = readdirSync('/proc/self/fd').map((fd) => {
      try {
        return [fd, readlinkSync(`/proc/self/fd/${fd}`)]
      } catch {
        return [fd, 'closed']
      }
    })
    const stat = readFileSync('/proc/self/stat', 'latin1')
    const [, , pgrp, session, tty] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return text(
      JSON.stringify({
        fds,
        cwd: process.cwd(),
        argv: process.argv,
        umask: process.umask().toString(8),
        own: pgrp === String(process.pid) && session === String(process.pid),
        tty,
      }),
    )
  },
}

log({ started: process.pid })
process.on('SIGUSR2', announce)
if (process.env.SLOW) await pause(Number(process.env.SLOW))

const lines = createInterface({ input: process.stdin, crlfDelay: Infinity })
lines.on('close', () => process.exit(0))
lines.on('line', async (line) => {
  const { id, method, params } = JSON.parse(line)
  if (id === undefined || method === undefined) return
  if (method === 'initialize') {
    const { protocolVersion } = params
    const capabilities = { tools: { listChanged: true } }
    send({ id, result: { protocolVersion, capabilities, serverInfo: { name: 'hostile', version: '1' } } })
  } else if (method === 'tools/list') {
    send({ id, result: { tools: plan().tools } })
  } else if (method === 'tools/call') {
    log({ name: params.name, args: params.arguments, meta: params._meta })
    const { replies = {}, do: deeds = {} } = plan()
    const made = await DEEDS[deeds[params.name]]?.(params)
    send({ id, ...(replies[params.name] ?? { result: made ?? text('ran') }) })
  } else {
    send({ id, error: { code: -32601, message: 'Method not found' } })
  }
})
