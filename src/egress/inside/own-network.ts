/**
 * Decides how a server that has a network of its own is started: with what before it, which files of the system stand in
 * place of the machine's, and at which ports is listened for it. Pure.
 *
 * Names are asked for at 127.0.0.1 and nowhere else: the machine's list of hosts has addresses that mean nothing there.
 */
import { posix } from 'node:path'
import type { PathFacts } from '../../confine/facts.ts'
import type { Enter, Mount } from '../../confine/mounts.ts'
import type { SystemCalls } from '../../confine/confiner/landlock/system-calls.ts'
import type { EgressRules } from '../decide.ts'
import { RELAY_SCRIPT } from './relay-script.ts'

/** Each is written into the server's directory of the state, and stands at its path inside. */
const FILES = {
  relay: { path: '/run/sidemux/relay', text: RELAY_SCRIPT },
  hosts: { path: '/etc/hosts', text: '127.0.0.1 localhost\n::1 localhost\n' },
  resolver: { path: '/etc/resolv.conf', text: 'nameserver 127.0.0.1\n' },
  switch: {
    path: '/etc/nsswitch.conf',
    text: 'passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nnetworks: files\nprotocols: files\nservices: files\n',
  },
} as const
const DOOR = { name: 'door', path: '/run/sidemux/door' } as const

/** Where all may be reached, a program that names no port in the entry uses one of these. */
const USUAL_PORTS = [
  80, 443, 8080, 8443, 22, 25, 465, 587, 993, 1433, 1521, 3306, 5432, 5671, 5672, 6379, 7687, 8883, 9092,
  9200, 27_017,
]

export function networkFiles(): readonly { readonly name: string; readonly text: string }[] {
  return Object.entries(FILES).map(([name, { text }]) => ({ name, text }))
}

export const DOOR_NAME = DOOR.name

/** @param directory with the files and the door */
export function networkMounts(directory: string, disk: PathFacts): Mount[] {
  const from = (name: string): string => posix.join(directory, name)
  return [
    { kind: 'read', path: DOOR.path, from: from(DOOR.name) },
    ...Object.entries(FILES).flatMap(([name, { path }]): Mount[] => {
      if (!path.startsWith('/etc/')) return [{ kind: 'read', path, from: from(name) }]
      // A file that the system hasn't can't be laid over it, and isn't missed: names are then asked for at 127.0.0.1.
      const at = overlaid(path, disk)
      return at === undefined ? [] : [{ kind: 'read', path: at, from: from(name) }]
    }),
  ]
}

/** What is laid over a link stands where the link leads. */
function overlaid(path: string, disk: PathFacts): string | undefined {
  const target = disk.link(path)
  if (target !== undefined) return disk.real(path) ?? posix.resolve(posix.dirname(path), target)
  return disk.kind(path) === undefined ? undefined : path
}

export interface EnterFacts {
  readonly perl: string
  /** Who sidemux runs as. */
  readonly uid: number
  readonly gid: number
  readonly calls: SystemCalls
}

export function enterNetwork(
  { perl, uid, gid, calls }: EnterFacts,
  rules: EgressRules,
  more: readonly number[] = [],
): Enter {
  const { unshare, prctl, capset } = calls.numbers
  const numbers = [unshare, prctl, capset].join(',')
  const ports = portsOf(rules, more).join(',')
  return {
    program: perl,
    args: [FILES.relay.path, DOOR.path, String(uid), String(gid), numbers, ports],
  }
}

/** At which the server's connections are taken. */
export function portsOf({ network, shown }: EgressRules, more: readonly number[] = []): readonly number[] {
  const ports =
    network.kind === 'named' ? network.hosts.flatMap((rule) => rule.ports) : [...USUAL_PORTS, ...shown]
  // What is reached for in vain is noticed there.
  return [...new Set([80, 443, ...more, ...ports])].slice(0, MOST_PORTS)
}

const MOST_PORTS = 256
