/**
 * Measures what a server uses, with all that it started, from /proc (Linux). What two processes share is counted once
 * where that matters: the sum that counts it twice is enough as long as it is below the limit.
 *
 * What bubblewrap makes empty is a file system in memory, so what is written there counts too.
 */
import { openSync, readFileSync, readSync, statfsSync } from 'node:fs'
import { totalmem } from 'node:os'
import type { ConfinedStart } from '../../../confine/confiner/start.ts'
import { childrenOf } from '../ending/relatives.ts'
import type { Usage } from './excess.ts'

export interface Bounds {
  /** Beyond these nothing is counted on. */
  readonly processes: number
  readonly memory: number
}

/** @param by what confines it, if anything does */
export function usageOf(pid: number, by: ConfinedStart['by'] | undefined, bounds: Bounds): Usage {
  const pids = treeOf(pid, bounds.processes)
  const inFiles = by === 'bubblewrap' ? filesInMemory(pids[1]) : 0
  const most = inFiles + sum(pids, residentBytes)
  const memory = most <= bounds.memory ? most : inFiles + sum(pids, ownBytes)
  return { processes: pids.length, memory }
}

/** Seconds of processor time that it has used so far, as far as those that are gone were waited for. */
export function processorSeconds(pid: number): number {
  return sum(treeOf(pid, Infinity), (one) => {
    const line = textOf(`/proc/${one}/stat`)
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
    // utime, stime, cutime, cstime: man 5 proc_pid_stat.
    return sum([11, 12, 13, 14], (at) => Number(fields[at] ?? 0)) / TICKS_A_SECOND
  })
}

/** What a user of the kernel is told, on every processor that Node runs on. */
const TICKS_A_SECOND = 100

/** It comes first. */
export function treeOf(pid: number, most: number): readonly number[] {
  const found: number[] = []
  const next = [pid]
  for (let one = next.shift(); one !== undefined && found.length <= most; one = next.shift()) {
    found.push(one)
    next.push(...childrenOf(one))
  }
  return found
}

function residentBytes(pid: number): number {
  return kibibytes(textOf(`/proc/${pid}/status`), /^Vm(?:RSS|Swap):\s+(\d+)/gm)
}

/** Shared pages are divided among those that have them. Where that isn't told, it is what it was. */
function ownBytes(pid: number): number {
  const rollup = textOf(`/proc/${pid}/smaps_rollup`)
  return rollup === '' ? residentBytes(pid) : kibibytes(rollup, /^(?:Swap)?Pss:\s+(\d+)/gm)
}

function kibibytes(text: string, pattern: RegExp): number {
  return sum([...text.matchAll(pattern)], ([, number]) => Number(number)) * 1024
}

const TMPFS = 0x01021994
const IN_MEMORY = ['', '/tmp', '/var/tmp', '/run', '/dev', '/dev/shm']

/** @param inside a process in there; undefined before there is one */
function filesInMemory(inside: number | undefined): number {
  if (inside === undefined) return 0
  return sum(IN_MEMORY, (path) => {
    try {
      const { type, blocks, bfree, bsize } = statfsSync(`/proc/${inside}/root${path}/.`)
      return type === TMPFS ? (blocks - bfree) * bsize : 0
    } catch {
      return 0
    }
  })
}

/** How many processes and threads there are on the whole machine; undefined where that isn't told. */
export function everyTask(): number | undefined {
  return numberIn(LOADAVG.text(), / \d+\/(\d+) /)
}

/** Bytes that this process may have: all of the machine, or of its container. */
export function memoryNow(): number {
  const constrained = process.constrainedMemory()
  isContained = constrained > 0 && constrained < totalBytes
  return isContained ? constrained : totalBytes
}

/** Bytes that are left of it. Node looks at the container each time, which takes twelve calls of the system. */
export function availableNow(): number {
  const kibibytes = isContained ? undefined : numberIn(MEMINFO.text(), /^MemAvailable:\s+(\d+)/m)
  return kibibytes === undefined ? process.availableMemory() : kibibytes * 1024
}

const totalBytes = totalmem()
/** As it was when it was last looked at. */
let isContained = true

function numberIn(text: string, pattern: RegExp): number | undefined {
  const found = pattern.exec(text)?.[1]
  return found === undefined ? undefined : Number(found)
}

/** The beginning of a file of /proc that is read several times a second: it stays open, and each read makes it anew. */
class Gauge {
  readonly #file: string
  readonly #bytes = Buffer.alloc(256)
  #fd: number | undefined

  constructor(file: string) {
    this.#file = file
  }

  /** Empty where it can't be read. */
  text(): string {
    try {
      this.#fd ??= openSync(this.#file, 'r')
      return this.#bytes.toString('latin1', 0, readSync(this.#fd, this.#bytes, 0, this.#bytes.length, 0))
    } catch {
      return ''
    }
  }
}

const LOADAVG = new Gauge('/proc/loadavg')
const MEMINFO = new Gauge('/proc/meminfo')

function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

function sum<T>(all: readonly T[], of: (one: T) => number): number {
  return all.reduce((total, one) => total + of(one), 0)
}
