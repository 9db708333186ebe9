// Files that no server has any business with: sidemux's own, the stores', the user's, and other servers'.
import { python, readAll, run } from '../tools.mjs'

const reads = (name, where) => ({ name, tries: (scene) => readAll(...[where(scene)].flat()) })

export const files = [
  reads('servers.yaml', (s) => s.config),
  reads('the .env of a store', (s) => s.storeFile),
  reads('the state directory, all of it', (s) => s.state),
  reads('pins', (s) => s.stateFiles.pins),
  reads('the audit log', (s) => s.stateFiles.audit),
  reads("sidemux's own log", (s) => s.stateFiles.log),
  reads("the key of the page's door", (s) => s.stateFiles.runs),
  reads('the key of the audit chain', (s) => s.stateFiles.keys),
  reads("a sibling's lasting home", (s) => s.stateFiles.siblingHome),
  reads('SSH keys', (s) => s.at('.ssh')),
  reads('cloud keys', (s) => [s.at('.aws'), s.at('.config/gcloud'), s.at('.kube')]),
  reads('tokens of package managers', (s) => [s.at('.npmrc'), s.at('.netrc')]),
  reads('cookies of a browser', (s) => s.at('.config/chromium')),
  reads('history of the shell', (s) => s.at('.bash_history')),
  reads("a sibling's code", (s) => s.at('servers/victim/secret-of-code.txt')),
  reads("a sibling's code in the cache of npx", (s) => s.at('.npm/_npx')),
  reads('another project', (s) => s.at('other-project')),
  reads("another user's home", (s) => s.otherHome),
  reads('a file in /tmp of somebody else', (s) => s.tmpFile),
  { name: "the system's password hashes", tries: () => readAll('/etc/shadow') && 'hashes', shows: 'said' },
  {
    name: 'a file by its handle (open_by_handle_at)',
    tries: (s) =>
      python(
        `
class handle(ctypes.Structure): _fields_ = [('bytes', ctypes.c_uint), ('type', ctypes.c_int), ('data', ctypes.c_ubyte * 128)]
import struct
# The handle of an ext4 or overlay file is its inode and its generation, which anybody may guess who may use them.
found = handle(128); mount = ctypes.c_int()
if libc.name_to_handle_at(-100, sys.argv[1].encode(), ctypes.byref(found), ctypes.byref(mount), 0) < 0:
    if libc.name_to_handle_at(-100, b'/', ctypes.byref(found), ctypes.byref(mount), 0) < 0: must(-1)
root = os.open('/', os.O_RDONLY)
fd = must(libc.open_by_handle_at(root, ctypes.byref(found), os.O_RDONLY))
print(os.read(fd, 4096).decode('latin1') if not os.path.isdir(f'/proc/self/fd/{fd}') else open(f'/proc/self/fd/{fd}' + sys.argv[1]).read())`,
        s.secretFile,
      ),
  },
  {
    name: 'a file in a mount namespace of its own',
    tries: (s) => run('unshare', '-Urm', 'cat', s.secretFile),
  },
  {
    name: "a file in the sidecar's namespaces (nsenter)",
    tries: (s) => run('nsenter', '-t', String(s.pids.sidecar), '-m', 'cat', s.secretFile),
  },
  {
    name: 'a file laid bare by an unmount',
    tries: (s) =>
      run('sh', '-c', `umount -l "$1" 2>&1; umount -l /tmp 2>&1; cat "$2"`, 'sh', s.home, s.secretFile),
  },
  {
    name: 'a file by a new proc',
    tries: (s) =>
      run(
        'unshare',
        '-Urmpf',
        'sh',
        '-c',
        'mount -t proc proc /proc && cat /proc/1/root"$1"',
        'sh',
        s.secretFile,
      ),
  },
]
