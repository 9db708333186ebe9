/** Which of the processes above is a sidemux, told by its command line (promise 7: a host may be started in any way). */
import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { wordsOfSidemux } from '../../../src/config/loop/above.ts'

const CLI = resolve(import.meta.dirname, '../../../dist/cli.js')
const SERVE = [CLI, 'serve', '--config', 'servers.yaml']

it.each([
  ['node', ['node', ...SERVE]],
  ['node by its path', ['/usr/local/bin/node', ...SERVE]],
  ['node with options', ['node', '--enable-source-maps', '--max-old-space-size=64', ...SERVE]],
  ['node with a module before it', ['node', '-r', './trace.js', '--import', 'tsx', ...SERVE]],
  ['bun', ['bun', 'run', ...SERVE]],
  ['deno', ['deno', 'run', '-A', ...SERVE]],
])('%s runs it', (_name, argv) => {
  expect(wordsOfSidemux(argv, '/')).toEqual(['serve', '--config', 'servers.yaml'])
})

it.each([
  ['a host that is told how to start one', ['node', '/opt/host.js', 'socket', 'node', ...SERVE]],
  ['the MCP Inspector', ['node', '/opt/inspector/cli.js', '--cli', ...SERVE]],
  ['npx', ['npm exec', 'sidemux', 'serve']],
  ['a shell', ['sh', '-c', `node ${SERVE.join(' ')}`]],
  ['script', ['script', '-qec', `node ${SERVE.join(' ')}`, '/dev/null']],
  ['timeout', ['timeout', '5', 'node', ...SERVE]],
  ['a text that node is to run', ['node', '-e', 'start()', ...SERVE]],
  ['another program of node', ['node', '/opt/other.js']],
  ['node alone', ['node']],
  ['nothing', []],
])('%s is none', (_name, argv) => {
  expect(wordsOfSidemux(argv, '/')).toBeUndefined()
})
