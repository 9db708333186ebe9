/**
 * A published server from npm in its own folder, exactly the version of servers.json. No script of a package runs
 * (`--ignore-scripts`): that is how sidemux's users are told to try a server, and all of the list start without.
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const MINUTES = 8
const NO_SCRIPTS = '--ignore-scripts'
const FLAGS = ['--no-audit', '--no-fund', NO_SCRIPTS, '--loglevel=error']

/**
 * @param entry `native`: what it starts is a program of its own, which a script of the package puts in place
 * @returns how to start it
 * @throws with npm's last lines
 */
export async function installed(entry, dir) {
  const home = join(dir, `${entry.name}-${entry.version}`)
  const done = join(home, '.installed')
  if (!existsSync(done)) {
    rmSync(home, { recursive: true, force: true })
    mkdirSync(home, { recursive: true })
    writeFileSync(join(home, 'package.json'), '{"private":true}')
    const flags = entry.native ? FLAGS.filter((flag) => flag !== NO_SCRIPTS) : FLAGS
    await npm(['install', ...flags, '--prefix', home, `${entry.package}@${entry.version}`], home)
    writeFileSync(done, '')
  }
  const root = join(home, 'node_modules', entry.package)
  const start = join(root, entry.start ?? binOf(root))
  return entry.native ? { command: start, args: [] } : { command: process.execPath, args: [start] }
}

function npm(args, cwd) {
  return new Promise((done, fail) => {
    execFile('npm', args, { cwd, timeout: MINUTES * 60_000 }, (error, stdout, stderr) => {
      if (error === null) done()
      else fail(new Error(`npm: ${`${stderr}${stdout}`.trim().split('\n').slice(-3).join(' ')}`))
    })
  })
}

function binOf(root) {
  const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return typeof bin === 'string' ? bin : Object.values(bin)[0]
}
