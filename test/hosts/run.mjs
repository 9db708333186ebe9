/**
 * npm run hosts: Claude Code, Codex and Gemini CLI from npm (hosts.json), each before a sidemux as a user would have it,
 * at a screen of 110 by 50 and in print mode, with a model of our own on loopback. What must hold is in checks.mjs.
 * Prints host, check and verdict; exits 1 where one fails.
 *
 *   --only NAME     only this host, may be repeated       --check WORDS   only checks whose name has these words
 *   --screens DIR   writes what was on the screen         --dir DIR       where hosts are installed (kept; about 1 GB)
 *
 * Needs Linux, tmux, and once the network, to install. What is installed then runs without one, in a namespace of its
 * own, with made-up keys and a home of its own.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { installed } from '../published/install.mjs'
import { hasNamespaces, NAMESPACE } from '../published/namespace.mjs'
import { CHECKS, unfit } from './checks.mjs'
import { Stage } from './stage.mjs'

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    check: { type: 'string', default: '' },
    screens: { type: 'string' },
    dir: { type: 'string', default: join(tmpdir(), 'sidemux-hosts') },
    inside: { type: 'boolean', default: false },
  },
})
const all = JSON.parse(readFileSync(join(import.meta.dirname, 'hosts.json'), 'utf8'))
const chosen = all.filter(({ name }) => options.only.length === 0 || options.only.includes(name))

if (options.inside) process.exit(await checkAll())
for (const host of chosen) await installed(host, options.dir)
process.exit(inside())

/** The same again, where there is no network. */
function inside() {
  for (const [program, ...args] of [['tmux', '-V'], NAMESPACE.slice(0, 1).concat('--version')])
    try {
      execFileSync(program, args, { stdio: 'ignore' })
    } catch {
      process.stderr.write(`${program} is missing\nhint: npm run hosts needs Linux with tmux and unshare\n`)
      return 2
    }
  if (!hasNamespaces())
    process.stderr.write('no namespaces here: hosts run with the network of this machine\n')
  const [command, ...args] = [
    ...(hasNamespaces() ? NAMESPACE : ['env']),
    process.execPath,
    import.meta.filename,
  ]
  const files = mkdtempSync(join(tmpdir(), 'sidemux-screens-'))
  const again = [...args, '--inside', ...process.argv.slice(2), '--dir', options.dir]
  try {
    return spawnSync(command, again, { stdio: 'inherit', env: { ...process.env, TMPDIR: files } }).status ?? 1
  } finally {
    // Only now has everything ended that writes there.
    rmSync(files, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 })
  }
}

async function checkAll() {
  const rows = []
  for (const host of chosen) {
    const ready = { ...host, program: await installed(host, options.dir) }
    for (const check of CHECKS.filter(({ name }) => name.includes(options.check)))
      rows.push([`${host.title} ${host.version}`, check.name, ...(await verdictOf(check, ready))])
  }
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column].length)))
  for (const row of rows)
    process.stdout.write(
      `${row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd()}\n`,
    )
  return rows.some(([, , verdict]) => verdict === 'FAILED') ? 1 : 0
}

async function verdictOf(check, host) {
  const why = unfit(check, host)
  if (why !== undefined) return ['-', why]
  const stage = new Stage(host)
  try {
    return ['ok', await check.run(host, stage)]
  } catch (error) {
    process.stderr.write(`${host.title}, ${check.name}: ${error.message}\n`)
    return ['FAILED', error.message.split('\n')[0]]
  } finally {
    keep(stage, `${host.name}-${check.name}`)
    await stage.close()
  }
}

function keep({ shots }, name) {
  if (options.screens === undefined) return
  const dir = resolve(options.screens)
  mkdirSync(dir, { recursive: true })
  for (const [index, { label, text }] of shots.entries())
    writeFileSync(
      join(dir, `${`${name}-${index + 1}-${label}`.replaceAll(/[^a-z0-9]+/gi, '-')}.txt`),
      `${text}\n`,
    )
}
