// The machine: its disks, its kernel's knobs, its namespaces. What would harm this machine is only opened.
import {
  closeSync,
  constants,
  existsSync,
  openSync,
  readFileSync,
  readdirSync,
  readSync,
  writeFileSync,
} from 'node:fs'
import { spawn } from 'node:child_process'
import { python, run, text } from '../tools.mjs'

const opens = (name, mode, ...paths) => ({
  name,
  shows: 'said',
  tries() {
    const faults = []
    for (const path of paths.flat().filter((one) => existsSync(one))) {
      try {
        closeSync(openSync(path, mode))
        return `opened ${path}`
      } catch (error) {
        faults.push(error)
      }
    }
    throw faults[0] ?? Object.assign(new Error('not there'), { code: 'ENOENT' })
  },
})
const disks = () => readdirSync('/sys/block').map((disk) => `/dev/${disk}`)

export const devices = [
  { name: 'a raw disk', shows: 'said', tries: () => opens('', 'r', disks()).tries() },
  {
    name: 'a raw disk by a device of its own',
    shows: 'said',
    tries(s) {
      const numbers = readdirSync('/sys/block').map((disk) =>
        text(`/sys/block/${disk}/dev`).trim().split(':'),
      )
      const [major, minor] = numbers.find(([one]) => one !== '1' && one !== '7') ?? ['7', '0']
      const node = `${process.env.HOME}/node-${process.pid}`
      run('mknod', node, 'b', major, minor)
      closeSync(openSync(node, 'r'))
      return `opened ${major}:${minor} of ${s.user}`
    },
  },
  opens("the kernel's memory", 'r', '/dev/mem', '/dev/kmem', '/proc/kcore'),
  opens("the kernel's log", constants.O_RDONLY | constants.O_NONBLOCK, '/dev/kmsg', '/proc/kmsg'),
  opens('magic keys of the kernel', 'w', '/proc/sysrq-trigger'),
  opens('where cores are written to', 'r+', '/proc/sys/kernel/core_pattern'),
  {
    name: 'a setting of the kernel',
    shows: 'said',
    tries: () => (writeFileSync('/proc/sys/vm/swappiness', text('/proc/sys/vm/swappiness')), 'written'),
  },
  opens(
    'settings in /sys',
    'r+',
    '/sys/kernel/mm/transparent_hugepage/enabled',
    '/sys/module/printk/parameters/time',
    '/sys/power/state',
  ),
  opens(
    'control groups',
    'r+',
    '/sys/fs/cgroup/cgroup.procs',
    '/sys/fs/cgroup/memory/cgroup.procs',
    '/sys/fs/cgroup/unified/cgroup.procs',
  ),
  opens(
    'kernel modules and firmware',
    'r',
    '/sys/firmware/dmi/tables/DMI',
    '/sys/firmware/efi/efivars',
    '/sys/kernel/debug/tracing',
  ),
  opens(
    'other devices of the machine',
    'r+',
    '/dev/kvm',
    '/dev/fuse',
    '/dev/net/tun',
    '/dev/loop-control',
    '/dev/uinput',
    '/dev/snd/controlC0',
    '/dev/dri/card0',
  ),
  {
    name: 'the host name',
    shows: 'said',
    tries: () =>
      python('must(libc.sethostname(os.uname().nodename.encode(), len(os.uname().nodename)))') ||
      (text('/proc/1/environ').length >= 0 && `set ${readFileSync('/proc/sys/kernel/hostname')}`),
  },
  {
    name: 'a mount in its own namespace',
    shows: 'said',
    tries: () => run('mount', '-t', 'tmpfs', 'none', '/mnt') || (run('umount', '/mnt'), 'mounted'),
  },
  {
    name: 'root by a program that is setuid',
    async tries() {
      // It waits for the password of who started it.
      const child = spawn('/usr/bin/passwd', [], { stdio: 'pipe' })
      try {
        await new Promise((done) => setTimeout(done, 300))
        const [, real, effective] = /Uid:\s+(\d+)\s+(\d+)/.exec(text(`/proc/${child.pid}/status`)) ?? []
        const bounds = /CapEff:\s+0*([0-9a-f]+)/.exec(text(`/proc/${child.pid}/status`))?.[1]
        if (effective !== '0' || real === '0' || bounds === undefined) throw new Error('no root')
        return 'is root'
      } finally {
        child.kill('SIGKILL')
      }
    },
    shows: 'said',
  },
  {
    name: 'a program of the kernel (bpf)',
    shows: 'said',
    tries: () =>
      python(`
attr = (ctypes.c_uint * 32)(2, 4, 4, 1)
os.close(must(libc.syscall(321, 0, attr, 128))); print('made a map')`),
  },
  {
    name: 'counters of other processes (perf)',
    shows: 'said',
    tries: (s) =>
      python(
        `
attr = (ctypes.c_uint64 * 16)(0x8000000001, 0, 0, 0, 0, 0)
ctypes.memset(attr, 0, 128); ctypes.c_uint32.from_buffer(attr, 0).value = 1; ctypes.c_uint32.from_buffer(attr, 4).value = 128
os.close(must(libc.syscall(298, attr, int(sys.argv[1]), -1, -1, 0))); print('counting')`,
        s.pids.bystander,
      ),
  },
  {
    name: 'descriptors that the host has left open',
    tries: () =>
      readdirSync('/proc/self/fd')
        .filter((fd) => Number(fd) > 2)
        .map((fd) => {
          try {
            const bytes = Buffer.alloc(4096)
            return bytes.toString('latin1', 0, readSync(Number(fd), bytes, 0, bytes.length, 0))
          } catch {
            return ''
          }
        })
        .join(' '),
  },
]
