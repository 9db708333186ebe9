// What attempts share: programs of the system, and what a process can read of others.
import { execFile, execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'

const PYTHON = '/usr/bin/python3'
const ATTEMPT_MS = 15_000

export const text = (path) => readFileSync(path, 'latin1')
export const run = (program, ...args) =>
  execFileSync(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: ATTEMPT_MS,
    maxBuffer: 1 << 26,
  }).toString('latin1')

/** Without waiting for the loop's sake: this server must go on answering. */
export const runBeside = (program, ...args) =>
  new Promise((done, fail) => {
    const options = { timeout: ATTEMPT_MS, maxBuffer: 1 << 26, encoding: 'latin1' }
    execFile(program, args, options, (error, stdout) => (error === null ? done(stdout) : fail(error)))
  })

/** System calls that Node has no word for. `libc` and `syscall(number, …)` are there. */
export const python = (code, ...args) =>
  run(
    PYTHON,
    '-c',
    `import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
def must(value):
    if value < 0: sys.exit(os.strerror(ctypes.get_errno()))
    return value
${code}`,
    ...args.map(String),
  )

/** All that can be read of these, whatever fails. */
export function readAll(...paths) {
  const found = []
  const faults = []
  const take = (path, depth) => {
    try {
      if (statSync(path).isDirectory()) {
        if (depth > 0) for (const name of readdirSync(path)) take(join(path, name), depth - 1)
      } else found.push(`${path}\n${text(path)}`)
    } catch (error) {
      faults.push(error)
    }
  }
  for (const path of paths) take(path, 6)
  if (found.length === 0 && faults.length > 0) throw faults[0]
  return found.join('\n')
}

/** Every process that can be seen but this one, and those that were found by other ways. */
export function others({ pids }) {
  const seen = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
  // On a machine with many processes only the victims are worth the time.
  return seen.length > 60 ? Object.values(pids).map(String) : seen
}

export function eachProcess(scene, read) {
  const faults = []
  const found = others(scene).map((pid) => {
    try {
      return read(pid)
    } catch (error) {
      faults.push(error)
      return ''
    }
  })
  const all = found.join('\n')
  if (all.trim() === '' && faults.length > 0) throw faults[0]
  return all
}

/** @param to of net.connect; @param first what is said first */
export const talk = (to, first = '') =>
  new Promise((done, fail) => {
    let heard = ''
    const socket = net.connect(to, () => socket.write(first))
    socket.setTimeout(3000, () => socket.destroy())
    socket.on('data', (chunk) => {
      heard += chunk.toString('latin1')
      if (heard.length > 65_536) socket.destroy()
    })
    socket.on('error', fail)
    socket.on('close', () => done(heard))
  })

export const isThere = (path) => existsSync(path)
