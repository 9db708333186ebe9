/** The process table and the other end of a loopback connection on macOS, from ps(1) and lsof(8). */
import { execFile } from 'node:child_process'
import type { Peer } from './linux.ts'
import type { Process, ProcessTable } from './process.ts'

const TIMEOUT_MS = 2000
const MAX_BYTES = 8 * 1024 * 1024

export async function readTable(): Promise<ProcessTable> {
  const [facts, commands] = await Promise.all([
    run('/bin/ps', ['-axo', 'pid=,ppid=,ruid=,stat=,tty=,lstart=,ucomm=']),
    run('/bin/ps', ['-axwwo', 'pid=,command=']),
  ])
  return parseTable(facts, commands)
}

/** Arguments with blanks can't be told apart here; nothing that is granted depends on them. */
export function parseTable(facts: string, commands: string): ProcessTable {
  const argvs = new Map(
    commands.split('\n').flatMap((line) => {
      const match = /^\s*(\d+)\s+(.*)$/.exec(line)
      return match === null ? [] : [[Number(match[1]), (match[2] ?? '').split(' ')] as const]
    }),
  )
  const processes = facts.split('\n').flatMap((line): [number, Process][] => {
    const match =
      /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S+)\s+(\S+ +\S+ +\d+ +[\d:]+ +\d{4})\s+(.*?)\s*$/.exec(line)
    if (match === null) return []
    const [, pid, ppid, uid, stat = '', tty = '', lstart = '', name = ''] = match
    // Started between the two lists, or a list was cut off: what it runs isn't known, so nothing is said of it.
    const argv = argvs.get(Number(pid))
    if (argv === undefined) return []
    const known: Process = {
      pid: Number(pid),
      ppid: Number(ppid),
      uid: Number(uid),
      start: Date.parse(lstart),
      name,
      argv,
      leadsTerminal: stat.includes('s') && !tty.startsWith('?'),
    }
    return [[known.pid, known]]
  })
  return new Map(processes)
}

export async function peerOf(from: number, to: number): Promise<Peer> {
  const text = await run('/usr/sbin/lsof', ['-nP', `-iTCP@127.0.0.1:${from}`, '-F', 'pun'])
  return parsePeer(text, from, to)
}

/** `p<pid>`, `u<uid>`, then for each file `n<local>-><remote>`. */
export function parsePeer(text: string, from: number, to: number): Peer {
  if (text === '') return { kind: 'untold' }
  const held: { pid: number; uid: number }[] = []
  let pid = 0
  let uid = -1
  for (const line of text.split('\n')) {
    if (line.startsWith('p')) pid = Number(line.slice(1))
    if (line.startsWith('u')) uid = Number(line.slice(1))
    if (line === `n127.0.0.1:${from}->127.0.0.1:${to}`) held.push({ pid, uid })
  }
  const [first] = held
  if (first === undefined) return { kind: 'gone' }
  return { kind: 'held', uid: first.uid, holders: [...new Set(held.map((holder) => holder.pid))] }
}

/** Its stdin is its controlling terminal, and it is in the foreground there (`+`). */
export async function sitsAtTerminal(pid: number): Promise<boolean> {
  const [state, file] = await Promise.all([
    run('/bin/ps', ['-o', 'stat=,tty=', '-p', String(pid)]),
    run('/usr/sbin/lsof', ['-a', '-p', String(pid), '-d', '0', '-F', 'n']),
  ])
  return parseTerminal(state, file)
}

export function parseTerminal(state: string, file: string): boolean {
  const [stat = '', tty = '??'] = state.trim().split(/\s+/)
  return stat.includes('+') && !tty.startsWith('?') && file.split('\n').includes(`n/dev/${tty}`)
}

/** Empty when it fails or is too slow, since half a list tells the wrong thing; lsof ends with 1 when a file is not found. */
function run(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const options = { env: { LC_ALL: 'C' }, timeout: TIMEOUT_MS, maxBuffer: MAX_BYTES }
    execFile(program, [...args], options, (error, stdout) =>
      resolve(typeof error?.code === 'string' || error?.killed === true ? '' : stdout),
    )
  })
}
