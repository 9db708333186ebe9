/**
 * The ways by which an entry starts sidemux on the file that it stands in, and those by which it starts another server, or
 * another sidemux on purpose. The sidemux here is a folder that looks like an installed one; nothing is run.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { checkConfig } from '../../../src/commands/check.ts'
import { loadConfig } from '../../../src/config/load.ts'
import { commandsIn } from '../../../src/config/loop/shell.ts'

/** Nothing starts here, so nothing is tried out either. */
const confiner = async () => ({ kind: 'bubblewrap', program: '/usr/bin/bwrap' }) as const

let dir: string
let env: NodeJS.ProcessEnv
beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'sidemux-loop-')))
  const write = (path: string, text: string, mode = 0o644): void => {
    mkdirSync(join(dir, path, '..'), { recursive: true })
    writeFileSync(join(dir, path), text, { mode })
  }
  write('lib/sidemux/package.json', '{"name":"sidemux","bin":{"sidemux":"dist/cli.js"}}')
  write('lib/sidemux/dist/cli.js', '')
  write('lib/sidemux/dist/other.js', '')
  write('lib/other/package.json', '{"name":"other","bin":{"sidemux":"cli.js"}}')
  write('lib/other/cli.js', '')
  mkdirSync(join(dir, 'bin'))
  symlinkSync('../lib/sidemux/dist/cli.js', join(dir, 'bin', 'mux'))
  write('sub/servers.yaml', 'version: 1\nservers: {}\n')
  write('other.yaml', 'version: 1\nservers: { a: { command: x } }\n')
  write('back.yaml', 'version: 1\nservers: { a: { command: sidemux, args: [--config, servers.yaml] } }\n')
  write('far.yaml', 'version: 1\nservers: { a: { command: sidemux, args: [--config, back.yaml] } }\n')
  write('deep.yaml', 'version: 1\nservers: { a: { command: sidemux, args: [--config, other.yaml] } }\n')
  write('self.yaml', 'version: 1\nservers: { a: { command: sidemux, args: [--config, self.yaml] } }\n')
  write(
    'run.sh',
    '#!/bin/sh\n# starts it\ncd "$(dirname "$0")"\nexport X=1\nexec node lib/sidemux/dist/cli.js serve "$@"\n',
    0o755,
  )
  write(
    'quiet.sh',
    '#!/bin/sh\n# not: sidemux serve\nsidemux check || exit 1\nexec mcp-server "sidemux"\n',
    0o755,
  )
  symlinkSync('servers.yaml', join(dir, 'link.yaml'))
  symlinkSync('.', join(dir, 'here'))
  env = {
    HOME: join(dir, 'home'),
    PATH: join(dir, 'bin'),
    SELF: join(dir, 'servers.yaml'),
    SIDEMUX_CONFIG: 'servers.yaml',
  }
  mkdirSync(join(dir, 'home', '.config', 'sidemux'), { recursive: true })
  symlinkSync(join(dir, 'servers.yaml'), join(dir, 'home', '.config', 'sidemux', 'servers.yaml'))
})
afterEach(() => rmSync(dir, { recursive: true }))

async function problemsOf(
  entry: string,
): Promise<readonly { line: number; col: number; severity: string; message: string; hint?: string }[]> {
  writeFileSync(
    join(dir, 'servers.yaml'),
    `version: 1\nservers:\n  mux: ${entry}\n  o: { command: other }\n`,
    { mode: 0o600 },
  )
  const stdout = new PassThrough()
  const code = await checkConfig({ json: true, path: 'servers.yaml' }, { stdout, env, cwd: dir }, confiner)
  const { problems } = JSON.parse(String(stdout.read()))
  expect(code).toBe(problems.some(({ severity }: { severity: string }) => severity === 'error') ? 2 : 0)
  return problems
}

const ITSELF: readonly string[] = [
  // By nothing but where it is started.
  '{ command: sidemux }',
  '{ command: sidemux, args: [serve] }',
  '{ command: sidemux.cmd }',
  '{ command: mux, args: [serve] }',
  '{ command: bin/mux }',
  '{ command: ./lib/sidemux/dist/cli.js }',
  '{ command: node, args: [lib/sidemux/dist/cli.js] }',
  '{ command: node, args: [--no-warnings, --import, tsx, ./here/lib/sidemux/dist/cli.js, serve] }',
  '{ command: node, args: [cli.js], cwd: lib/sidemux/dist, env: { SIDEMUX_CONFIG: ../../../servers.yaml } }',
  '{ command: node, args: [-e, "import(\'./lib/sidemux/dist/cli.js\')"] }',
  '{ command: /usr/bin/node, args: [bin/mux, serve, --config, servers.yaml] }',
  '{ command: npx, args: [sidemux] }',
  '{ command: npx, args: [-y, sidemux@latest, serve] }',
  '{ command: npx.cmd, args: [--yes, --package, sidemux, sidemux] }',
  '{ command: npx, args: [-c, "sidemux serve"] }',
  '{ command: npx, args: [-y, ./lib/sidemux] }',
  '{ command: npm, args: [exec, --yes, --, sidemux@0.1.0] }',
  '{ command: bunx, args: [sidemux] }',
  '{ command: bun, args: [x, sidemux@^0.1] }',
  '{ command: pnpm, args: [dlx, sidemux] }',
  '{ command: yarn, args: [dlx, sidemux] }',
  '{ command: deno, args: [run, -A, "npm:sidemux"] }',
  '{ command: env, args: [X=y, sidemux] }',
  '{ command: env, args: [-i, "PATH=/bin", -C, ., sidemux] }',
  '{ command: /usr/bin/env, args: [-S, "sidemux serve"] }',
  '{ command: env, args: [-u, X, node, lib/sidemux/dist/cli.js] }',
  '{ command: sh, args: [-c, sidemux] }',
  '{ command: bash, args: [-lc, "cd sub && cd .. && exec sidemux serve"] }',
  `{ command: sh, args: [-c, 'A=1 SIDEMUX_CONFIG="$SELF" sidemux'], inheritEnv: [SELF], cwd: sub }`,
  '{ command: cmd, args: [/c, npx, -y, sidemux] }',
  '{ command: powershell, args: [-NoProfile, -Command, "sidemux serve"] }',
  '{ command: timeout, args: ["60", nice, -n, "5", sidemux] }',
  '{ command: doppler, args: [run, --, sidemux] }',
  '{ command: ./run.sh }',
  '{ command: sh, args: [./run.sh] }',
  // By a file.
  '{ command: sidemux, args: [--config, servers.yaml] }',
  '{ command: sidemux, args: ["--config=./here/here/servers.yaml"] }',
  '{ command: sidemux, args: [--config, link.yaml] }',
  '{ command: sidemux, args: [serve, --config, "${env:SELF}"], cwd: sub }',
  '{ command: sidemux, args: [--config, other.yaml, --config, servers.yaml] }',
  '{ command: sidemux, args: [--config, back.yaml] }',
  '{ command: sidemux, args: [--config, far.yaml] }',
  '{ command: sidemux, args: [tools] }',
  // By a variable.
  '{ command: sidemux, cwd: sub, env: { SIDEMUX_CONFIG: "${env:SELF}" } }',
  '{ command: sidemux, cwd: sub, env: { SIDEMUX_CONFIG: ../servers.yaml } }',
  '{ command: sidemux, inheritEnv: [SIDEMUX_CONFIG] }',
  '{ command: env, args: ["SIDEMUX_CONFIG=../servers.yaml", sidemux], cwd: sub }',
  // By the directory, and by the default place.
  '{ command: sidemux, cwd: here }',
  '{ command: sidemux, cwd: bin }',
  '{ command: sidemux, cwd: bin, env: { XDG_CONFIG_HOME: "${env:HOME}/.config" } }',
]

test.each(ITSELF)('%s starts itself, is an error of that entry, and the other one runs', async (entry) => {
  const [problem, ...others] = await problemsOf(entry)
  expect(others).toEqual([])
  expect(problem).toMatchObject({ line: 3, severity: 'error', hint: expect.stringContaining('remove it') })
  expect(problem?.message).toMatch(/^"mux" starts sidemux on (?:this very file|another file that leads back)/)
  const { runnable } = await loadConfig({ path: 'servers.yaml', env, cwd: dir })
  expect(runnable?.servers.map(({ id }) => id)).toEqual(['o'])
  expect(runnable?.odd.map(({ id }) => id)).toEqual(['mux'])
})

const OTHERS: readonly string[] = [
  '{ command: npx, args: [-y, "@modelcontextprotocol/server-everything"] }',
  '{ command: npx, args: [-y, sidemux-inspector] }',
  '{ command: npx, args: [-y, "@acme/sidemux"] }',
  '{ command: node, args: [lib/sidemux/dist/other.js] }',
  '{ command: node, args: [lib/other/cli.js] }',
  '{ command: node, args: [server.js, sidemux] }',
  '{ command: mcp-server, args: [--config, servers.yaml, sidemux] }',
  '{ command: sh, args: [-c, "echo sidemux; exec mcp-server # sidemux"] }',
  '{ command: ./quiet.sh }',
  '{ command: git, args: [-C, lib/sidemux, status] }',
  '{ command: sidemux, args: [--config, other.yaml] }',
  '{ command: sidemux, args: [--config, self.yaml] }',
  '{ command: sidemux, cwd: sub }',
  '{ command: sidemux, args: [--config, no-such.yaml] }',
  '{ command: sidemux, args: [--config, "${env:UNSET:-other.yaml}"] }',
  '{ url: "https://sidemux.example/mcp" }',
  '{ command: sidemux, disabled: true }',
]

test.each(OTHERS)('%s is left alone', async (entry) => {
  const problems = await problemsOf(entry)
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([])
})

test('a third one below is told before it is refused', async () => {
  const [problem] = await problemsOf('{ command: sidemux, args: [--config, deep.yaml] }')
  expect(problem).toMatchObject({ severity: 'warning', message: expect.stringContaining('no more than 2') })
})

describe('the commands in a script', () => {
  const cases: readonly (readonly [script: string, commands: string[][]])[] = [
    ['a b', [['a', 'b']]],
    [`a 'b c' "d $X" \\$X e"f"g`, [['a', 'b c', 'd 1', '$X', 'efg']]],
    ['a && b || c; d | e & f\ng', [['a'], ['b'], ['c'], ['d'], ['e'], ['f'], ['g']]],
    ['if a; then b; fi # c', [['a'], ['b']]],
    ['a \\\n b', [['a', 'b']]],
    ['( a; { b; } )', [['a'], ['b']]],
    ['a ${X} ${Y}', [['a', '1', '${Y}']]],
    ["a 'b", [['a', 'b']]],
    ['cd "$(dirname "$0")" && a', [['cd', '$(dirname "$0")'], ['a']]],
    ['', []],
  ]
  test.each(cases)('%j', (script, commands) => {
    expect(commandsIn(script, { X: '1' })).toEqual(commands)
  })
})
