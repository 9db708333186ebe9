// A user's home with what one has in it: keys, a project under git, caches, a state directory, and servers. Everything
// that is worth something carries a canary, by which it is known wherever it turns up.
import { createHash, randomBytes } from 'node:crypto'
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { entriesOf } from './modes.mjs'
import { removeTree } from '../test/remove-tree.mjs'

const here = import.meta.dirname
const CLI = resolve(here, '../dist/cli.js')
const NOBODY = 65534

export const hashOf = (text) => createHash('sha256').update(text).digest('hex').slice(0, 24)

/** Names to canaries; made when they are first asked for. */
function canaries() {
  const made = new Map()
  return {
    of(name) {
      if (!made.has(name)) made.set(name, `CANARY_${name}_${randomBytes(8).toString('hex')}`)
      return made.get(name)
    },
    /** The name of what has this hash. */
    named: (hash) => [...made].find(([, text]) => hashOf(text) === hash)?.[0],
    /** Something that wasn't made here is known by its hash as well. */
    know: (name, text) => made.set(name, text),
  }
}

function put(path, text) {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text, { mode: 0o600 })
}

/** @param mode of modes.mjs @param tools what a mode needs: where its programs are */
export function scene(mode, tools) {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'sidemux-attack-')))
  const marks = canaries()
  const home = join(base, 'home')
  const project = join(home, 'project')
  const at = (path) => join(home, path)
  const files = {
    '.ssh/id_ed25519': 'ssh',
    '.ssh/authorized_keys': 'authorized',
    '.aws/credentials': 'aws',
    '.config/gcloud/key.json': 'gcloud',
    '.npmrc': 'npm',
    '.netrc': 'netrc',
    '.config/chromium/Default/Cookies': 'cookies',
    '.bash_history': 'history',
    '.bashrc': 'bashrc',
    '.gitconfig': 'gitconfig',
    '.claude.json': 'host-config',
    '.npm/_npx/0a1b/node_modules/other/index.js': 'npx',
    'other-project/notes.md': 'other-project',
    'servers/victim/secret-of-code.txt': 'sibling-code',
    'project/.env.production': 'env-production',
    'project/.git/hooks/pre-commit': 'git-hook',
    'project/.git/config': 'git-config',
    'project/.vscode/tasks.json': 'vscode',
    'project/.mcp.json': 'mcp-json',
    'project/.claude/commands/own.md': 'claude-command',
    'project/node_modules/tool/index.js': 'project-module',
  }
  for (const [path, name] of Object.entries(files)) put(at(path), `// ${marks.of(name)}\n`)
  put(join(project, '.env'), `TOKEN=${marks.of('store')}\n`)
  mkdirSync(join(project, 'work'), { recursive: true })
  for (const name of ['attacker', 'given', 'walled', 'heir', 'leaver']) copyServer(at(`servers/${name}`))
  copyServer(at('servers/victim'))
  mkdirSync(join(base, 'run'), { mode: 0o700 })
  const tmpFile = `${base}-in-tmp`
  put(tmpFile, marks.of('tmp'))
  const otherHome = join(base, 'other-user')
  put(join(otherHome, 'diary.md'), marks.of('other-user'))
  if (process.getuid() === 0) {
    chownSync(otherHome, NOBODY, NOBODY)
    chmodSync(otherHome, 0o700)
  }
  put(join(base, 'left-open'), marks.of('left-open'))
  const config = join(project, 'servers.yaml')
  const state = at('.local/state/sidemux')
  const found = { base, home, project, state, config, cli: CLI, tmpFile, otherHome, at, marks }
  put(
    config,
    `# ${marks.of('servers-yaml')}\n${JSON.stringify(configOf(found, mode, { ...tools, home, settings: base }))}\n`,
  )
  return {
    ...found,
    storeFile: join(project, '.env'),
    secretFile: at('.ssh/id_ed25519'),
    given: join(project, 'work'),
    leftOpen: join(base, 'left-open'),
    async remove() {
      for (const path of [base, tmpFile]) await removeTree(path)
    },
  }
}

/** Its own package, which it may read. */
function copyServer(to) {
  cpSync(join(here, 'inside'), to, { recursive: true })
}

function configOf({ at, project, marks }, mode, tools) {
  const node = process.execPath
  const victim = {
    command: node,
    args: [at('servers/victim/victim.mjs')],
    env: {
      SECRET: '${own:TOKEN}',
      MARKS: JSON.stringify(
        Object.fromEntries(
          ['memory', 'fd', 'home', 'port', 'log', 'pins'].map((name) => [name, marks.of(`victim-${name}`)]),
        ),
      ),
    },
    tools: { allow: ['get_*'] },
  }
  const attacker = (name, more = {}) => ({
    command: node,
    args: [at(`servers/${name}/attacker.mjs`)],
    tools: { allow: ['*'] },
    limits: { memory: '2g', processes: 500 },
    ...more,
  })
  return {
    version: 1,
    trust: 'off',
    secrets: { own: { type: 'dotenv', path: '.env' } },
    approvals: { channels: ['page'], browser: ['/bin/true'], wait: '10m', expire: '10m' },
    defaults: { timeout: '2m', rateLimit: '10000/minute' },
    servers: entriesOf(mode, tools, {
      victim,
      attacker: attacker('attacker'),
      given: attacker('given', { cwd: project }),
      walled: attacker('walled'),
      heir: {
        command: 'node',
        args: [at('servers/heir/victim.mjs')],
        cwd: join(project, 'work'),
        tools: { allow: ['*'] },
      },
    }),
  }
}
