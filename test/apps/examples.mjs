/**
 * Part of npm run published -- --pages DIR: the pages of the official MCP Apps examples, each through a sidemux with
 * `apps: true` in a real browser, with a picture of each in DIR. A page counts as shown when it has introduced itself,
 * got what its tool gave, and drawn something without an error. Runs in a namespace (run.mjs).
 * Argument: JSON of { servers: [{ name, program, tool, args }], state, pages }; prints a line a page.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { startBrowser } from '../servers/chromium.mjs'
import { connect, show } from './host.mjs'

const CLI = resolve(import.meta.dirname, '../../dist/cli.js')
/** Long enough for two polls of the monitor. */
const LOOK_MS = 6000

const { servers, state, pages } = JSON.parse(process.argv[2])
const entries = servers.map(({ name, program }) => [
  name,
  { ...program, args: [...program.args, '--stdio'], apps: true },
])
const config = join(state, 'servers.yaml')
mkdirSync(join(state, 'state'), { mode: 0o700 })
mkdirSync(pages, { recursive: true })
writeFileSync(config, JSON.stringify({ version: 1, servers: Object.fromEntries(entries) }))
const env = {
  PATH: process.env.PATH,
  HOME: state,
  SIDEMUX_STATE_DIR: join(state, 'state'),
  SIDEMUX_TRUST: 'off',
}
const program = { command: process.execPath, args: [CLI, 'serve', '--config', config], env }
const yes = () => ({ action: 'accept', content: { decision: 'approve once' } })
const client = await connect(program, 'old', yes)
const browser = await startBrowser()
const tab = await browser.newPage()
let failed = 0
try {
  const tools = await listed(servers.length)
  for (const { name, tool, args } of servers) {
    const line = await looked(
      name,
      tools.find((one) => one.endsWith(`_${tool}`) && one.startsWith(name.slice(0, 8))),
      args,
    )
    process.stdout.write(`${line}\n`)
  }
} finally {
  await browser.close()
  await client.close()
}
process.exit(failed === 0 ? 0 : 1)

/** Many servers start one after the other. */
async function listed(least) {
  for (let seconds = 0; ; seconds += 1) {
    const { tools } = await client.listTools()
    const servers = new Set(tools.map(({ name }) => name.slice(0, name.indexOf('_'))))
    if (servers.size >= least || seconds > 120) return tools.map(({ name }) => name)
    await new Promise((done) => setTimeout(done, 1000))
  }
}

async function looked(name, tool, args) {
  let shown
  try {
    shown = await show(tab, client, tool, args)
    await new Promise((done) => setTimeout(done, LOOK_MS))
    await shown.page.screenshot({ path: join(pages, `${name}.png`) })
    const calls = shown
      .asked('tools/call')
      .map(
        ({ params, answer }) =>
          String(params.name) + (answer?.code === undefined ? '' : ` (${String(answer.message)})`),
      )
    const drawn = await shown.frame.locator('body').evaluate((body) => body.querySelectorAll('*').length)
    if (shown.seen.errors.length > 0 || drawn < 3) failed += 1
    const words = [
      `${drawn} elements`,
      ...(calls.length === 0 ? [] : [`calls ${[...new Set(calls)].join(', ')} × ${calls.length}`]),
      ...shown.seen.errors,
    ]
    return `${name}: ${words.join('; ')}`
  } catch (error) {
    failed += 1
    return `${name}: not shown: ${error.message.split('\n')[0]}`
  } finally {
    await shown?.close()
  }
}
