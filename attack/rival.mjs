// The rival: @anthropic-ai/sandbox-runtime, installed into a folder that is kept. What it wants of the system is not installed.
import { execFileSync } from 'node:child_process'
import { accessSync, chmodSync, constants, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

const PACKAGE = '@anthropic-ai/sandbox-runtime'
const VERSION = '0.0.83'
const PROGRAMS = ['/usr/bin/rg', '/usr/bin/socat', '/usr/bin/bwrap']

/** Its command line, or what is missing. */
export function installedRival(dir) {
  const lacking = PROGRAMS.filter((program) => !isRunnable(program))
  if (lacking.length > 0)
    return { missing: `the rival needs ${lacking.join(', ')}: apt-get install ripgrep socat bubblewrap` }
  const cli = join(dir, 'node_modules', PACKAGE, 'dist/cli.js')
  if (!existsSync(cli)) {
    mkdirSync(dir, { recursive: true })
    // It is read by an ordinary user too.
    chmodSync(dir, 0o755)
    try {
      execFileSync(
        'npm',
        ['install', '--prefix', dir, '--no-audit', '--no-fund', '--ignore-scripts', `${PACKAGE}@${VERSION}`],
        { stdio: ['ignore', 'ignore', 'pipe'] },
      )
    } catch (error) {
      return { missing: `the rival could not be installed: ${String(error.stderr).trim().slice(-200)}` }
    }
  }
  return { cli }
}

function isRunnable(program) {
  try {
    accessSync(program, constants.X_OK)
    return true
  } catch {
    return false
  }
}
