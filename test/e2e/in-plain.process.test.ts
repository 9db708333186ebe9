/**
 * Servers that show what they were started with, or which address they were asked at: a token that stands there in plain
 * never comes out of `serve`, `tools` or `call`, not in a list, a result, an error, a log, the audit log or on stderr
 * (promise 3).
 */
import { resolve } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { startEcho } from '../servers/argv.mjs'
import { chars, GITHUB, VAULT } from '../checkup/leaks/support.ts'
import { SAMPLES } from '../secrets/tokens/samples.ts'
import { runHere } from './run-here.ts'
import { HereHost } from './serve-here.ts'
import { everythingIn, place, yamlOf } from './support.ts'

const ARGV = resolve(import.meta.dirname, '../servers/argv.mjs')
const sample = (what: string): string => SAMPLES.find(([name]) => name === what)?.[1] ?? ''

const NAMED = chars(12, 'named')
const PASSWORD = `p%40${chars(10, 'pass')}`
const DECODED = decodeURIComponent(PASSWORD)
const QUERY = chars(14, 'query')
const KEY = chars(20, 'allowed')
const SECRETS = [
  GITHUB,
  VAULT,
  NAMED,
  PASSWORD,
  DECODED,
  KEY,
  QUERY,
  ...['a Stripe key', 'a Google API key', 'a JSON Web Token', 'a Doppler token'].map(sample),
]

it('is masked wherever it could come out, with the label of its place', async () => {
  const echo = await startEcho()
  onTestFinished(async () => void (await echo.close()))
  const address = `http://127.0.0.1:${echo.port}/${sample('a Stripe key')}/mcp?key=${QUERY}`
  const yaml = yamlOf({
    version: 1,
    defaults: { listWait: '50s' },
    servers: {
      box: {
        command: 'node',
        args: [
          ARGV,
          '-e',
          `CFG=${GITHUB}`,
          '--api-key',
          NAMED,
          `https://me:${PASSWORD}@x.example/`,
          '${env:PORT_OF_IT}',
        ],
        env: { CFG: sample('a JSON Web Token') },
      },
      open: { command: 'node', args: [ARGV, '--key', '${env:OPEN_KEY}'], allowSecretsInArgs: true },
      web: { url: address, headers: { 'X-Cfg': sample('a Doppler token') } },
      gone: { command: `./no-such-${sample('a Google API key')}`, args: [VAULT] },
    },
  })
  const where = place(yaml)
  Object.assign(where.env, { PORT_OF_IT: 'eight-or-more', OPEN_KEY: KEY })
  const host = new HereHost(where, ['serve', '--config', where.config, '--log-level', 'debug'])
  await host.initialize()
  const tools = await host.request('tools/list')
  expect(JSON.stringify(tools)).toContain('box_get_argv')
  const results: unknown[] = []
  for (const name of ['box_get_argv', 'open_get_argv', 'web_get_argv']) {
    for (const args of [{}, { fail: true }])
      results.push(await host.request('tools/call', { name, arguments: args }))
  }
  const shown = JSON.stringify(results)
  for (const label of [
    'box.args.2',
    'box.args.4',
    'box.args.5',
    'box.CFG',
    'open.args.2',
    'web.url',
    'web.X-Cfg',
  ]) {
    expect(shown).toContain(`[redacted:${label}]`)
  }
  // What no rule calls a secret stays as it is.
  expect(shown).toContain('eight-or-more')
  host.process.stdin?.end()
  await host.exited()
  const printed = [
    await runHere(where, ['tools', '--config', where.config, '--log-level', 'debug']),
    await runHere(where, ['call', 'box', 'get_argv', '--config', where.config]),
    await runHere(where, ['check', '--config', where.config]),
  ]
  const everything = [
    JSON.stringify(host.received),
    host.stderr(),
    JSON.stringify(printed),
    everythingIn(where.state),
  ].join('\n')
  for (const secret of SECRETS) expect(everything.includes(secret)).toBe(false)
})
