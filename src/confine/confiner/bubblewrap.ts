/**
 * Writes a profile as the arguments of bubblewrap (Linux): own user, process, IPC, host name and cgroup namespaces, no new
 * privileges, and the end of all that it started when sidemux is gone (promise 8). Pure.
 *
 * @see https://github.com/containers/bubblewrap, man bwrap
 */
import type { Mount, SandboxProfile } from '../mounts.ts'
import { isWithin } from '../paths.ts'

const SPACES = ['--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try']

/**
 * What makes the network needs to be root there, and may then do these things: give it a route, listen at any port, go back
 * to the user's numbers, and renounce all of it.
 */
const ENTERING = [
  '--uid',
  '0',
  '--gid',
  '0',
  ...['NET_ADMIN', 'NET_BIND_SERVICE', 'SETFCAP', 'SETPCAP'].flatMap((name) => ['--cap-add', `CAP_${name}`]),
]

/** @param env what is set inside beside what is handed on */
export function bubblewrapArguments(
  { mounts, cwd, network, enter }: SandboxProfile,
  command: readonly string[],
  env: Readonly<Record<string, string>>,
): string[] {
  return [
    ...SPACES,
    ...(network.kind === 'all' && enter === undefined ? [] : ['--unshare-net']),
    '--die-with-parent',
    '--cap-drop',
    'ALL',
    ...(enter === undefined ? [] : ENTERING),
    ...mounts.flatMap(mountArguments),
    // What is empty on purpose stays empty; it can be made so only when all in it is in its place.
    ...mounts.flatMap((mount) =>
      mount.kind === 'empty' && !mount.keep && mount.holds === 'directory'
        ? ['--remount-ro', mount.path]
        : [],
    ),
    '--chdir',
    cwd,
    ...Object.entries(env).flatMap(([name, value]) => ['--setenv', name, value]),
    '--',
    ...(enter === undefined ? [] : [enter.program, ...enter.args]),
    ...command,
  ]
}

function mountArguments(mount: Mount): string[] {
  const { path } = mount
  switch (mount.kind) {
    case 'read':
      return ['--ro-bind', mount.from ?? path, path]
    case 'write':
      // Elsewhere a device is a name without a use.
      return [isWithin(path, '/dev') ? '--dev-bind' : '--bind', mount.from ?? path, path]
    case 'home':
      return ['--bind', mount.from, path]
    case 'link':
      return ['--symlink', mount.to, path]
    case 'empty':
      return mount.holds === 'file' ? ['--ro-bind', '/dev/null', path] : ['--tmpfs', path]
    case 'processes':
      return ['--proc', path]
    case 'devices':
      return ['--dev', path]
  }
}
