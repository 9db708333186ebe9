// slop-mcp, the multiplexer in Go that npm has: installed for the run into the bench's own directory, without running
// scripts, and started with an empty environment and a home of its own. Where npm can't fetch it, the bench says so and
// goes without.
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { arch, platform } from 'node:os'
import { join } from 'node:path'

const NAME = '@standardbeagle/slop-mcp'
const VERSION = '0.15.0'
const ARCH = { x64: 'amd64', arm64: 'arm64' }

/** @returns a contender, or { why } it isn't one */
export function slop(place, ids, [command, ...args]) {
  const dir = join(place.dir, 'slop')
  mkdirSync(dir)
  try {
    const options = ['--no-audit', '--no-fund', '--ignore-scripts', '--silent']
    execFileSync('npm', ['install', ...options, '--prefix', dir, `${NAME}@${VERSION}`], {
      stdio: 'pipe',
      timeout: 60_000,
    })
  } catch (error) {
    return { why: `npm can't install ${NAME}@${VERSION}: ${String(error.message).split('\n')[0]}` }
  }
  const binary = join(dir, 'node_modules', NAME, 'binaries', `slop-mcp-${platform()}-${ARCH[arch()]}`)
  if (!existsSync(binary)) return { why: `${NAME} has no binary for ${platform()} on ${arch()}` }
  chmodSync(binary, 0o755)
  const quoted = args.map((arg) => JSON.stringify(arg)).join(' ')
  const servers = ids.map(
    (id) => `mcp "${id}" {\n  command ${JSON.stringify(command)}\n  args ${quoted}\n}\n`,
  )
  writeFileSync(join(dir, '.slop-mcp.kdl'), servers.join(''))
  return {
    what: `slop-mcp ${VERSION} (Go)`,
    command: [binary, 'serve'],
    cwd: dir,
    env: { HOME: dir },
    named: () => 'execute_tool',
    wrap: (name, parameters) => ({ mcp_name: ids[0], tool_name: name, parameters }),
  }
}
