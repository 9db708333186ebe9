// The demo: a real MCP host in the terminal, one sidemux entry, three published servers behind it. No account needed.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'

const repo = resolve(import.meta.dirname, '..')
const cli = join(repo, 'dist', 'cli.js')
const dir = mkdtempSync(join(tmpdir(), 'sidemux-demo-'))
const files = join(dir, 'files')
const memory = join(dir, 'memory.jsonl')
const env = {
  ...Object.fromEntries(
    ['PATH', 'HOME', 'TERM', 'LANG', 'SYSTEMROOT'].flatMap((name) =>
      process.env[name] ? [[name, process.env[name]]] : [],
    ),
  ),
  SIDEMUX_STATE_DIR: join(dir, 'state'),
  SIDEMUX_TRUST: 'off',
  SIDEMUX_DEMO_DIR: files,
  MEMORY_FILE_PATH: memory,
}

mkdirSync(files)
writeFileSync(join(files, 'notes.txt'), 'Remember the milk.\n')
writeFileSync(
  memory,
  '{"type":"entity","name":"demo-project","entityType":"project","observations":["ships on Friday"]}\n',
)

const say = (text = '') => process.stdout.write(`${text}\n`)
const step = (title) => say(`\n--- ${title}\n`)
const sidemux = (...args) =>
  spawnSync(process.execPath, [cli, ...args], { cwd: repo, env, encoding: 'utf8', timeout: 60_000 })
const textOf = (result) => result.content.map((block) => block.text ?? '').join('\n')
let failed = false
const check = (what, ok) => {
  say(`${ok ? '[ok]' : '[FAILED]'} ${what}`)
  failed ||= !ok
}

/** The host's own dialog; without a terminal there is nobody to ask, so it declines. */
async function askHuman(message) {
  say(message.replaceAll(/^/gm, '  | '))
  if (!process.stdin.isTTY) {
    say('\n  (no terminal: the host declines)')
    return { action: 'decline' }
  }
  const prompt = createInterface({ input: process.stdin, output: process.stdout })
  const answer = await prompt.question('\n  Type yes to let it run once: ')
  prompt.close()
  return answer.trim().toLowerCase() === 'yes'
    ? { action: 'accept', content: { decision: 'approve once' } }
    : { action: 'decline' }
}

try {
  step('1. The catalog: every tool of three servers, with its verdict and why')
  const listed = sidemux('tools')
  say(listed.stdout + listed.stderr)
  check('all three servers answered', listed.status === 0)

  const host = new Client({ name: 'demo-host', version: '1.0.0' }, { capabilities: { elicitation: {} } })
  let approved = false
  host.setRequestHandler('elicitation/create', async ({ params }) => {
    const answer = await askHuman(params.message)
    approved = answer.action === 'accept'
    return answer
  })
  await host.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [cli, 'serve'],
      cwd: repo,
      env,
      stderr: 'inherit',
    }),
  )
  const { tools } = await host.listTools()
  say(`\nThe host sees ${tools.length} of them, from one config entry.`)
  const call = (name, args = {}) => host.callTool({ name, arguments: args }, { timeout: 120_000 })

  step('2. A read passes: files_read_text_file')
  const read = textOf(await call('files_read_text_file', { path: join(files, 'notes.txt') }))
  say(`  ${read.trim()}`)
  check('the file was read', read.includes('Remember the milk.'))

  step('3. A secret comes back masked: everything_get-env prints the environment of its server')
  const environment = textOf(await call('everything_get-env'))
  say(environment.replaceAll(/^/gm, '  '))
  check(
    'DEMO_TOKEN is masked',
    environment.includes('[redacted:everything.DEMO_TOKEN]') && !environment.includes('demo-token-'),
  )
  check(
    'nothing of the other servers is there',
    !environment.includes('MEMORY_FILE_PATH') && !environment.includes('SIDEMUX'),
  )

  step('4. A hidden tool does not exist: files_directory_tree')
  const hidden = await call('files_directory_tree', { path: files }).then(
    textOf,
    (error) => `error ${error.code}: ${error.message}`,
  )
  say(`  ${hidden}`)
  check('refused as unknown', hidden.includes('-32602'))

  step('5. A destructive call asks: memory_delete_entities')
  const result = await call('memory_delete_entities', { entityNames: ['demo-project'] })
  say(`\n${textOf(result).replaceAll(/^/gm, '  ')}`)
  const gone = !readFileSync(memory, 'utf8').includes('demo-project')
  check(approved ? 'approved, and it ran once' : 'not approved, and nothing happened', gone === approved)
  await host.close()

  step('6. The audit log of all this')
  say(sidemux('audit', 'show', '--limit', '12').stdout)
  const verified = sidemux('audit', 'verify')
  say(verified.stdout + verified.stderr)
  check('the chain is whole', verified.status === 0)
} finally {
  rmSync(dir, { recursive: true, force: true })
}
process.exitCode = failed ? 1 : 0
