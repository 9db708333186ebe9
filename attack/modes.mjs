// The modes: what stands in a server's entry for each, and what a mode needs of the machine.
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export const MODES = {
  none: { title: 'none', sandbox: 'off' },
  default: { title: 'default' },
  landlock: { title: 'Landlock', hides: ['bwrap'] },
  srt: { title: 'srt, default', sandbox: 'off', isRival: true },
  'srt-strict': { title: 'srt, strict', sandbox: 'off', isRival: true },
}

const VICTIMS = new Set(['victim', 'heir'])

/** The entries of servers.yaml in a mode. `walled` has no network where the mode can say so. */
export function entriesOf(mode, tools, entries) {
  return Object.fromEntries(
    Object.entries(entries).map(([name, entry]) => {
      const { sandbox, isRival } = MODES[mode]
      if (isRival) return [name, { ...wrapped(mode, tools, name, entry), sandbox }]
      if (name === 'walled' && sandbox !== 'off') return [name, { ...entry, sandbox: { network: 'none' } }]
      return [name, sandbox === undefined ? entry : { ...entry, sandbox }]
    }),
  )
}

/**
 * The rival's command line is what the server is started with. Its default denies no reading at all; strict is the best
 * that its settings offer: nothing of the home and of /tmp but the server's own.
 */
function wrapped(mode, { srt, home, settings }, name, entry) {
  const code = dirname(entry.args[0])
  const given = entry.cwd === undefined ? [] : [entry.cwd]
  // The victims keep their notes in the home; of the attackers' settings nothing is said by that.
  const writes = VICTIMS.has(name) ? [...given, home] : given
  const strict = {
    denyRead: [home, dirname(home), '/tmp', '/root', '/home'],
    allowRead: [code, ...given, dirname(dirname(srt))],
  }
  const filesystem = {
    denyRead: [],
    allowRead: [],
    denyWrite: [],
    allowWrite: writes,
    ...(mode === 'srt-strict' && strict),
  }
  const file = join(settings, `srt-${name}.json`)
  writeFileSync(file, JSON.stringify({ network: { allowedDomains: [], deniedDomains: [] }, filesystem }))
  return {
    ...entry,
    command: process.execPath,
    args: [srt, '--settings', file, entry.command, ...entry.args],
  }
}
