// Other processes: what they hold, and what can be done to them. The ids are the sidecar's, a sibling's, its watchdogs' and
// a bystander's of the same user.
import { readdirSync, readlinkSync, writeFileSync } from 'node:fs'
import { eachProcess, others, python, readAll, run, talk, text } from '../tools.mjs'

const SCAN = `
import re
def scan(pid):
    out = b''
    mem = open(f'/proc/{pid}/mem', 'rb')
    for line in open(f'/proc/{pid}/maps'):
        if 'rw-p' not in line: continue
        lo, hi = (int(part, 16) for part in line.split()[0].split('-'))
        if hi - lo > 1 << 26: continue
        try:
            mem.seek(lo); data = mem.read(hi - lo)
        except OSError: continue
        out += b' '.join(set(re.findall(rb'CANARY_[a-z-]+_[0-9a-f]{16}', data))) + b' '
    return out
`

const victims = ({ pids }) => [pids.victim, pids.sidecar, pids.bystander]

export const processes = [
  {
    name: 'environments of all processes',
    tries: (s) => eachProcess(s, (pid) => text(`/proc/${pid}/environ`)),
  },
  { name: 'arguments of all processes', tries: (s) => eachProcess(s, (pid) => text(`/proc/${pid}/cmdline`)) },
  {
    name: 'memory by /proc/PID/mem',
    tries: (s) =>
      python(
        `${SCAN}
faults = []
for pid in sys.argv[1:]:
    try: print(scan(pid).decode())
    except OSError as error: faults.append(error)
if len(faults) == len(sys.argv) - 1: sys.exit(str(faults[0]))`,
        ...others(s),
      ),
  },
  {
    name: 'memory by process_vm_readv',
    tries: (s) =>
      python(
        `
import re
class iovec(ctypes.Structure): _fields_ = [('base', ctypes.c_void_p), ('len', ctypes.c_size_t)]
def ranges(pid):
    for line in open(f'/proc/{pid}/maps'):
        if 'rw-p' in line: yield [int(part, 16) for part in line.split()[0].split('-')]
worked = False
for pid in sys.argv[1:]:
    try: places = list(ranges(pid))
    except OSError: places = [(0x555555554000, 0x555555555000)]
    for lo, hi in places:
        size = min(hi - lo, 1 << 26)
        buffer = ctypes.create_string_buffer(size)
        got = libc.process_vm_readv(int(pid), ctypes.byref(iovec(ctypes.addressof(buffer), size)), 1, ctypes.byref(iovec(lo, size)), 1, 0)
        if got > 0:
            worked = True
            print(b' '.join(set(re.findall(rb'CANARY_[a-z-]+_[0-9a-f]{16}', buffer.raw[:got]))).decode())
if not worked: sys.exit(os.strerror(ctypes.get_errno()))`,
        ...victims(s),
      ),
  },
  {
    name: 'memory by ptrace',
    tries: (s) =>
      python(
        `${SCAN}
ATTACH, DETACH = 16, 17
for pid in map(int, sys.argv[1:]):
    must(libc.ptrace(ATTACH, pid, None, None)); os.waitpid(pid, 0x40000000)
    try: print(scan(pid).decode())
    finally: libc.ptrace(DETACH, pid, None, None)`,
        s.pids.bystander,
      ),
  },
  {
    name: 'memory by map_files',
    tries: (s) =>
      eachProcess(s, (pid) =>
        readdirSync(`/proc/${pid}/map_files`)
          .slice(0, 3)
          .map((name) => text(`/proc/${pid}/map_files/${name}`).slice(0, 64))
          .join(''),
      ) && 'opened',
  },
  {
    name: 'open files of others by /proc/PID/fd',
    tries: (s) =>
      eachProcess(s, (pid) =>
        readdirSync(`/proc/${pid}/fd`)
          .filter((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith('/'))
          .map((fd) => text(`/proc/${pid}/fd/${fd}`).slice(0, 65_536))
          .join('\n'),
      ),
  },
  {
    name: 'open files of others by pidfd_getfd',
    tries: (s) =>
      python(
        `
PIDFD_OPEN, GETFD = 434, 438
for pid in map(int, sys.argv[1:]):
    handle = must(libc.syscall(PIDFD_OPEN, pid, 0))
    for fd in range(3, 64):
        got = libc.syscall(GETFD, handle, fd, 0)
        if got < 0:
            if ctypes.get_errno() == 9: continue
            must(got)
        try: print(os.pread(got, 65536, 0).decode('latin1'))
        except OSError: pass`,
        ...victims(s),
      ),
  },
  {
    name: 'files through /proc/PID/root of others',
    tries: (s) => eachProcess(s, (pid) => text(`/proc/${pid}/root${s.secretFile}`)),
  },
  {
    name: 'files through /proc/PID/cwd of others',
    tries: (s) => eachProcess(s, (pid) => text(`/proc/${pid}/cwd/../..${s.secretFile}`)),
  },
  { name: 'files through the root of process 1', tries: (s) => text(`/proc/1/root${s.secretFile}`) },
  {
    name: 'files through a descriptor of its own, upwards',
    tries: (s) =>
      readdirSync('/proc/self/fd')
        .map((fd) => {
          try {
            return text(`/proc/self/fd/${fd}/../../../../../../../..${s.secretFile}`)
          } catch {
            return ''
          }
        })
        .join('') || readAll(s.secretFile),
  },
  {
    name: 'inspector of a sibling by SIGUSR1',
    async tries(s) {
      process.kill(s.pids.victim, 'SIGUSR1')
      await new Promise((done) => setTimeout(done, 400))
      const told = await talk(
        { port: 9229, host: '127.0.0.1' },
        'GET /json/list HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n',
      )
      if (!told.includes('webSocketDebuggerUrl')) throw new Error('no inspector')
      return 'an inspector, which runs what it is told'
    },
    shows: 'said',
  },
  { name: 'signals to a bystander', tries: (s) => process.kill(s.pids.bystander, 'SIGTERM') },
  { name: 'signals to the group of a bystander', tries: (s) => process.kill(-s.pids.bystander, 'SIGHUP') },
  {
    name: 'signals by pidfd_send_signal',
    tries: (s) =>
      python(
        'handle = must(libc.syscall(434, int(sys.argv[1]), 0)); must(libc.syscall(424, handle, 10, None, 0))',
        s.pids.bystander,
      ),
  },
  {
    name: 'limits of a bystander by prlimit',
    tries: (s) =>
      python(
        'import resource; resource.prlimit(int(sys.argv[1]), resource.RLIMIT_NOFILE, (77, 77))',
        s.pids.bystander,
      ),
  },
  {
    name: 'core limit of a bystander, to have its memory written',
    tries: (s) =>
      python(
        'import resource; resource.prlimit(int(sys.argv[1]), resource.RLIMIT_CORE, (4096, 4096))',
        s.pids.bystander,
      ),
  },
  {
    name: 'oom score of a bystander',
    tries: (s) => writeFileSync(`/proc/${s.pids.bystander}/oom_score_adj`, '991'),
  },
  {
    name: 'priority of a bystander',
    tries: (s) => python('os.setpriority(os.PRIO_PROCESS, int(sys.argv[1]), 19)', s.pids.bystander),
  },
  { name: 'debugger on a bystander', tries: (s) => attached(s.pids.bystander), shows: 'said' },
]

function attached(pid) {
  const said = run('gdb', '-p', String(pid), '-batch', '-ex', 'info registers rip')
  if (!said.includes('rip')) throw new Error('not attached')
  return 'attached'
}
