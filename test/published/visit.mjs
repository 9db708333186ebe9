/**
 * One server, straight and through a sidemux that has it in its configuration and nothing else, in both eras. Runs in a
 * namespace of its own (run.mjs): loopback only, and whatever a server leaves behind ends with it.
 * Argument: JSON of { entry, program, dir, sandbox? }; writes seen.json there. With `sandbox` it is looked at through
 * sidemux only, confined and not.
 */
import { execFile } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { lookAt } from './client.mjs'

const CLI = resolve(import.meta.dirname, '../../dist/cli.js')
/** For each answer, starting included: two cores, and some servers read a hundred megabytes first. */
const SECONDS = 90

const { entry, program, dir, sandbox } = JSON.parse(process.argv[2])
const work = join(dir, 'work')
const home = join(dir, 'home')
const filled = (value) => JSON.parse(JSON.stringify(value).replaceAll('{work}', work))
const args = filled([...program.args, ...(entry.args ?? [])])
const env = filled(entry.env ?? {})
const tools = filled(entry.calls ?? [])
const base = { PATH: process.env.PATH, HOME: home }

/** The same at the same place for everyone who looks. */
function fresh() {
  for (const folder of [work, home])
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 })
  mkdirSync(home)
  mkdirSync(join(work, 'files'), { recursive: true })
  writeFileSync(join(work, 'files/notes.txt'), 'Remember the milk.\n')
  writeFileSync(join(work, 'files/one.js'), 'let one = 1\n')
  writeFileSync(
    join(work, 'files/oauth.json'),
    '{"installed":{"client_id":"x","client_secret":"made-up","redirect_uris":["http://localhost"]}}',
  )
}

function straight(era) {
  fresh()
  const same = { tools, nameOf: (name) => name, own: (_kind, name) => name }
  return lookAt({ command: program.command, args, env: { ...base, ...env }, cwd: work }, era, same, SECONDS)
}

const sidemuxEnv = { ...base, SIDEMUX_STATE_DIR: join(dir, 'state'), SIDEMUX_TRUST: 'off' }
const config = join(dir, 'servers.yaml')

/** What `sidemux tools` says that hosts see otherwise, and which name is whose. */
function told() {
  fresh()
  return new Promise((done, fail) => {
    const options = { env: sidemuxEnv, cwd: work, maxBuffer: 1e8, timeout: 2 * SECONDS * 1000 }
    execFile(
      process.execPath,
      [CLI, 'tools', '--json', '--config', config],
      options,
      (error, stdout, stderr) => {
        // What was never told differs from nothing.
        if (error?.killed === true) return fail(new Error('"sidemux tools" took too long'))
        const start = stdout.indexOf('[')
        return done({ rows: start < 0 ? [] : JSON.parse(stdout.slice(start)), stderr })
      },
    )
  })
}

function through(era, rows, { lists = {} }) {
  fresh()
  const ownOf = (row) => row.tool ?? row.original
  const names = {
    tools,
    expected: Object.fromEntries(
      Object.entries(lists).map(([kind, list]) => [kind, expected(kind, list, rows)]),
    ),
    nameOf: (name) => rows.find((row) => row.kind === 'tool' && ownOf(row) === name)?.name ?? name,
    own: (kind, name) => {
      const row = rows.find((candidate) => candidate.kind === kind && candidate.name === name)
      return row === undefined ? name : ownOf(row)
    },
  }
  const serve = {
    command: process.execPath,
    args: [CLI, 'serve', '--config', config],
    env: sidemuxEnv,
    cwd: work,
  }
  return lookAt(serve, era, names, SECONDS)
}

/** How many of them there will be: as many as sidemux tools says are listed, and no more than the server has. */
function expected(kind, list, rows) {
  const of = rows.filter((row) => `${row.kind}s` === kind && row.listed)
  return Math.min(of.length, list.length)
}

mkdirSync(join(dir, 'state'), { recursive: true, mode: 0o700 })
const server = { command: program.command, args, cwd: work, ...(Object.keys(env).length > 0 && { env }) }
/** A server has as long through sidemux as straight. */
const defaults = { startTimeout: `${SECONDS}s` }
const write = (more) =>
  writeFileSync(
    config,
    JSON.stringify({ version: 1, defaults, servers: { [entry.name]: { ...server, ...more } } }),
  )
const confined = { sandbox: { mode: 'required', ...filled(entry.sandbox ?? {}) } }

async function bothSides() {
  write(entry.sandbox === undefined ? {} : confined)
  const old = await straight('old')
  const modern = await straight('new')
  const { rows, stderr } = await told()
  const both = { old: await through('old', rows, old), new: await through('new', rows, old) }
  return { straight: { old, new: modern }, told: { rows, stderr }, through: both }
}

/** Plain first: what it lists then is waited for in the other. */
async function withAndWithout() {
  write({ sandbox: 'off' })
  const { rows } = await told()
  const plain = await through('old', rows, await straight('old'))
  write(confined)
  return { plain, confined: await through('old', rows, plain) }
}

const seen = sandbox === true ? await withAndWithout() : await bothSides()
writeFileSync(join(dir, 'seen.json'), JSON.stringify(seen))
process.exit(0)
