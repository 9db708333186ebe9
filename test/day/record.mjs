/**
 * Records the day: node test/day/record.mjs. It makes every call of calls.jsonl, in order, of the real servers
 * (servers.json of test/published says which version), through a sidemux that asks about nothing, and writes down what
 * each of them lists (tools.jsonl) and answers (behind the call in calls.jsonl). The calls themselves are a script of a
 * developer's day, written before anything was counted; they aren't to be changed so that a count gets better.
 *
 * Of the answers only texts are kept, so what a tool says of its structured ones (`outputSchema`) is left out.
 *
 * There is no network (run in a namespace of its own, as test/published does): GitHub, Notion and Slack answer that
 * they can't be reached. What is asked doesn't depend on it.
 */
import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { NAMESPACE } from '../published/namespace.mjs'
import { installed } from '../published/install.mjs'
import { callsOf, linesOf, SERVERS } from './day.mjs'
import { seed, serveApp } from './seed.mjs'
import { removeTree } from '../remove-tree.mjs'

const CLI = resolve(import.meta.dirname, '../../dist/cli.js')
const INSTALLED = join(tmpdir(), 'sidemux-published')
/** Of what a server answered. */
const KEPT = 300
const CALL_MS = 90_000

/** What each of them needs here. */
const EXTRA = {
  filesystem: (work) => ({ args: [work] }),
  memory: (work) => ({ env: { MEMORY_FILE_PATH: join(work, 'memory.jsonl') } }),
  playwright: (work) => ({
    args: [
      '--headless',
      '--no-sandbox',
      '--isolated',
      '--executable-path',
      '/usr/bin/chromium',
      '--output-dir',
      join(work, 'shots'),
    ],
  }),
}

/** Installs, which needs the network, and goes on without one. */
async function outside() {
  const published = JSON.parse(
    readFileSync(resolve(import.meta.dirname, '../published/servers.json'), 'utf8'),
  )
  const entries = {}
  for (const [id, name] of Object.entries(SERVERS)) {
    const entry = published.find((one) => one.name === name)
    entries[id] = { ...entry, program: await installed(entry, INSTALLED) }
  }
  const [command, ...args] = [...NAMESPACE, process.execPath, import.meta.filename, 'inside']
  execFileSync(command, [...args, JSON.stringify(entries)], { stdio: 'inherit' })
}

async function record(entries) {
  const work = mkdtempSync(join(tmpdir(), 'sidemux-day-'))
  const stop = await serveApp()
  try {
    seed(work)
    const { client, nameOf } = await connect(entries, work)
    const tools = []
    for (const row of await rowsOf(work)) nameOf.set(`${row.server} ${row.tool}`, row.name)
    for (const [id, entry] of Object.entries(entries))
      for (const { outputSchema: _, ...tool } of await listOf(launchOf(id, entry, work)))
        tools.push([id, tool])
    const recorded = []
    for (const { minute, server, tool, args } of callsOf('{work}'))
      recorded.push([
        minute,
        server,
        tool,
        args,
        await answerOf(client, nameOf.get(`${server} ${tool}`), args, work),
      ])
    await client.close()
    write('calls.jsonl', [...linesOf('calls.jsonl').slice(0, 1), ...recorded])
    write('tools.jsonl', [headOf(entries), ...tools])
  } finally {
    stop()
    await removeTree(work)
  }
  process.exit(0)
}

function headOf(entries) {
  return Object.fromEntries(
    Object.entries(entries).map(([id, entry]) => [id, `${entry.package}@${entry.version}`]),
  )
}

function write(name, rows) {
  writeFileSync(join(import.meta.dirname, name), rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
}

function launchOf(id, { program, args = [], env = {} }, work) {
  const extra = EXTRA[id]?.(work) ?? { args }
  return {
    command: program.command,
    args: [...program.args, ...(extra.args ?? [])],
    env: { ...env, ...extra.env },
    cwd: work,
    tools: { allow: ['*'] },
  }
}

async function connect(entries, work) {
  mkdirSync(join(work, 'state'), { mode: 0o700 })
  const servers = Object.fromEntries(
    Object.entries(entries).map(([id, entry]) => [id, launchOf(id, entry, work)]),
  )
  writeFileSync(join(work, 'servers.yaml'), JSON.stringify({ version: 1, servers }))
  const client = new Client({ name: 'day', version: '1.0.0' }, { versionNegotiation: { mode: 'legacy' } })
  await client.connect(new StdioClientTransport({ ...sidemux('serve', work), stderr: 'inherit' }))
  return { client, nameOf: new Map() }
}

function sidemux(verb, work, ...more) {
  return {
    command: process.execPath,
    args: [CLI, verb, ...more, '--config', join(work, 'servers.yaml')],
    env: { PATH: process.env.PATH, HOME: work, SIDEMUX_STATE_DIR: join(work, 'state'), SIDEMUX_TRUST: 'off' },
    cwd: work,
  }
}

function rowsOf(work) {
  const { command, args, ...options } = sidemux('tools', work, '--json')
  return new Promise((done, fail) => {
    execFile(command, args, { ...options, maxBuffer: 1e8 }, (_error, stdout, stderr) => {
      if (stdout.includes('[')) done(JSON.parse(stdout.slice(stdout.indexOf('['))))
      else fail(new Error(stderr))
    })
  })
}

/** What the server itself lists, not what became of it. */
async function listOf({ command, args, env, cwd }) {
  const client = new Client({ name: 'day', version: '1.0.0' }, { versionNegotiation: { mode: 'legacy' } })
  await client.connect(
    new StdioClientTransport({
      command,
      args,
      cwd,
      env: { PATH: process.env.PATH, HOME: cwd, ...env },
      stderr: 'ignore',
    }),
  )
  const { tools } = await client.listTools()
  await client.close()
  return tools
}

/** Texts only, as far as a reader needs them; an error is what a server said that couldn't. */
async function answerOf(client, name, args, work) {
  const given = JSON.parse(JSON.stringify(args).replaceAll('{work}', work))
  const cut = (text) => text.replaceAll(work, '{work}').slice(0, KEPT)
  try {
    const { content, isError = false } = await client.callTool(
      { name, arguments: given },
      { timeout: CALL_MS },
    )
    const text = content.map((block) => block.text ?? `(${block.type})`).join('\n')
    process.stderr.write(
      `${isError ? 'error' : 'ok   '} ${name} ${cut(text).slice(0, 90).replaceAll('\n', ' ')}\n`,
    )
    return { ...(isError && { isError }), text: cut(text) }
  } catch (error) {
    process.stderr.write(`threw ${name} ${error.message.slice(0, 200)}\n`)
    return { isError: true, text: cut(error.message) }
  }
}

if (process.argv[2] === 'inside') await record(JSON.parse(process.argv[3]))
else await outside()
