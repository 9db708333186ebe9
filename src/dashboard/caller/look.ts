/**
 * Looks at the process on the other end of a loopback connection, and says what may be taken from it.
 *
 *   a page      everybody of this user who is not inside a sidecar's tree; where the system doesn't tell, the cookie is
 *               the right. Who has hung up already can't be looked at, and gets nothing
 *   a reader    (`sidemux approvals list`, a neighbour's page) the same; there the key of the run file is the right
 *   a decider   a person: one process, clear of every sidecar and host application, that sits in the foreground of its
 *               controlling terminal; or a neighbour sidecar that is clear in the same way. Not told means no
 */
import { realpathSync } from 'node:fs'
import { readFile, readlink } from 'node:fs/promises'
import { basename } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { LocalRefusal } from '../wire.ts'
import * as linux from './linux.ts'
import * as mac from './mac.ts'
import type { Process, ProcessTable } from './process.ts'
import { standingOf, type Standing, type World } from './standing.ts'

/** Whoever comes while so many are waiting to be looked at isn't let in. */
const MAX_WAITING = 64

export interface Caller {
  readonly standing: Standing | 'other-user' | 'gone'
  readonly pids: readonly number[]
  /** For the audit log; whatever the process calls itself. */
  readonly names: readonly string[]
  /** The same for two connections of the same processes; undefined where it isn't told. */
  readonly identity: string | undefined
  /** Each runs our own cli.js, as a sidecar does and `sidemux approvals` too. */
  readonly sidecar: boolean
}

export interface LookOptions {
  /** The program of a sidecar: our own cli.js. */
  readonly cli: string
  /** The pids of run files. */
  readonly runs: () => Promise<readonly number[]>
  readonly adopter: number | undefined
  /** The sidecar that asks; this process. */
  readonly own?: number
  readonly launchers: () => ReadonlySet<number>
}

export interface Looks {
  /** @param from The peer's port. @param to Ours. */
  look(from: number, to: number): Promise<Caller>
  sitsAtTerminal(pid: number): Promise<boolean>
  /** It runs our Node, and no code was loaded into it. */
  untouched(pid: number): Promise<boolean>
  /** Those of them that are inside a sidecar's tree. */
  inside(pids: readonly number[]): Promise<ReadonlySet<number>>
}

/** Undefined: it may read. */
export function refuseReader(caller: Caller): LocalRefusal | undefined {
  const { standing } = caller
  if (standing === 'other-user' || standing === 'inside') return standing
  return standing === 'gone' ? 'not-allowed' : undefined
}

/** Who may decide, and for whom he speaks: a person for himself, a neighbour for its page. */
export type Decider =
  | { readonly kind: 'person' }
  | { readonly kind: 'neighbour' }
  | { readonly kind: 'refused'; readonly why: LocalRefusal }

/** @param runs The pids of run files, for a neighbour must have one. */
export async function deciderOf(caller: Caller, runs: readonly number[], looks: Looks): Promise<Decider> {
  const { standing, pids } = caller
  if (standing === 'gone') return { kind: 'refused', why: 'not-allowed' }
  if (standing !== 'clear') return { kind: 'refused', why: standing }
  const [only] = pids
  if (only === undefined || pids.length !== 1) return { kind: 'refused', why: 'unknown' }
  if (caller.sidecar && runs.includes(only) && (await looks.untouched(only))) return { kind: 'neighbour' }
  return (await looks.sitsAtTerminal(only)) ? { kind: 'person' } : { kind: 'refused', why: 'no-terminal' }
}

export function createLooks(options: LookOptions): Looks {
  const programs = new Set([options.cli, realPath(options.cli)])
  const worldOf = async (table: ProcessTable): Promise<World> => {
    const runs = await options.runs()
    const sidecars = [...table.values()].filter((process_) => runsSidecar(process_, programs))
    return {
      table,
      sidecars: new Set([
        options.own ?? process.pid,
        ...sidecars.map(({ pid }) => pid),
        // Anybody of this user can write a run file; one that names what is no Node process makes it no sidecar.
        ...runs.filter((pid) => isNode(table.get(pid))),
      ]),
      adopters: new Set(options.adopter === undefined ? [] : [options.adopter]),
      launchers: options.launchers(),
      uid: process.getuid?.() ?? -1,
    }
  }
  const once = async (from: number, to: number): Promise<Caller> => {
    const table = await readTable()
    const peer = await peerOf(from, to, table)
    return judge(peer, await worldOf(table), programs)
  }
  const look = async (from: number, to: number): Promise<Caller> => {
    const caller = await once(from, to)
    // A parent that ends while the table is read breaks a line; such a moment passes.
    return caller.standing === 'unknown' && caller.pids.length > 0 ? await once(from, to) : caller
  }
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  return {
    // One after the other, with a turn for everything else in between: looking takes time, and strangers can make us look.
    look(from, to) {
      if (waiting >= MAX_WAITING) return Promise.resolve({ ...NOBODY, standing: 'gone' })
      waiting += 1
      const looked = last.then(async () => {
        await setImmediate()
        return look(from, to)
      })
      last = looked.catch(() => undefined).finally(() => (waiting -= 1))
      return looked
    },
    async sitsAtTerminal(pid) {
      if (process.platform === 'linux') return linux.sitsAtTerminal(pid)
      return process.platform === 'darwin' && (await mac.sitsAtTerminal(pid))
    },
    untouched: isUntouched,
    async inside(pids) {
      const world = await worldOf(await readTable())
      return new Set(pids.filter((pid) => standingOf([pid], world) === 'inside'))
    },
  }
}

const NOBODY = { pids: [], names: [], identity: undefined, sidecar: false } as const

export function judge(peer: linux.Peer, world: World, programs: ReadonlySet<string>): Caller {
  if (peer.kind === 'gone') return { ...NOBODY, standing: 'gone' }
  if (peer.kind === 'untold') return { ...NOBODY, standing: 'unknown' }
  if (peer.uid !== world.uid) return { ...NOBODY, standing: 'other-user' }
  if (peer.kind === 'opaque') {
    const inside = standingOf(peer.suspects, world) === 'inside'
    return { ...NOBODY, standing: inside ? 'inside' : 'unknown' }
  }
  const holders = peer.holders.flatMap((pid) => world.table.get(pid) ?? [])
  return {
    standing: standingOf(peer.holders, world),
    pids: peer.holders,
    names: holders.map(({ name }) => name),
    identity: holders
      .map(({ pid, start }) => `${pid}:${start}`)
      .toSorted()
      .join(' '),
    sidecar: holders.every(({ argv }) => programs.has(realPath(argv[1] ?? ''))),
  }
}

/**
 * That a neighbour runs our own program with our own Node, and nothing was loaded into it: its command line begins
 * with the two, and its environment names no code. A process can forge what it shows here; that it doesn't descend
 * from a child or from a model's shell is what counts, and was looked at before.
 */
async function isUntouched(pid: number): Promise<boolean> {
  if (process.platform !== 'linux') return false
  try {
    const [program, environment] = await Promise.all([
      readlink(`/proc/${pid}/exe`),
      readFile(`/proc/${pid}/environ`, 'latin1'),
    ])
    return program === realPath(process.execPath) && !/(^|\0)(NODE_OPTIONS|LD_PRELOAD)=./.test(environment)
  } catch {
    return false
  }
}

const VERBS_WITHOUT_CHILDREN = new Set(['approvals', 'audit', 'check', 'secrets', 'policy'])

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

async function readTable(): Promise<ProcessTable> {
  if (process.platform === 'linux') return linux.readTable()
  return process.platform === 'darwin' ? await mac.readTable() : new Map()
}

async function peerOf(from: number, to: number, table: ProcessTable): Promise<linux.Peer> {
  if (process.platform === 'linux') return linux.peerOf(from, to, table)
  return process.platform === 'darwin' ? await mac.peerOf(from, to) : { kind: 'untold' }
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
