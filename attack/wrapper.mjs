// How a round is started: as which user, with which programs of the system hidden, and with a network of its own that has a
// metadata service, where root can make one.
import { execFileSync } from 'node:child_process'

const METADATA = '169.254.169.254/32'
const ORDINARY = ['tester', 'nobody']

/** @param user root or ordinary @param hides names of programs in /usr/bin */
export function wrapperOf(user, hides, command) {
  if (process.getuid() !== 0)
    return hides.length === 0 ? command : ['unshare', '-Urm', 'sh', '-c', hiding(hides), 'sh', ...command]
  const drop =
    user === 'root' ? [] : ['setpriv', `--reuid=${idOf('-u')}`, `--regid=${idOf('-g')}`, '--clear-groups']
  const script = `ip link set lo up && ip addr add ${METADATA} dev lo; ${hiding(hides)}`
  return ['unshare', '-nm', 'sh', '-c', script, 'sh', ...drop, ...command]
}

function hiding(programs) {
  return [...programs.map((name) => `mount --bind /dev/null /usr/bin/${name}`), 'exec "$@"'].join(' && ')
}

/** An ordinary user of this machine. */
function idOf(which) {
  for (const name of ORDINARY) {
    try {
      return execFileSync('id', [which, name], { stdio: ['ignore', 'pipe', 'ignore'] })
        .toString()
        .trim()
    } catch {
      // The next one.
    }
  }
  return '65534'
}
