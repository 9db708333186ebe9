/**
 * Collects the facts for standing.ts: the processes of this moment, and which of them are sidecars, adopt orphans, or
 * start the browser for us.
 */
import { realpathSync } from 'node:fs'
import { basename } from 'node:path'
import * as linux from './linux.ts'
import * as mac from './mac.ts'
import type { Process, ProcessTable } from './process.ts'
import type { UnconfinedLaunches } from '../../audit/read/launches.ts'
import type { World } from './standing.ts'

export interface WorldOptions {
  /** The program of a sidecar: our own cli.js. */
  readonly cli: string
  /** The pids of run files. */
  readonly runs: () => Promise<readonly number[]>
  /** Found out when it is first needed. */
  readonly adopter: () => Promise<number | undefined>
  /** The sidecar that asks; this process. */
  readonly own?: number
  readonly launchers: () => ReadonlySet<number>
  /** Since this machine was started. Absent, or undefined: not known, so any server may have left something behind. */
  readonly unconfined?: () => UnconfinedLaunches | undefined
}

export function createWorldOf(options: WorldOptions): (table: ProcessTable) => Promise<World> {
  const programs = programsOf(options)
  let adopter: Promise<number | undefined> | undefined
  return async (table) => {
    adopter ??= options.adopter()
    const [runs, adopts] = await Promise.all([options.runs(), adopter])
    const sidecars = [...table.values()].filter((process_) => runsSidecar(process_, programs))
    const known = new Set([
      options.own ?? process.pid,
      ...sidecars.map(({ pid }) => pid),
      // Anybody of this user can write a run file; one that names what is no Node process makes it no sidecar.
      ...runs.filter((pid) => isNode(table.get(pid))),
    ])
    return {
      table,
      sidecars: known,
      adopters: new Set(adopts === undefined ? [] : [adopts]),
      launchers: options.launchers(),
      uid: process.getuid?.() ?? -1,
      // Looked up only where it decides.
      get confined() {
        return whyNotAll(options, known).length === 0 ? { unitOf: linux.unitOf } : undefined
      },
    }
  }
}

/** By whom something may have been left behind: servers that ran unconfined, and sidecars that can't be looked into. */
export function whyNotAll({ unconfined }: WorldOptions, sidecars: ReadonlySet<number>): readonly string[] {
  const found = unconfined?.()
  if (found === undefined) return [UNKNOWN]
  const isForeign = [...sidecars].some((pid) => !found.pids.has(pid))
  return [...found.servers, ...(isForeign ? [UNKNOWN] : [])]
}

const UNKNOWN = 'a sidemux that keeps no log here'

export function programsOf({ cli }: WorldOptions): ReadonlySet<string> {
  return new Set([cli, realPath(cli)])
}

export async function readTable(): Promise<ProcessTable> {
  if (process.platform === 'linux') return linux.readTable()
  return process.platform === 'darwin' ? await mac.readTable() : new Map()
}

const VERBS_WITHOUT_CHILDREN = new Set('approvals audit check login logout logs policy secrets'.split(' '))

/** The verb is the word behind the program; the same word as a value (`--profile audit`) is none. */
function runsSidecar({ argv }: Process, programs: ReadonlySet<string>): boolean {
  const at = argv.findIndex(
    (argument) => programs.has(argument) || /(^|[\\/])sidemux([\\/]dist[\\/]cli\.js)?$/.test(argument),
  )
  if (at === -1 || VERBS_WITHOUT_CHILDREN.has(argv[at + 1] ?? '')) return false
  // A host that was told what to launch carries our command line too, behind its own.
  return (
    at < 4 || argv.slice(1, at).every((argument, index) => isOption(argument) || isOption(argv[index] ?? ''))
  )
}

/** Of Node itself; some are followed by their value. */
function isOption(argument: string): boolean {
  return argument.startsWith('-')
}

function isNode(found: Process | undefined): boolean {
  return found !== undefined && /^(node|electron)/i.test(basename(found.argv[0] ?? ''))
}

export function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
