// What programs of one user share beside files: sockets, memory, keys, terminals.
import { closeSync, openSync, readdirSync, writeSync } from 'node:fs'
import { python, readAll, run, talk } from '../tools.mjs'

const connects = (name, where, more = {}) => ({
  name,
  tries: async (s) => talk({ path: where(s) }, 'hello\n'),
  ...more,
})

export const shared = [
  connects('the agent of SSH', (s) => s.sockets.agent),
  connects('the session bus', (s) => s.sockets.bus),
  connects('the socket of a container daemon', (s) => s.sockets.docker),
  connects('the display (wayland)', (s) => s.sockets.wayland),
  connects('the display (X11, abstract socket)', (s) => s.sockets.abstract),
  connects('a terminal multiplexer', (s) => s.sockets.tmux),
  {
    name: 'abstract sockets, as listed',
    tries: async (s) => {
      const listed = readAll('/proc/net/unix')
      if (!listed.includes(s.sockets.abstract.slice(1))) throw new Error('not listed')
      return talk({ path: s.sockets.abstract })
    },
  },
  {
    name: 'memory that is shared by name (POSIX)',
    tries: () => readAll(...readdirSync('/dev/shm').map((name) => `/dev/shm/${name}`)),
  },
  {
    name: 'memory that is shared by number (System V)',
    tries: (s) =>
      python(
        `
libc.shmat.restype = ctypes.c_void_p
at = libc.shmat(must(libc.shmget(int(sys.argv[1]), 0, 0)), None, 0o10000)
if at == ctypes.c_void_p(-1).value: must(-1)
print(ctypes.string_at(at, 64).decode('latin1'))`,
        s.shmKey,
      ),
  },
  {
    name: 'a message queue (System V)',
    tries: (s) =>
      python(
        `
buffer = ctypes.create_string_buffer(512)
must(libc.msgrcv(must(libc.msgget(int(sys.argv[1]), 0)), buffer, 400, 0, 0o4000 | 0o20000))
print(buffer.raw[8:200].decode('latin1'))`,
        s.shmKey,
      ),
  },
  {
    name: 'keys of the kernel, of the session',
    tries: () =>
      python(`
KEYCTL, READ, SEARCH = 250, 11, 10
key = must(libc.syscall(KEYCTL, SEARCH, -3, b'user', b'sidemux-attack', 0))
buffer = ctypes.create_string_buffer(256)
must(libc.syscall(KEYCTL, READ, key, buffer, 256))
print(buffer.value.decode())`),
  },
  {
    name: 'keys of the kernel, of the user',
    tries: () =>
      python(`
key = must(libc.syscall(250, 10, -4, b'user', b'sidemux-attack-user', 0))
buffer = ctypes.create_string_buffer(256)
must(libc.syscall(250, 11, key, buffer, 256))
print(buffer.value.decode())`),
  },
  {
    name: 'keys of the kernel, as listed',
    tries: () => readAll('/proc/keys').includes('sidemux-attack') && 'listed',
    shows: 'said',
  },
  {
    name: 'words typed for the user (TIOCSTI)',
    tries: (s) =>
      python(
        `
import fcntl
fd = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
for letter in b'STOLEN\\n': fcntl.ioctl(fd, 0x5412, bytes([letter]))`,
        s.terminal,
      ),
  },
  {
    name: "words on the user's terminal",
    tries(s) {
      const fd = openSync(s.terminal, 'r+')
      writeSync(fd, 'STOLEN\r\n')
      closeSync(fd)
    },
  },
  {
    name: "the sidecar's own terminal (/dev/tty)",
    tries: () => (closeSync(openSync('/dev/tty', 'r+')), 'opened'),
    shows: 'said',
  },
  { name: 'the clipboard', tries: () => run('xclip', '-o'), shows: 'said' },
]
