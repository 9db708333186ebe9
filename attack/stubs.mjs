// What a desktop has beside files: sockets, ports, shared memory, keys, a terminal, a process of the user. Each says its
// canary to whoever comes, and remembers that somebody came.
import { execFileSync, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'

const PYTHON = '/usr/bin/python3'
const METADATA = '169.254.169.254'

/** Opens a pty, and tells on its own stdout what was printed there or typed into it. */
const TERMINAL = `
import os, pty, sys, select
pid, fd = pty.fork()
if pid == 0:
    print(os.ttyname(0), flush=True); os.execvp('cat', ['cat'])
while True:
    ready, _, _ = select.select([fd, 0], [], [])
    if 0 in ready and not os.read(0, 100): os.kill(pid, 9); break
    if fd in ready:
        try: sys.stdout.write(os.read(fd, 4096).decode('latin1')); sys.stdout.flush()
        except OSError: break
`
/** Shared memory and a queue of this number, until the end of stdin. */
const SHARED = `
import ctypes, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p
key, mark = int(sys.argv[1]), sys.argv[2].encode()
shm = libc.shmget(key, 4096, 0o1600); at = libc.shmat(shm, None, 0); ctypes.memmove(at, mark, len(mark))
queue = libc.msgget(key, 0o1600)
class message(ctypes.Structure): _fields_ = [('type', ctypes.c_long), ('text', ctypes.c_char * 200)]
libc.msgsnd(queue, ctypes.byref(message(1, mark)), 200, 0)
print('ready', flush=True); sys.stdin.read()
libc.shmctl(shm, 0, None); libc.msgctl(queue, 0, None)
`

export class Stubs {
  /** Names of those that somebody came to, since it was last asked. */
  #reached = new Set()
  #closers = []
  sockets = {}
  ports = {}
  shmKey = 0x51de0000 + (process.pid & 0xffff)

  constructor({ base, home, marks }) {
    this.base = base
    this.home = home
    this.marks = marks
  }

  async open() {
    const run = join(this.base, 'run')
    const paths = {
      agent: join(this.home, '.ssh/agent.sock'),
      bus: join(run, 'bus'),
      docker: join(run, 'docker.sock'),
      wayland: join(run, 'wayland-0'),
      tmux: join(this.base, 'tmux-default'),
      abstract: `\0sidemux-attack-x11-${process.pid}`,
    }
    for (const [name, path] of Object.entries(paths)) {
      mkdirSync(dirname(path), { recursive: true })
      this.sockets[name] = path
      await this.#listen(name, { path })
    }
    this.ports.here = await this.#listen('port', { host: '127.0.0.1', port: 0 })
    await this.#listen('port-by-another-address', { host: '127.7.7.7', port: this.ports.here }).catch(
      () => undefined,
    )
    this.ports.here6 = await this.#listen('port-six', { host: '::1', port: 0 }).catch(() => 9)
    this.ports.metadata = await this.#listen('metadata', { host: METADATA, port: 0 }).catch(() => 0)
    this.ports.udp = await this.#listenUdp()
    writeFileSync(`/dev/shm/sidemux-attack-${process.pid}`, this.marks.of('shm-posix'))
    this.#closers.push(() => rmSync(`/dev/shm/sidemux-attack-${process.pid}`, { force: true }))
    await this.#python(SHARED, [String(this.shmKey), this.marks.of('shm-sysv')], () => {})
    this.terminal = await this.#python(TERMINAL, [], (line) => {
      if (line.includes('STOLEN')) this.#reached.add('terminal')
    })
    await this.#stand()
  }

  /** A process of the user that only stands there. */
  async #stand() {
    const env = { MARK: this.marks.of('bystander') }
    this.bystander = spawn('/usr/bin/perl', ['-e', 'my $kept = "$ENV{MARK} " x 9; sleep 3600 while 1'], {
      env,
      stdio: 'ignore',
      detached: true,
    })
    await new Promise((done) => this.bystander.on('spawn', done))
    this.#before = this.#standing()
  }

  #before

  /** What was reached, and what was done to the bystander. */
  async takeReached() {
    // What came last is still on its way.
    await new Promise((done) => setTimeout(done, 30))
    const reached = [...this.#reached]
    this.#reached.clear()
    if (this.#standing() !== this.#before) {
      reached.push('bystander')
      this.bystander.kill('SIGKILL')
      await this.#stand()
    }
    return reached
  }

  #standing() {
    const { pid, exitCode, signalCode } = this.bystander
    if (exitCode !== null || signalCode !== null) return 'gone'
    try {
      const nice = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')[16]
      return `${nice} ${readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8')} ${readFileSync(`/proc/${pid}/limits`, 'utf8')}`
    } catch {
      return 'gone'
    }
  }

  #listen(name, where) {
    const server = createServer((socket) => {
      this.#reached.add(name)
      socket.on('error', () => {})
      socket.end(`${this.marks.of(name)}\n`)
    })
    this.#closers.push(() => server.close())
    return new Promise((done, fail) => {
      server.on('error', fail)
      server.listen(where, () => done(server.address()?.port))
    })
  }

  #listenUdp() {
    const socket = createSocket('udp4', (_, from) => {
      this.#reached.add('udp')
      socket.send(this.marks.of('udp'), from.port, from.address)
    })
    this.#closers.push(() => socket.close())
    return new Promise((done) => socket.bind(0, '127.0.0.1', () => done(socket.address().port)))
  }

  /** Its first line. */
  #python(code, args, onLine) {
    const child = spawn(PYTHON, ['-c', code, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#closers.push(() => child.stdin.end())
    return new Promise((done, fail) => {
      child.on('error', fail)
      createInterface({ input: child.stdout }).on('line', (line) => {
        done(line.trim())
        onLine(line)
      })
    })
  }

  close() {
    this.bystander.kill('SIGKILL')
    for (const close of this.#closers) close()
  }
}

/** A command that starts another in a session of the kernel's keys with a key in it; the command itself where there is no keyctl. */
export function withKeys(command, marks) {
  try {
    execFileSync('keyctl', ['show', '@us'], { stdio: 'ignore' })
  } catch {
    return command
  }
  const fill =
    'keyctl add user sidemux-attack "$1" @s >/dev/null; keyctl add user sidemux-attack-user "$2" @u >/dev/null; shift 2; exec "$@"'
  return [
    'keyctl',
    'session',
    '-',
    'sh',
    '-c',
    fill,
    'sh',
    marks.of('session-key'),
    marks.of('user-key'),
    ...command,
  ]
}
