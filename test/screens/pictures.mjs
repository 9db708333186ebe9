/**
 * npm run pictures: the pictures of README.md and docs/, taken from the running product. A host calls two tools of the
 * official servers through sidemux, a browser shows what a person is asked, and a terminal shows what it was.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { BROWSER, NO_BROWSER, startBrowser } from '../servers/chromium.mjs'
import { openerIn, Visitor } from '../servers/visitor.mjs'
import { terminalSvg } from './terminal-svg.mjs'

const repo = resolve(import.meta.dirname, '../..')
const out = join(repo, 'docs', 'pictures')
const MOST_BYTES = 150_000
const VIEWPORT = { width: 1060, height: 1000 }
const MARGIN_PX = 90
/** Longer than the buttons stay deaf after something moved. */
const SETTLED_MS = 3000
const POLL_MS = 50
/** What is typed in the terminal, in this order. */
const COMMANDS = [
  'sidemux tools | head -10',
  'sidemux call everything get-env | grep TOKEN',
  'sidemux audit show --since today --grep parcels | cut -c 1-150',
]

if (BROWSER === undefined) fail(NO_BROWSER)
mkdirSync(out, { recursive: true })
const dir = mkdtempSync(join(tmpdir(), 'sidemux-pictures-'))
const env = makeWorld()
const host = new Client({ name: 'my-host', version: '1.0.0' })
const browser = await startBrowser()
try {
  await host.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [join(repo, 'dist', 'cli.js'), 'serve'],
      cwd: dir,
      env,
      stderr: 'inherit',
    }),
  )
  await host.listTools()
  await showPage()
} finally {
  await browser.close()
  await host.close()
}
try {
  write(
    'terminal.svg',
    terminalSvg(showTerminal(), 'A terminal in which sidemux tells what runs and what ran'),
  )
} finally {
  rmSync(dir, { recursive: true, force: true })
}

/** A folder with servers.yaml, a note to edit and a graph to delete from. Returns the environment for it. */
function makeWorld() {
  const server = (name) => join(repo, 'node_modules/@modelcontextprotocol', `server-${name}`, 'dist/index.js')
  const notes = join(dir, 'notes')
  mkdirSync(notes)
  writeFileSync(
    join(notes, 'launch.md'),
    '# Launch\n\n- ship on Friday\n- tell support\n- price: 4 EUR a parcel\n',
  )
  writeFileSync(
    join(dir, 'memory.jsonl'),
    '{"type":"entity","name":"parcels","entityType":"project","observations":["ships on Friday"]}\n',
  )
  writeFileSync(join(dir, '.env'), 'DEMO_TOKEN=demo-token-5f1c2ab97be04d3e\n', { mode: 0o600 })
  const config = {
    version: 1,
    secrets: { dotenv: { type: 'dotenv', path: '.env' } },
    servers: {
      memory: {
        command: process.execPath,
        args: [server('memory')],
        env: { MEMORY_FILE_PATH: '${plain:env:MEMORY_FILE_PATH}' },
        tools: { block: ['delete_relations'] },
      },
      files: { command: process.execPath, args: [server('filesystem'), notes], cwd: notes, roots: 'off' },
      everything: {
        command: process.execPath,
        args: [server('everything')],
        env: { DEMO_TOKEN: '${dotenv:DEMO_TOKEN}' },
        tools: { allow: ['get-env'] },
      },
    },
    approvals: { channels: ['page'], browser: openerIn(dir) },
  }
  writeFileSync(join(dir, 'servers.yaml'), JSON.stringify(config, undefined, 2))
  const bin = join(dir, 'bin')
  mkdirSync(bin)
  const cli = join(bin, 'sidemux')
  writeFileSync(cli, `#!/bin/sh\nexec "${process.execPath}" "${join(repo, 'dist', 'cli.js')}" "$@"\n`)
  chmodSync(cli, 0o755)
  return {
    PATH: `${bin}:${process.env.PATH}`,
    HOME: dir,
    LANG: 'C.UTF-8',
    SIDEMUX_STATE_DIR: join(dir, 'state'),
    SIDEMUX_TRUST: 'off',
    // As a person's own file: one that lies where sidemux is started names no program for its browser.
    SIDEMUX_CONFIG: join(dir, 'servers.yaml'),
    MEMORY_FILE_PATH: join(dir, 'memory.jsonl'),
  }
}

/** Two questions: an edit with its diff, and a deletion. Both are answered in the end. */
async function showPage() {
  const calls = [
    call('memory_delete_entities', { entityNames: ['parcels'] }),
    call('files_edit_file', {
      path: 'launch.md',
      edits: [
        { oldText: '- price: 4 EUR a parcel', newText: '- price: 3.50 EUR a parcel\n- free from 20 parcels' },
      ],
    }),
  ]
  const visitor = new Visitor(dir)
  while (!visitor.isCalled) await after(POLL_MS)
  const page = await browser.newPage({ viewport: VIEWPORT, colorScheme: 'light', reducedMotion: 'reduce' })
  await page.goto(visitor.link)
  const deletion = page.getByRole('article', { name: 'memory / delete_entities' })
  const edit = page.getByRole('article', { name: 'files / edit_file' })
  await deletion.waitFor()
  await edit.getByRole('button', { name: 'Show' }).click()
  await page.waitForTimeout(SETTLED_MS)
  const { y, height } = await edit.boundingBox()
  const file = join(out, 'page.png')
  const clip = {
    x: MARGIN_PX,
    y: 0,
    width: VIEWPORT.width - 2 * MARGIN_PX,
    height: y + height + MARGIN_PX / 2,
  }
  await page.screenshot({ path: file, clip })
  if (statSync(file).size > MOST_BYTES) fail(`${file} has over ${MOST_BYTES} bytes`)
  await press(deletion, 'Deny')
  await press(edit, 'Approve once')
  await Promise.all(calls)
  await page.close()
}

function press(article, name) {
  return article.getByRole('button', { name, exact: true }).click()
}

function call(name, args) {
  return host.callTool({ name, arguments: args }, { timeout: 120_000 })
}

/** Each command and what it printed, as a person sees it who types it in that folder. */
function showTerminal() {
  return COMMANDS.map((command) => {
    const printed = execFileSync('/bin/sh', ['-c', command], { cwd: dir, env, encoding: 'utf8' })
    return `$ ${command}\n${printed.replaceAll(/[ ]+$/gm, '')}`
  }).join('\n')
}

function write(name, text) {
  if (Buffer.byteLength(text) > MOST_BYTES) fail(`${name} has over ${MOST_BYTES} bytes`)
  writeFileSync(join(out, name), text)
}

function fail(why) {
  process.stderr.write(`${why}\n`)
  process.exit(1)
}
