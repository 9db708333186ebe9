/**
 * Starts that fail in many ways, each told as what it was: to the model, in the log and by `sidemux tools`.
 * With TABLE=1 it prints them as a table.
 */
import { createServer } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { SidemuxError } from '../../src/errors.ts'
import type { ChildSpec } from '../../src/upstream/life/child.ts'
import { whyDown } from '../../src/upstream/life/state.ts'
import { call, environment, SECRET, startFleet } from './harness.ts'
import { remoteSpec } from './remote/support.ts'

/** For what ends by itself, however slow the machine; and for what never would. */
const START_MS = 60_000
const SHORT_MS = 6000

/** A program that does this, with `answer(method)` for what it answers. */
function program(code: string): ChildSpec {
  const script = `
    const say = (m) => console.log(JSON.stringify({ jsonrpc: '2.0', ...m }))
    const on = (handle) => { let rest = ''; process.stdin.on('data', (c) => { const lines = (rest + c).split('\\n'); rest = lines.pop(); for (const l of lines) { const m = JSON.parse(l); if (m.method === 'server/discover') say({ id: m.id, error: { code: -32601, message: 'no' } }); else if (m.id !== undefined) handle(m) } }) }
    ${code}`
  return {
    id: 'one',
    startTimeoutMs: START_MS,
    launch: async () => ({
      command: process.execPath,
      args: ['-e', script],
      cwd: '/',
      env: environment({ TOKEN: SECRET }),
    }),
  }
}

const initialized = (more: string): string =>
  `on(({ id, method }) => method === 'initialize' ? say({ id, result: { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'x', version: '1' } } }) : ${more})`

async function http(status: number, type: string, body: string): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(status, { 'content-type': type }).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/mcp`
}

const far = (url: string, transport: 'http' | 'sse' = 'http'): ChildSpec =>
  remoteSpec('one', url, { transport, startTimeoutMs: START_MS })

interface Way {
  readonly how: string
  readonly spec: () => ChildSpec | Promise<ChildSpec>
  readonly reason: RegExp
  /** A line of the server's own words. */
  readonly said?: string
  /** Nothing but its deadline ends this start. */
  readonly isEndless?: true
}

const WAYS: readonly Way[] = [
  {
    how: 'exits with 3 and says why',
    spec: () =>
      program(`console.error('Error: API_KEY ' + process.env.TOKEN + ' required'); process.exitCode = 3`),
    reason: /exited with code 3 while starting/,
    said: '> Error: API_KEY *** required',
  },
  {
    how: 'throws, with a stack',
    spec: () => program(`throw new TypeError('no such database')`),
    reason: /exited with code 1 while starting/,
    said: '> TypeError: no such database',
  },
  {
    how: 'says its last words without a line end, behind 500 lines',
    spec: () =>
      program(
        `console.error('loading\\n'.repeat(500)); process.stderr.write('\\u001b[31mpermission denied'); process.exitCode = 1`,
      ),
    reason: /exited with code 1/,
    said: '> ‹U+001B›[31mpermission denied',
  },
  { how: 'ends at once, with 0', spec: () => program(''), reason: /exited with code 0 while starting/ },
  {
    how: 'is killed',
    spec: () => program(`process.kill(process.pid, 'SIGKILL')`),
    reason: /was ended by SIGKILL while starting/,
  },
  {
    how: 'prints how it is used, and ends',
    spec: () => program(`console.log('Usage: server [--stdio]'); process.exitCode = 2`),
    reason: /exited with code 2/,
    said: '> Usage: server [--stdio]',
  },
  {
    how: 'prints text, and stays',
    spec: () => program(`console.log('listening on 8080'); setInterval(() => {}, 1000)`),
    reason: /not ready within 6 s of its start: it has not answered the handshake of MCP/,
    said: '> listening on 8080',
    isEndless: true,
  },
  {
    how: 'is silent',
    spec: () => program('setInterval(() => {}, 1000)'),
    reason: /it has not answered the handshake of MCP/,
    isEndless: true,
  },
  {
    how: 'closes its stdout',
    spec: () => program(`require('fs').closeSync(1); setInterval(() => {}, 1000)`),
    reason: /closed its output while starting/,
  },
  {
    how: 'answers the handshake with an error',
    spec: () =>
      program(
        `on(({ id }) => say({ id, error: { code: -32000, message: 'license expired ' + process.env.TOKEN } }))`,
      ),
    reason: /answered the handshake of MCP with an error \(-32000\)/,
    said: '> license expired ***',
  },
  {
    how: 'names another version',
    spec: () =>
      program(
        `on(({ id }) => say({ id, result: { protocolVersion: '1999-01-01', capabilities: {}, serverInfo: {} } }))`,
      ),
    reason: /speaks no version of MCP that sidemux knows/,
    said: '> 1999-01-01',
  },
  {
    how: 'answers the handshake with text',
    spec: () => program(`on(({ id }) => say({ id, result: 'hello' }))`),
    reason: /answered with a result that is not an object while starting/,
  },
  {
    how: 'names no version',
    spec: () => program(`on(({ id }) => say({ id, result: {} }))`),
    reason: /answered the handshake of MCP (without a version of it|with something that is no answer to it)/,
  },
  {
    how: 'never lists its tools',
    spec: () => program(initialized('undefined')),
    reason: /it has not answered tools\/list/,
    isEndless: true,
  },
  {
    how: 'ends when it is to list',
    spec: () => program(initialized(`(console.error('out of quota'), process.exit(5))`)),
    reason: /exited with code 5 while starting/,
    said: '> out of quota',
  },
  {
    how: 'is no program',
    spec: () => ({ ...program(''), launch: async () => ({ command: 'npxx', args: [], cwd: '/', env: {} }) }),
    reason: /does not exist/,
  },
  {
    how: 'lacks a secret',
    spec: () => ({
      ...program(''),
      launch: () => Promise.reject(new SidemuxError('${env:KEY} is not set', { hint: 'set KEY' })),
    }),
    reason: /\$\{env:KEY\} is not set/,
  },
  {
    how: 'http, refused',
    spec: () => far('http://127.0.0.1:9/mcp'),
    reason: /can't be reached \(ECONNREFUSED\)/,
  },
  {
    how: 'sse, refused',
    spec: () => far('http://127.0.0.1:9/sse', 'sse'),
    reason: /can't be reached \(ECONNREFUSED\)/,
  },
  {
    how: 'http, unknown host',
    spec: () => far('https://no-such-host.invalid/mcp'),
    reason: /can't be reached \((ENOTFOUND|EAI_AGAIN)\)/,
  },
  {
    how: 'sse, unknown host',
    spec: () => far('https://no-such-host.invalid/sse', 'sse'),
    reason: /can't be reached \((ENOTFOUND|EAI_AGAIN)\)/,
  },
  {
    how: 'http, no TLS',
    spec: async () => far((await http(200, 'text/plain', '')).replace('http:', 'https:')),
    reason: /can't be reached|broke off/,
  },
  {
    how: 'http 404',
    spec: async () => far(await http(404, 'text/plain', 'no')),
    reason: /there is no MCP server \(HTTP 404\)/,
  },
  { how: 'http 401', spec: async () => far(await http(401, 'text/plain', 'no')), reason: /login|401/ },
  { how: 'http 503', spec: async () => far(await http(503, 'text/plain', 'no')), reason: /HTTP 503/ },
  { how: 'sse 404', spec: async () => far(await http(404, 'text/plain', 'no'), 'sse'), reason: /HTTP 404/ },
  {
    how: 'http, a web page',
    spec: async () => far(await http(200, 'text/html', '<html>Sign in</html>')),
    reason: /answered with something that is not MCP/,
  },
  {
    how: 'sse, a web page',
    spec: async () => far(await http(200, 'text/html', '<html>Sign in</html>'), 'sse'),
    reason: /answered with|no stream|no answer of MCP/,
  },
]

test('each start that fails is told as what it was', async () => {
  const specs = await Promise.all(
    WAYS.map(async ({ spec, isEndless }, index) => ({
      ...(await spec()),
      id: `w${index}`,
      ...(isEndless === true && { startTimeoutMs: SHORT_MS }),
    })),
  )
  const { fleet, child, events } = startFleet(specs)
  await fleet.settled()
  const rows = await Promise.all(
    WAYS.map(async ({ how, reason, said }, index) => {
      const id = `w${index}`
      const logged = events.find((event) => event.id === id && LOGGED.has(event.kind))
      const tools = whyDown(id, child(id).state)
      const reply = await call(child(id), 'x', {}, { timeoutMs: 12_000 })
      for (const told of [logged, tools, reply]) {
        expect.soft(told, how).toMatchObject({
          reason: expect.stringMatching(reason) as string,
          hint: expect.stringMatching(/^(?!.*sidemux tools).+/) as string,
        })
        if (!/version/.test(how)) expect.soft(JSON.stringify(told), how).not.toContain('speaks no version')
        if (said !== undefined) expect.soft(wordsOf(told), how).toContain(said)
      }
      return `| ${[how, ...[reply, logged, tools].map(cell)].join(' | ')} |`
    }),
  )
  expect(JSON.stringify([events, rows])).not.toContain(SECRET)
  if (process.env['TABLE'] !== undefined) process.stdout.write(`${[...HEAD, ...rows].join('\n')}\n`)
})

const HEAD = ['| how it fails | a call | the log | sidemux tools |', '|---|---|---|---|']
const LOGGED: ReadonlySet<string> = new Set(['not-ready', 'failed', 'waits'])

function wordsOf(told: unknown): readonly string[] {
  return (told as { said?: string } | undefined)?.said?.split('\n') ?? []
}

function cell(told: unknown): string {
  const { reason = '', hint = '' } = (told ?? {}) as { reason?: string; hint?: string }
  return [reason, ...wordsOf(told), `hint: ${hint}`].join('<br>').replaceAll('|', '\\|')
}

test('how the last start failed ends its sentence once', () => {
  const reason = (last: string) =>
    whyDown('one', { kind: 'starting', tries: 2, last: { reason: last, hint: '' } })?.reason
  expect(reason('"one" exited with code 1.')).toBe('starting (try 2; last time: exited with code 1)')
  expect(reason('The command of "one" does not exist.')).toBe(
    'starting (try 2; last time: The command of "one" does not exist)',
  )
})
