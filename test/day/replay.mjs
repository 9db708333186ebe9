/** One replay of the day against this sidemux: which calls asked, how they were answered, and what ran. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { parse, stringify } from 'yaml'
import { openerIn } from '../servers/visitor.mjs'
import { callsOf, SERVERS } from './day.mjs'
import { attend } from './person.mjs'
import { seed } from './seed.mjs'

const CLI = resolve(import.meta.dirname, '../../dist/cli.js')

/** What the calls work in, as on the day that was recorded. */
const workOf = (dir) => join(dir, 'work')

/** A user's directory: servers.yaml without a rule, a state directory, and an opener that writes down the link. */
export function place(dir) {
  mkdirSync(join(dir, 'state'), { recursive: true, mode: 0o700 })
  seed(workOf(dir))
  const standIn = join(import.meta.dirname, 'stand-in.mjs')
  const servers = Object.keys(SERVERS).map(
    (id) =>
      `  ${id}: ${JSON.stringify({ command: process.execPath, args: [standIn, id, workOf(dir)], cwd: workOf(dir) })}`,
  )
  const approvals = JSON.stringify({ channels: ['page'], browser: openerIn(dir), wait: '60s' })
  const where = { dir, config: join(dir, 'servers.yaml') }
  writeFileSync(
    where.config,
    ['version: 1', `approvals: ${approvals}`, 'servers:', ...servers, ''].join('\n'),
  )
  return where
}

/** Does with what `sidemux tools --suggest` proposes what it says: puts the rules into the entries of their servers. */
export function takeSuggestion(where) {
  const { servers = {} } = parse(run(where, 'tools', '--suggest')) ?? {}
  const config = parse(readFileSync(where.config, 'utf8'))
  for (const [id, { tools }] of Object.entries(servers)) config.servers[id].tools = tools
  writeFileSync(where.config, stringify(config))
}

/** Starts `sidemux VERB`, and gives what it wrote. */
export function run(where, ...args) {
  const { command, args: all, ...options } = program(where, ...args)
  return execFileSync(command, all, { ...options, encoding: 'utf8', maxBuffer: 1e8 })
}

function program({ dir, config }, ...args) {
  return {
    command: process.execPath,
    args: [CLI, ...args, '--config', config],
    env: { PATH: process.env.PATH, HOME: dir, SIDEMUX_STATE_DIR: join(dir, 'state'), SIDEMUX_TRUST: 'off' },
    cwd: dir,
  }
}

/**
 * The whole day, call after call.
 * @param habits of the person at the page (person.mjs)
 * @returns for each call `{ minute, server, tool, asked?: { risk, granted }, refused?: text }`
 */
export async function replay(where, habits = {}) {
  const names = new Map(
    JSON.parse(run(where, 'tools', '--json')).map(({ server, tool, name }) => [`${server} ${tool}`, name]),
  )
  const client = new Client({ name: 'day', version: '1.0.0' }, { versionNegotiation: { mode: 'legacy' } })
  await client.connect(new StdioClientTransport({ ...program(where, 'serve'), stderr: 'ignore' }))
  // Of a page of yesterday.
  rmSync(join(where.dir, 'links'), { force: true })
  const over = new AbortController()
  let current
  const attending = attend(where.dir, habits, over.signal, ({ facts }, grant) => {
    const granted = grant === undefined ? 'once' : grant.group ? 'the group' : 'always'
    current.asked = {
      tool: facts.tool,
      risk: facts.risk,
      granted,
      fixed: grant?.fixed,
      within: grant?.within,
    }
  })
  const failed = attending.then(
    () => new Error('nobody attends'),
    (error) => error,
  )
  const done = []
  try {
    for (const { minute, server, tool, args, answer } of callsOf(workOf(where.dir))) {
      current = { minute, server, tool }
      const name = names.get(`${server} ${tool}`)
      const called = client.callTool({ name, arguments: args })
      const result = await Promise.race([called, failed])
      if (result instanceof Error) throw result
      const [{ text }] = result.content
      if (text !== answer.text) current.refused = text
      done.push(current)
    }
  } finally {
    over.abort()
    await client.close()
  }
  return done
}
