/**
 * Writes a profile in the language of macOS's seatbelt, for `sandbox-exec -p`. Pure.
 *
 * It was written from Apple's profiles in /System/Library/Sandbox/Profiles, Chromium's and sandbox-runtime's, and has not
 * run on a Mac yet. All is denied that isn't allowed; of two rules for one path the later one counts, so what is above
 * comes first, as in a profile.
 *
 * As under Landlock, paths are those of the disk: the server's home is where it lies. Left out on purpose are the services
 * by which a program asks another one to act for it (mach-lookup): the keychain, Apple events, the launch of programs.
 *
 * @see man 1 sandbox-exec, https://chromium.googlesource.com/chromium/src/+/main/sandbox/mac/seatbelt_sandbox_design.md
 */
import type { PathFacts } from '../facts.ts'
import type { Mount, SandboxProfile } from '../mounts.ts'
import { above, isWithin } from '../paths.ts'

/** What every program needs of the system, where it lies without links. */
const SYSTEM = [
  '/System',
  '/Library/Apple',
  '/Library/Developer',
  '/Library/Frameworks',
  '/Library/Java',
  '/Library/Preferences/Logging',
  '/Applications/Xcode.app/Contents/Developer',
  '/usr',
  '/bin',
  '/sbin',
  '/opt',
  '/private/etc',
  '/private/var/db/dyld',
  '/private/var/db/timezone',
  '/private/var/select',
]
const DEVICES = ['/dev/null', '/dev/zero', '/dev/random', '/dev/urandom', '/dev/dtracehelper']
/** Names of users, hosts and fonts, and the log. */
const SERVICES = [
  'com.apple.bsd.dirhelper',
  'com.apple.logd',
  'com.apple.system.logger',
  'com.apple.system.notification_center',
  'com.apple.system.opendirectoryd.libinfo',
  'com.apple.system.opendirectoryd.membership',
]
/** Names of hosts, and whether a certificate is trusted. */
const NETWORK_SERVICES = [
  'com.apple.SystemConfiguration.configd',
  'com.apple.networkd',
  'com.apple.trustd',
  'com.apple.trustd.agent',
]
/** Where the system looks up names of hosts. */
const RESOLVER = '/private/var/run/mDNSResponder'

export function seatbeltProfile({ mounts, network }: SandboxProfile, disk: PathFacts): string {
  const given = mounts.flatMap((mount) => {
    const path = placeOf(mount)
    return path === undefined ? [] : [path]
  })
  const parents = [...new Set([...given, ...SYSTEM, ...DEVICES].flatMap(above))]
  return [
    '(version 1)',
    '(deny default)',
    '(allow process-exec process-fork)',
    '(allow process-info* (target same-sandbox))',
    '(allow signal (target same-sandbox))',
    '(allow sysctl-read)',
    '(allow ipc-posix-sem)',
    '(allow file-read-data (literal "/"))',
    rule('allow', 'file-read-metadata', parents.map(literal)),
    rule('allow', 'file-read*', SYSTEM.map(subpath)),
    rule('allow', 'file-read* file-write-data file-ioctl', DEVICES.map(literal)),
    rule('allow', 'mach-lookup', SERVICES.map(service)),
    ...mounts.flatMap((mount) => mountRules(mount, mounts, disk)),
    // Hosts can't be told apart here, so where they are named there is no network.
    ...(network.kind === 'all' ? networkRules() : []),
    ...mounts.flatMap((mount) => socketRules(mount, disk)),
  ].join('\n')
}

/** Where it lies on the disk; undefined for what gives nothing. */
function placeOf(mount: Mount): string | undefined {
  if (mount.kind === 'read' || mount.kind === 'write') return mount.from ?? mount.path
  return mount.kind === 'home' ? mount.from : undefined
}

function mountRules(mount: Mount, mounts: readonly Mount[], disk: PathFacts): string[] {
  const place = placeOf(mount)
  if (mount.kind === 'empty') {
    const paths = [...new Set([mount.path, disk.real(mount.path) ?? mount.path])]
    return [rule('deny', 'file-read* file-write*', paths.map(subpath))]
  }
  if (place === undefined) return []
  // A file is the only thing below itself.
  const isRead = mount.kind === 'read'
  return [
    rule('allow', isRead ? 'file-read*' : 'file-read* file-write*', [subpath(place)]),
    // What is below something that may be written to stays as it is.
    ...(isRead && isInWritten(mount, mounts) ? [rule('deny', 'file-write*', [subpath(place)])] : []),
  ]
}

function isInWritten({ path }: Mount, mounts: readonly Mount[]): boolean {
  return mounts.some((other) => other.kind === 'write' && isWithin(path, other.path))
}

function networkRules(): string[] {
  return [
    '(allow system-socket)',
    '(allow network-outbound (remote ip "*:*"))',
    '(allow network-inbound (local ip "*:*"))',
    '(allow network-bind (local ip "*:*"))',
    rule('allow', 'network-outbound', [literal(RESOLVER)]),
    rule('allow', 'mach-lookup', NETWORK_SERVICES.map(service)),
  ]
}

/** Of sockets in the file system only what was given. */
function socketRules(mount: Mount, disk: PathFacts): string[] {
  const place = placeOf(mount)
  const isSocket = place !== undefined && mount.kind !== 'home' && disk.kind(place) === 'other'
  return isSocket ? [rule('allow', 'network-outbound', [literal(place)])] : []
}

function rule(verdict: 'allow' | 'deny', what: string, filters: readonly string[]): string {
  return `(${verdict} ${what} ${filters.join(' ')})`
}

function literal(path: string): string {
  return `(literal ${quoted(path)})`
}

function subpath(path: string): string {
  return `(subpath ${quoted(path)})`
}

function service(name: string): string {
  return `(global-name ${quoted(name)})`
}

/** As its language writes a text: a path may hold quotes, and is not to end the rule that it stands in. */
function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, (character) => `\\${character}`)}"`
}
