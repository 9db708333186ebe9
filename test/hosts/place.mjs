/** A user's machine in a directory: a home, sidemux with one server behind it, and what can be seen of them afterwards. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { openerIn, Visitor } from '../servers/visitor.mjs'

const CLI = resolve(import.meta.dirname, '../../dist/cli.js')

/** @param approvals what servers.yaml says there, besides how a page is opened */
export function placeWith(approvals = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'sidemux-host-'))
  // Beside servers.yaml a confined server makes no new file.
  const [home, work, state, ran] = ['home', 'work', 'state', 'ran'].map((name) => join(dir, name))
  for (const one of [home, work, state, ran]) mkdirSync(one, { mode: 0o700 })
  const [config, log] = [join(dir, 'servers.yaml'), join(ran, 'notes.log')]
  const notes = {
    command: process.execPath,
    args: [join(import.meta.dirname, 'notes.mjs')],
    env: { NOTES_LOG: log },
  }
  const settings = { wait: '60s', browser: openerIn(dir), ...approvals }
  writeFileSync(config, JSON.stringify({ version: 1, approvals: settings, servers: { notes } }))
  const env = { PATH: process.env.PATH, HOME: home, SIDEMUX_STATE_DIR: state, SIDEMUX_TRUST: 'off' }
  const sidemux = (...args) => ({ command: process.execPath, args: [CLI, ...args, '--config', config], env })
  return {
    home,
    work,
    env,
    sidemux,
    /** What a host's configuration says. */
    entry: { ...sidemux('serve'), env: { SIDEMUX_STATE_DIR: state, SIDEMUX_TRUST: 'off' } },
    visitor: new Visitor(dir),
    /** A file below the home. */
    put(name, content) {
      const file = join(home, name)
      mkdirSync(join(file, '..'), { recursive: true })
      writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
      return file
    },
    /** Calls that the server ran. */
    runs: () =>
      existsSync(log)
        ? readFileSync(log, 'utf8')
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line))
        : [],
    /** Records of the audit log, oldest first. */
    audit() {
      const { command, args } = sidemux('audit', 'show', '--json')
      const out = execFileSync(command, args, { env, encoding: 'utf8' })
      return out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    },
  }
}
