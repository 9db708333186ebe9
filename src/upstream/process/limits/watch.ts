/**
 * Sees to it that no server uses more of the machine than it may (promise 1): one that has too many processes or too much
 * memory is ended with all that it started, and one that keeps too many processors busy is paused in between.
 *
 * It is watched, and not only told to the system: limits of one process (RLIMIT_AS) end V8, which reserves far more than it
 * uses; those of a user count all that the user runs; and groups of the system (cgroups) can be made by few users. Looking
 * through a tree costs, so every quarter of a second it is only asked whether the machine has less memory or more processes
 * than before, in two calls of the system. Then, or after five seconds, all trees are looked through.
 */
import type { ConfinedStart } from '../../../confine/confiner/start.ts'
import { excessOf, type Excess, type Machine, type Usage } from './excess.ts'
import { MAX_PROCESSES, type LimitsOption } from '../../limits.ts'
import { Pacer } from './pacer.ts'
import { availableNow, everyTask, memoryNow, usageOf, type Bounds } from './usage.ts'

const TICK_MS = 250
const LOOK_MS = 5000
/** So much less memory, or so many more tasks, than at the last look. */
const LESS_BYTES = 64 * 2 ** 20
const MORE_TASKS = 64

export interface Watched {
  readonly by: ConfinedStart['by'] | undefined
  /** As they are now. */
  readonly limits: () => LimitsOption
  /** Said once; whoever is told ends it. */
  readonly onExcess: (excess: Excess) => void
}

/** What is asked of the machine. */
export interface Probe {
  /** Bytes, as Machine has them. */
  memory(): number
  available(): number
  everyTask(): number | undefined
  usage(pid: number, by: ConfinedStart['by'] | undefined, bounds: Bounds): Usage
}

const PROBE: Probe = { memory: memoryNow, available: availableNow, everyTask, usage: usageOf }

export class LimitWatch {
  readonly #probe: Probe
  readonly #watched = new Map<number, Watched & { readonly pacer: Pacer }>()
  #timer: NodeJS.Timeout | undefined
  #lookedAt = -Infinity
  #available = 0
  #tasks = 0

  constructor(probe: Probe = PROBE) {
    this.#probe = probe
  }

  /** A process that leads a tree. Where /proc doesn't tell, nothing is watched. */
  add(pid: number, watched: Watched): void {
    if (process.platform !== 'linux') return
    this.#watched.set(pid, { ...watched, pacer: new Pacer(pid, watched.by !== undefined) })
    this.#timer ??= setInterval(() => this.tick(performance.now()), TICK_MS).unref()
  }

  /** It ends, or has ended. */
  remove(pid: number): void {
    this.#watched.get(pid)?.pacer.stop()
    this.#watched.delete(pid)
    if (this.#watched.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** @param now milliseconds of a clock that only goes on */
  tick(now: number): void {
    for (const { pacer, limits } of this.#watched.values()) pacer.tick(now, limits().cpu)
    const available = this.#probe.available()
    const tasks = this.#probe.everyTask() ?? 0
    // What has become better is remembered, so that what becomes worse again is seen.
    this.#available = Math.max(this.#available, available)
    this.#tasks = Math.min(this.#tasks, tasks)
    const isDue =
      now - this.#lookedAt >= LOOK_MS ||
      this.#available - available >= LESS_BYTES ||
      tasks - this.#tasks >= MORE_TASKS
    if (!isDue) return
    this.#lookedAt = now
    this.#available = available
    this.#tasks = tasks
    const machine = { memory: this.#probe.memory(), available }
    for (const [pid, watched] of this.#watched) this.#look(pid, watched, machine)
  }

  #look(pid: number, { by, limits, onExcess }: Watched, machine: Machine): void {
    const now = limits()
    const bounds = { processes: now.processes ?? MAX_PROCESSES, memory: now.memory ?? machine.memory / 4 }
    const excess = excessOf(this.#probe.usage(pid, by, bounds), now, machine)
    if (excess === undefined) return
    this.remove(pid)
    onExcess(excess)
  }
}
