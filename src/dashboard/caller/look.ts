/**
 * Looks at the process on the other end of a loopback connection, and says what may be taken from it.
 *
 *   a page      everybody of this user who is not inside a sidecar's tree; where the system doesn't tell, the cookie is
 *               the right. Who has hung up already can't be looked at, and gets nothing
 *   a reader    (`sidemux approvals list`, a neighbour's page) the same; there the key of the run file is the right
 *   a decider   a person, by the rule of typed.ts; or a neighbour sidecar that is clear in the same way. Not told means no
 */
import { readFile, readlink } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import type { LocalRefusal } from '../page-wire.ts'
import * as linux from './linux.ts'
import * as mac from './mac.ts'
import type { ProcessTable } from './process.ts'
import { worstStanding, type CallerStanding, type World } from './standing.ts'
import { refuseTyped, sitsAtTerminal } from './typed.ts'
import { createWorldOf, programsOf, readTable, realPath, whyNotAll, type WorldOptions } from './world.ts'

/** A caller that comes while so many are waiting to be looked at isn't let in. */
const MAX_WAITING = 64

export interface CallingProcess {
  readonly standing: CallerStanding | 'other-user' | 'gone'
  readonly pids: readonly number[]
  /** For the audit log; whatever the process calls itself. */
  readonly names: readonly string[]
  /** The same for two connections of the same processes; undefined where it isn't told. */
  readonly identity: string | undefined
  /** Each runs our own cli.js, as a sidecar does and `sidemux approvals` too. */
  readonly sidecar: boolean
}

export interface ProcessLooks {
  /** @param from The peer's port. @param to Ours. */
  look(from: number, to: number): Promise<CallingProcess>
  sitsAtTerminal(pid: number): Promise<boolean>
  /** It runs our Node, and no code was loaded into it. */
  untouched(pid: number): Promise<boolean>
  /** By whom a terminal may have been opened that was opened after the host (world.ts); none: a person may decide there. */
  leftBy?(): Promise<readonly string[]>
  /** How sidecars at these pids stand to us. */
  neighbours(pids: readonly number[]): Promise<ReadonlyMap<number, Neighbour>>
}

export interface Neighbour {
  /** In a sidecar's tree: whatever it says there, nobody asks it. */
  readonly inside: boolean
  /** What it decides for us would be taken, as far as its process tells. */
  readonly decides: boolean
}

/** Why nothing is taken from this caller, be it to read, to enter or to decide; undefined: it is not refused outright. */
export function callerRefusal(caller: CallingProcess): LocalRefusal | undefined {
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
export async function deciderOf(
  caller: CallingProcess,
  runs: readonly number[],
  looks: ProcessLooks,
): Promise<Decider> {
  const { standing, pids } = caller
  const [only] = pids
  const isOne = standing === 'clear' && pids.length === 1 && only !== undefined
  if (isOne && caller.sidecar && runs.includes(only) && (await looks.untouched(only)))
    return { kind: 'neighbour' }
  const sits = isOne && (await looks.sitsAtTerminal(only))
  const why = refuseTyped({ standing, processes: pids.length, sitsAtTerminal: sits })
  return why === undefined ? { kind: 'person' } : { kind: 'refused', why }
}

export function createLooks(options: WorldOptions): ProcessLooks {
  const programs = programsOf(options)
  const worldOf = createWorldOf(options)
  const once = async (from: number, to: number): Promise<CallingProcess> => {
    const table = await readTable()
    const peer = await peerOf(from, to, table)
    return judge(peer, await worldOf(table), programs)
  }
  const look = async (from: number, to: number): Promise<CallingProcess> => {
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
    sitsAtTerminal,
    untouched: isUntouched,
    leftBy: async () => whyNotAll(options, (await worldOf(await readTable())).sidecars),
    async neighbours(pids) {
      const world = await worldOf(await readTable())
      const told = pids.map(async (pid): Promise<[number, Neighbour]> => {
        const standing = worstStanding([pid], world)
        const isOurs = programs.has(realPath(world.table.get(pid)?.argv[1] ?? ''))
        const decides = standing === 'clear' && isOurs && (await isUntouched(pid))
        return [pid, { inside: standing === 'inside', decides }]
      })
      return new Map(await Promise.all(told))
    },
  }
}

const NOBODY = { pids: [], names: [], identity: undefined, sidecar: false } as const

export function judge(peer: linux.Peer, world: World, programs: ReadonlySet<string>): CallingProcess {
  if (peer.kind === 'gone') return { ...NOBODY, standing: 'gone' }
  if (peer.kind === 'untold') return { ...NOBODY, standing: 'unknown' }
  if (peer.uid !== world.uid) return { ...NOBODY, standing: 'other-user' }
  if (peer.kind === 'opaque') {
    const inside = worstStanding(peer.suspects, world) === 'inside'
    return { ...NOBODY, standing: inside ? 'inside' : 'unknown' }
  }
  const holders = peer.holders.flatMap((pid) => world.table.get(pid) ?? [])
  return {
    standing: worstStanding(peer.holders, world),
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

async function peerOf(from: number, to: number, table: ProcessTable): Promise<linux.Peer> {
  if (process.platform === 'linux') return linux.peerOf(from, to, table)
  return process.platform === 'darwin' ? await mac.peerOf(from, to) : { kind: 'untold' }
}
