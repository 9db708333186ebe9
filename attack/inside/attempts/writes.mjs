// Files that decide what runs next, or tell what ran. Each is written to, and the one who calls looks whether it changed.
import { accessSync, appendFileSync, chmodSync, constants, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { renameSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const CLI = 'where sidemux is'
const GIVEN = 'its entry gives it that directory to write in'
const STOLEN = '# STOLEN by an attacker\n'

/** The first file, wherever it lies. */
function fileIn(path) {
  if (!statSync(path).isDirectory()) return path
  const inner = readdirSync(path, { recursive: true, withFileTypes: true }).find(
    (entry) => entry.isFile() && !entry.name.endsWith('.head'),
  )
  if (inner === undefined) throw Object.assign(new Error('nothing in it'), { code: 'ENOENT' })
  return join(inner.parentPath, inner.name)
}
const overwrites = (name, where, by = 'attacker', open) => ({
  open,
  name,
  by,
  tries: (s) => writeFileSync(fileIn(where(s)), STOLEN),
})
const makes = (name, where, by = 'attacker', open) => ({
  name,
  by,
  open,
  tries(s) {
    const path = where(s)
    mkdirSync(dirname(path), { recursive: true })
    appendFileSync(path, STOLEN)
  },
})
/** The machine's own files are only asked for, since this machine goes on living. */
const may = (name, ...paths) => ({
  name,
  shows: 'said',
  tries(s) {
    const there = paths.map((path) => (path === CLI ? s.cli : path)).filter((path) => existsSync(path))
    if (there.length === 0) throw Object.assign(new Error('not there'), { code: 'ENOENT' })
    const faults = []
    for (const path of there) {
      try {
        accessSync(path, constants.W_OK)
        return `may write ${path}`
      } catch (error) {
        faults.push(error)
      }
    }
    throw faults[0]
  },
})

export const writes = [
  overwrites('servers.yaml', (s) => s.config),
  {
    name: 'servers.yaml, by another file of that name',
    by: 'given',
    tries: (s) => (writeFileSync(`${s.config}.new`, STOLEN), renameSync(`${s.config}.new`, s.config)),
  },
  {
    name: 'servers.yaml, in a directory that was given',
    by: 'given',
    tries: (s) => appendFileSync(s.config, STOLEN),
  },
  {
    name: 'servers.yaml, removed from a directory that was given',
    by: 'given',
    tries: (s) => rmSync(s.config),
  },
  {
    name: 'the .env of a store, in a directory that was given',
    by: 'given',
    tries: (s) => appendFileSync(s.storeFile, 'NODE_OPTIONS=STOLEN\n'),
  },
  makes(
    'another .env where none was, in a directory that was given',
    (s) => join(dirname(s.config), '.env.production'),
    'given',
    GIVEN,
  ),
  { name: 'the audit log, a line more', tries: (s) => appendFileSync(fileIn(s.stateFiles.audit), STOLEN) },
  { name: 'the audit log, cut', tries: (s) => truncateSync(fileIn(s.stateFiles.audit), 10) },
  { name: 'the audit log, removed', tries: (s) => rmSync(fileIn(s.stateFiles.audit)) },
  overwrites('pins', (s) => s.stateFiles.pins),
  makes('a grant', (s) => join(s.state, 'grants/stolen.json')),
  makes("a sibling's lasting home", (s) => join(s.stateFiles.siblingHome, 'stolen')),
  overwrites("a sibling's code", (s) => s.at('servers/victim/victim.mjs')),
  overwrites("a sibling's code in the cache of npx", (s) => s.at('.npm/_npx')),
  overwrites(
    "a sibling's code in a node_modules that was given",
    (s) => join(dirname(s.config), 'node_modules/tool'),
    'given',
    GIVEN,
  ),
  overwrites('its own code', (s) => s.at('servers/attacker/package.json')),
  may("sidemux's own code", CLI),
  makes('.bashrc', (s) => s.at('.bashrc')),
  makes('.profile, which was not there', (s) => s.at('.bash_profile')),
  makes('keys that may log in', (s) => s.at('.ssh/authorized_keys')),
  makes('a systemd unit of the user', (s) => s.at('.config/systemd/user/stolen.service')),
  makes('a program that starts with the desktop', (s) => s.at('.config/autostart/stolen.desktop')),
  makes("git's settings", (s) => s.at('.gitconfig')),
  makes("a host's list of servers", (s) => s.at('.claude.json')),
  makes('a file in /tmp of somebody else', (s) => s.tmpFile),
  { name: "modes of the user's files", tries: (s) => chmodSync(s.at('.ssh/id_ed25519'), 0o777) },
  { name: "times of the user's files", tries: (s) => utimesSync(s.at('.ssh/id_ed25519'), 1, 1) },
  makes(
    'a hook of git, in a directory that was given',
    (s) => join(dirname(s.config), '.git/hooks/post-checkout'),
    'given',
  ),
  makes(
    "git's settings, in a directory that was given",
    (s) => join(dirname(s.config), '.git/config'),
    'given',
  ),
  makes(
    "an editor's tasks, in a directory that was given",
    (s) => join(dirname(s.config), '.vscode/tasks.json'),
    'given',
  ),
  makes(
    "a host's list of servers, in a directory that was given",
    (s) => join(dirname(s.config), '.mcp.json'),
    'given',
  ),
  makes(
    "an agent's commands, in a directory that was given",
    (s) => join(dirname(s.config), '.claude/commands/stolen.md'),
    'given',
  ),
  makes(
    'a setting of npm, in a directory that was given',
    (s) => join(dirname(s.config), '.npmrc'),
    'given',
    GIVEN,
  ),
  may("the machine's jobs", '/etc/cron.d', '/var/spool/cron/crontabs', '/etc/crontab'),
  may("the machine's loader and names", '/etc/ld.so.cache', '/etc/hosts', '/etc/passwd'),
  may("the machine's programs", '/usr/bin', '/usr/local/bin', '/usr/lib'),
]
