/**
 * The process table and the other end of a loopback connection, read from /proc. Read at one go and synchronously: it
 * takes some milliseconds, and what is read piece by piece belongs to several moments.
 */
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { systemErrorCode } from '../../errors.ts'
import type { Process, ProcessTable } from './process.ts'

const LISTENING = '0A'

/** Who holds the other end. `opaque`: processes of this user whose files aren't told, any of which could hold it too. */
export type Peer =
  | { readonly kind: 'held'; readonly uid: number; readonly holders: readonly number[] }
  | { readonly kind: 'opaque'; readonly uid: number; readonly suspects: readonly number[] }
  /** It has hung up, and with that nobody can be looked at. */
  | { readonly kind: 'gone' }
  /** This system doesn't tell. */
  | { readonly kind: 'untold' }

export function readTable(): ProcessTable {
  const table = new Map<number, Process>()
  for (const pid of pids()) {
    const found = readProcess(pid)
    if (found !== undefined) table.set(pid, found)
  }
  // Where /proc hides the processes of others (hidepid), a signal still tells that they are there.
  for (const { ppid } of new Map(table).values())
    if (ppid > 0 && !table.has(ppid) && isForeign(ppid)) table.set(ppid, foreign(ppid))
  return table
}

function foreign(pid: number): Process {
  return { pid, ppid: 0, uid: undefined, start: 0, name: '', argv: [], leadsTerminal: false }
}

function isForeign(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return systemErrorCode(error) === 'EPERM'
  }
}

function readProcess(pid: number): Process | undefined {
  const stat = statOf(pid)
  const uid = /^Uid:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1]
  if (stat === undefined || uid === undefined) return undefined
  return {
    pid,
    ppid: stat.ppid,
    uid: Number(uid),
    start: stat.start,
    name: stat.name,
    argv: read(`/proc/${pid}/cmdline`).replace(/\0$/, '').split('\0'),
    leadsTerminal: stat.session === pid && stat.terminal !== 0,
  }
}

interface Stat {
  readonly name: string
  readonly ppid: number
  readonly group: number
  readonly session: number
  readonly terminal: number
  readonly foreground: number
  readonly start: number
}

function statOf(pid: number): Stat | undefined {
  return parseStat(read(`/proc/${pid}/stat`))
}

/** proc(5). The name in parentheses may hold anything, also parentheses, spaces and line breaks. */
export function parseStat(text: string): Stat | undefined {
  const open = text.indexOf('(')
  const close = text.lastIndexOf(')')
  if (open === -1 || close < open) return undefined
  const fields = text
    .slice(close + 2)
    .split(' ')
    .map(Number)
  const [, ppid, group, session, terminal, foreground] = fields
  const start = fields[19]
  if (ppid === undefined || group === undefined || session === undefined) return undefined
  if (terminal === undefined || foreground === undefined || start === undefined) return undefined
  return { name: text.slice(open + 1, close), ppid, group, session, terminal, foreground, start }
}

/** Its stdin is its controlling terminal, and it is in the foreground there: what is typed goes to it. */
export function sitsAtTerminal(pid: number): boolean {
  const stat = statOf(pid)
  if (stat === undefined || stat.terminal === 0 || stat.foreground !== stat.group) return false
  try {
    const stdin = statSync(`/proc/${pid}/fd/0`)
    return stdin.isCharacterDevice() && stdin.rdev === stat.terminal
  } catch {
    return false
  }
}

/** @param from The peer's port. @param to Ours. */
export function peerOf(from: number, to: number, table: ProcessTable): Peer {
  const socket = findSocket(`${read('/proc/net/tcp')}\n${read('/proc/net/tcp6')}`, from, to)
  if (socket === undefined || socket.inode === '0') return { kind: 'gone' }
  const link = `socket:[${socket.inode}]`
  const holders: number[] = []
  const suspects: number[] = []
  for (const { pid, uid } of table.values()) {
    const holds = holdsFile(pid, link)
    if (holds === true) holders.push(pid)
    if (holds === undefined && uid === socket.uid) suspects.push(pid)
  }
  if (holders.length > 0) return { kind: 'held', uid: socket.uid, holders }
  return suspects.length > 0 ? { kind: 'opaque', uid: socket.uid, suspects } : { kind: 'gone' }
}

/** That this very process listens there; undefined where it isn't told. */
export function listens(pid: number, port: number): boolean | undefined {
  const lines = `${read('/proc/net/tcp')}\n${read('/proc/net/tcp6')}`.split('\n')
  if (lines.length < 3) return undefined
  const inodes = lines.flatMap((line) => {
    const fields = line.trim().split(/\s+/)
    return fields[3] === LISTENING && isLoopback(fields[1] ?? '', port) ? [fields[9]] : []
  })
  const held = inodes.map((inode) => holdsFile(pid, `socket:[${inode}]`))
  return held.includes(true) || (held.includes(undefined) ? undefined : false)
}

/** The peer's line of /proc/net/tcp or tcp6, where IPv4 is mapped: local address, remote address, uid, inode. */
export function findSocket(
  text: string,
  from: number,
  to: number,
): { readonly uid: number; readonly inode: string } | undefined {
  for (const line of text.split('\n')) {
    const fields = line.trim().split(/\s+/)
    const [, local = '', remote = ''] = fields
    if (!isLoopback(local, from) || !isLoopback(remote, to)) continue
    return { uid: Number(fields[7]), inode: fields[9] ?? '0' }
  }
  return undefined
}

function isLoopback(address: string, port: number): boolean {
  const [ip = '', hex = ''] = address.split(':')
  return /^(0000000000000000FFFF0000)?0100007F$/.test(ip) && Number.parseInt(hex, 16) === port
}

/** The scope or service of systemd that a process runs in; undefined where that tells applications not apart. */
export function unitOf(pid: number): string | undefined {
  return unitIn(read(`/proc/${pid}/cgroup`))
}

/** cgroups(7), both versions. */
export function unitIn(text: string): string | undefined {
  const path = [...text.matchAll(/^(?:0:|\d+:name=systemd):(.*)$/gm)].map(([, one = '']) => one).join('')
  const unit = path.split('/').findLast((part) => /\.(?:scope|service)$/.test(part))
  return unit === undefined || /^(?:init\.scope|user@\d+\.service)$/.test(unit) ? undefined : path
}

/** Undefined: it isn't told. */
function holdsFile(pid: number, link: string): boolean | undefined {
  const dir = `/proc/${pid}/fd`
  try {
    return readdirSync(dir).some((fd) => linkOf(`${dir}/${fd}`) === link)
  } catch (error) {
    return systemErrorCode(error) === 'EACCES' ? undefined : false
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

function pids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
