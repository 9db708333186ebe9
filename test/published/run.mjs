/**
 * npm run published: published servers (servers.json), each straight and through a sidemux with the default
 * configuration, in both eras. What they list must be the same, but for what `sidemux tools` says, and so must the first
 * results. Exits 1 where something differs that differences.json doesn't explain.
 *
 *   --only NAME   only these, may be repeated      --dir DIR   where they are installed (kept; about 4 GB)
 *   --json        all that was found               --jobs N    at a time (2)
 *   --sandbox     confined beside unconfined, both through sidemux, and what each was given (`sandbox` in servers.json)
 *   --pages DIR   the pages of the official MCP Apps examples in a real browser instead, with a picture of each
 *
 * Installing needs the network. What is installed then runs without one (Linux: in a namespace of its own, ended with
 * all that it started), with made-up keys, an empty home and nothing of this environment.
 */
import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { compare, compareSandbox } from './compare.mjs'
import { installed } from './install.mjs'
import { hasNamespaces, NAMESPACE } from './namespace.mjs'
import { detailsOf, sandboxTableOf, tableOf } from './report.mjs'
import { removeTree } from '../remove-tree.mjs'

const here = import.meta.dirname
const VISIT_MINUTES = 12

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    dir: { type: 'string', default: join(tmpdir(), 'sidemux-published') },
    jobs: { type: 'string', default: '2' },
    json: { type: 'boolean', default: false },
    sandbox: { type: 'boolean', default: false },
    pages: { type: 'string' },
  },
})
const json = (name) => JSON.parse(readFileSync(join(here, name), 'utf8'))
const known = json('differences.json')
const all = json('servers.json')
const chosen = all.filter(({ name }) => options.only.length === 0 || options.only.includes(name))
const missing = options.only.filter((name) => !all.some((entry) => entry.name === name))
if (missing.length > 0) {
  process.stderr.write(`unknown: ${missing.join(', ')}\nhint: names are in test/published/servers.json\n`)
  process.exit(2)
}

const cut = hasNamespaces() ? NAMESPACE : []
if (cut.length === 0)
  process.stderr.write('no namespaces here: servers run with the network of this machine\n')

async function checked(entry) {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-visit-'))
  try {
    const program = await installed(entry, options.dir)
    const { sandbox } = options
    const seen = await visit({ entry, program, dir, sandbox })
    return sandbox ? compareSandbox(entry, seen, known) : compare(entry, seen, known)
  } catch (error) {
    return { name: entry.name, package: `${entry.package}@${entry.version}`, failed: error.message }
  } finally {
    await removeTree(dir)
  }
}

function visit(what) {
  const [command, ...args] = [...cut, process.execPath, join(here, 'visit.mjs'), JSON.stringify(what)]
  const limits = { timeout: VISIT_MINUTES * 60_000, killSignal: 'SIGKILL' }
  return new Promise((done, fail) => {
    execFile(command, args, limits, (error, _stdout, stderr) => {
      if (error === null) done(JSON.parse(readFileSync(join(what.dir, 'seen.json'), 'utf8')))
      else fail(new Error(`not looked at: ${stderr.trim().slice(-500) || error.message}`))
    })
  })
}

if (options.pages !== undefined) process.exit(await pagesInto(resolve(options.pages)))

/** 0 when all are shown. */
async function pagesInto(pages) {
  const state = mkdtempSync(join(tmpdir(), 'sidemux-pages-'))
  const servers = []
  for (const entry of chosen.filter(({ apps }) => apps === true)) {
    const [[tool, args]] = entry.page ?? entry.calls
    servers.push({
      name: entry.name.replace('app-', ''),
      program: await installed(entry, options.dir),
      tool,
      args,
    })
  }
  const what = JSON.stringify({ servers, state, pages })
  const [command, ...args] = [...cut, process.execPath, join(here, '../apps/examples.mjs'), what]
  try {
    execFileSync(command, args, {
      stdio: 'inherit',
      timeout: 3 * VISIT_MINUTES * 60_000,
      killSignal: 'SIGKILL',
    })
    return 0
  } catch {
    return 1
  } finally {
    await removeTree(state)
  }
}

const found = Array.from({ length: chosen.length })
const queue = [...chosen.entries()]
async function work() {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const [index, entry] = next
    found[index] = await checked(entry)
    process.stderr.write(`${detailsOf(found[index])}\n`)
  }
}
await Promise.all(Array.from({ length: Number(options.jobs) }, work))
const table = options.sandbox ? sandboxTableOf(found) : tableOf(found)
process.stdout.write(options.json ? `${JSON.stringify(found, undefined, 2)}\n` : table)
process.exitCode = found.some(
  (one) => one.failed !== undefined || one.differences.some(({ why }) => why === undefined),
)
  ? 1
  : 0
