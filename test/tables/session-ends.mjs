// A session that ends, in each form: what the model hears, what the log says, what the server was sent and how often the
// call ran, as a table in Markdown. The built sidemux, a real host, and the server of servers/remote/sessions.mjs:
// npm run build && node test/tables/session-ends.mjs
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { FORMS, startSessions } from '../servers/remote/sessions.mjs'

const CLI = resolve(import.meta.dirname, '../../dist/cli.js')

/** By name: how the server is set up, and what happens before the call, or in its place. */
const ROWS = {
  ...Object.fromEntries(Object.entries(FORMS).map(([name, form]) => [name, { form }])),
  'older transport: POST says 404': { type: 'sse' },
  'older transport: POST says 400': { type: 'sse', form: FORMS['400 with a text'] },
  'older transport: POST says 410': { type: 'sse', form: FORMS['410 Gone'] },
  'older transport: its stream ended': { type: 'sse', endStreams: true },
  'lost while nobody called (stream ended, then 404)': { endStreams: true, idleMs: 2000 },
  'turned away in the new session too': { forgetful: true },
  'not about the session: 400, bad arguments': { tool: 'get_bad', keeps: true },
  "not about the session: a tool's own": { tool: 'get_page', keeps: true },
  'connection lost while the call ran': { tool: 'get_slowly', keeps: true, cuts: true },
}

async function row({ type = 'http', tool = 'run', keeps, cuts, endStreams, idleMs = 0, ...settings }) {
  const server = await startSessions(settings)
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-table-'))
  mkdirSync(join(dir, 'state'), { mode: 0o700 })
  const far = { url: type === 'sse' ? server.sseUrl : server.url, type, tools: { allow: ['*'] } }
  const config = { version: 1, servers: { far }, approvals: { channels: ['elicitation'] } }
  writeFileSync(join(dir, 'servers.yaml'), JSON.stringify(config))
  const client = new Client({ name: 'table', version: '1' }, { capabilities: {} })
  try {
    await client.connect(
      new StdioClientTransport({
        command: process.execPath,
        args: [CLI, 'serve', '--config', join(dir, 'servers.yaml')],
        env: {
          PATH: process.env.PATH,
          HOME: dir,
          SIDEMUX_STATE_DIR: join(dir, 'state'),
          SIDEMUX_TRUST: 'off',
        },
        stderr: 'ignore',
      }),
    )
    await client.listTools()
    // A session that has lived for a while.
    await pause(2200)
    const before = server.state.requests.length
    if (keeps !== true) server.forget({ endStreams })
    await pause(idleMs)
    const calling = client.callTool({ name: `far_${tool}`, arguments: { ms: 5000 } }).then(
      ({ content }) => content.map(({ text }) => text).join(' '),
      ({ message }) => message,
    )
    if (cuts === true) {
      while (server.state.runs === 0) await pause(20)
      server.cut()
    }
    const heard = await calling
    const since = server.state.requests.slice(before).filter((what) => what !== 'server/discover')
    await client.close()
    const log = readFileSync(join(dir, 'state', 'log', 'sidemux.log'), 'utf8')
    const told = log
      .split('\n')
      .flatMap((line) =>
        line.includes('session') || line.includes('stream') || line.includes('reached')
          ? [JSON.parse(line)]
          : [],
      )
    return {
      heard,
      told: told.map(({ msg, why, reason }) => [msg, why ?? reason].filter(Boolean).join(': ')),
      since,
      runs: server.state.runs,
    }
  } finally {
    await client.close()
    await server.close()
    rmSync(dir, { recursive: true, force: true })
  }
}

const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
process.stdout.write(
  '| how the session ends | the model hears | the log says | the server was sent | runs |\n|---|---|---|---|---|\n',
)
for (const [name, settings] of Object.entries(ROWS)) {
  const { heard, told, since, runs } = await row(settings)
  process.stdout.write(
    `| ${[name, heard, told.join('; '), since.join(', '), String(runs)].map(cell).join(' | ')} |\n`,
  )
}
