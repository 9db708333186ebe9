/** Lists what of the system every confined server has: its programs and settings to read, and none of its secrets. Pure. */
import type { PathFacts } from './facts.ts'
import type { Mount } from './mounts.ts'
import { isWithin } from './paths.ts'

const SYSTEM = [
  '/usr',
  '/etc',
  '/opt',
  '/nix',
  '/gnu',
  '/sys',
  '/lib',
  '/lib32',
  '/lib64',
  '/libx32',
  '/bin',
  '/sbin',
]
/** By which names of hosts and users are looked up, certificates, and the programs of NixOS. */
const BESIDE = [
  '/run/systemd/resolve',
  '/run/systemd/userdb',
  '/run/resolvconf',
  '/run/NetworkManager/resolv.conf',
  '/run/nscd',
  '/run/current-system',
  '/run/opengl-driver',
  '/var/lib/sss/mc',
  '/var/lib/sss/pipes',
  '/var/lib/ca-certificates',
  '/var/cache/fontconfig',
]
/** Where they are links, they lead to where the system keeps them, and that differs: /mnt/wsl, /var/lib, /run. */
const LINKED = [
  '/etc/hosts',
  '/etc/localtime',
  '/etc/machine-id',
  '/etc/resolv.conf',
  '/etc/ssl/certs/ca-certificates.crt',
]
/**
 * Where sidemux runs as root, its servers are the kernel's root as well, in whichever namespace: these parts of /proc
 * would let them write to it (the same list as that of containers: OCI runtime-spec, readonlyPaths and maskedPaths).
 * bubblewrap closes some of them by itself, and that isn't enough: with version 0.8 a root could write to /proc/sys.
 */
const KERNEL = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger']
const KERNEL_SECRETS = [
  '/proc/kcore',
  '/proc/kmsg',
  '/proc/keys',
  '/proc/timer_list',
  '/proc/sched_debug',
  '/proc/acpi',
  '/proc/scsi',
  '/sys/firmware',
]
const EMPTY = ['/tmp', '/var/tmp', '/run', '/dev/shm']

/** @param closed what it isn't to read of it (closed.ts) */
export function systemMounts(closed: readonly string[], disk: PathFacts): Mount[] {
  return [
    ...SYSTEM.flatMap((path) => systemMount(path, disk)),
    ...closed.flatMap((path) => emptied(path, disk)),
    ...EMPTY.map((path): Mount => ({ kind: 'empty', path, holds: 'directory', keep: true })),
    ...[...BESIDE, ...LINKED.flatMap((path) => outside(path, disk))]
      .filter((path) => disk.kind(path) !== undefined)
      .map((path): Mount => ({ kind: 'read', path })),
    { kind: 'processes', path: '/proc' },
    ...KERNEL.filter((path) => disk.kind(path) !== undefined).map((path): Mount => ({ kind: 'read', path })),
    ...KERNEL_SECRETS.flatMap((path) => emptied(path, disk)),
    { kind: 'devices', path: '/dev' },
  ]
}

/** What a link of the system leads to, where that is none of it. */
function outside(path: string, disk: PathFacts): string[] {
  const real = disk.link(path) === undefined ? undefined : disk.real(path)
  return real === undefined || isOfSystem(real) || BESIDE.some((one) => isWithin(real, one)) ? [] : [real]
}

function systemMount(path: string, disk: PathFacts): Mount[] {
  if (disk.kind(path) === undefined) return []
  const real = disk.real(path)
  // `/bin` is a link to `usr/bin` on most systems.
  return real === undefined || real === path ? [{ kind: 'read', path }] : [{ kind: 'link', path, to: real }]
}

function emptied(path: string, disk: PathFacts): Mount[] {
  const kind = disk.kind(path)
  if (kind === undefined) return []
  return [{ kind: 'empty', path, holds: kind === 'directory' ? 'directory' : 'file', keep: false }]
}

export function isOfSystem(path: string): boolean {
  return SYSTEM.some((system) => isWithin(path, system))
}
