/**
 * Ending a child with all that it started (promise 8): launchers such as npx leave grandchildren behind.
 *
 * Its stdin is closed; after a second, or half of its grace, it is asked by SIGTERM; when its grace is over it is ended by
 * SIGKILL. What it started has the same time, also when the child itself is gone before: a shell dies of the SIGTERM that
 * the client of a container below it needs to take the container away. The signals go to the child's process group
 * and, where /proc tells (Linux), to descendants that left the group, once to each: a second one means "at once" to many.
 * Descendants are looked up before each step, because a process whose parent has died can't be traced any more; before
 * SIGKILL they are stopped first. What was found is told before it is stopped, since a sidecar that is killed in that moment
 * would leave it stopped for ever (reaper.ts). On Windows `taskkill /T` ends the tree.
 *
 * Not caught: a process that left the group after its parent had died, and on macOS any that left it.
 */
import { execFile, type ChildProcess } from 'node:child_process'
import { win32 } from 'node:path'
import { setImmediate, setTimeout } from 'node:timers/promises'
import type { ConfinedStart } from '../../../confine/confiner/start.ts'
import { awakeNow } from '../../../awake.ts'
import { descendants, groupLives, groupOf, lives, parentOf, signalTo, type Relative } from './relatives.ts'
import { settlesWithin } from '../../wait.ts'

/** From the end of its stdin to its end by force. */
export const STOP_GRACE_MS = 2000
const ASK_AFTER_MS = 1000
const MAX_ROUNDS = 16
/** After SIGKILL, which takes its time with what the system holds. */
const KILL_MS = 500
/** What the keeper of Landlock is told by it, and how long it may take (confine/confiner/landlock/launcher.ts). */
const KEEPER_ENDS = 'SIGUSR1'
const SWEEP_MS = 20_000
/** Nobody tells when a process that isn't our child has ended. */
const LOOK_EVERY_MS = 50

/** From the end of its stdin to SIGTERM. */
export function askAfter(graceMs: number): number {
  return Math.min(ASK_AFTER_MS, graceMs / 2)
}

export interface EndingOptions {
  /** None at all for one that is to be ended at once. */
  readonly graceMs: number
  /** SIGTERM was sent. */
  onAsked?(): void
  /** These belong to it as well. */
  readonly onFound?: (found: readonly Relative[]) => void
}

/** A child that leads a process group, and whatever it has started. */
export class ProcessTree {
  readonly #child: ChildProcess
  readonly #pid: number
  readonly #by: ConfinedStart['by'] | undefined
  readonly #exited: Promise<void>
  readonly #strays = new Map<number, Relative>()
  #leads = true
  /** The number of a group without members may become another's. */
  #hasGroup = true
  #onFound: EndingOptions['onFound']

  /** @param by the child is what confines it (confine/confiner/start.ts) */
  constructor(child: ChildProcess, pid: number, by?: ConfinedStart['by']) {
    this.#child = child
    this.#pid = pid
    this.#by = by
    this.#exited = new Promise((resolve) => {
      child.once('exit', () => {
        this.#leads = false
        resolve()
      })
    })
  }

  /** Nothing of it is left. */
  get isGone(): boolean {
    if (this.#leads) return false
    if (process.platform === 'win32') return true
    this.#hasGroup &&= groupLives(this.#pid)
    return !this.#hasGroup && ![...this.#strays.values()].some(lives)
  }

  /** Resolves when it is gone, or can't be ended by any means; never rejects. */
  async end(ending: EndingOptions): Promise<void> {
    if (this.isGone) return
    this.#onFound = ending.onFound
    if (process.platform === 'win32') return await this.#endOnWindows(ending)
    const began = awakeNow()
    if (ending.graceMs <= 0) return await this.#kill()
    this.#look()
    this.#child.stdin?.end()
    if (this.#leads) await settlesWithin(this.#exited, askAfter(ending.graceMs))
    if (this.isGone) return
    this.#look()
    if (this.#by === 'bubblewrap') this.#askInside()
    else this.#signal('SIGTERM')
    // One that is stopped doesn't get to know it.
    this.#signal('SIGCONT')
    ending.onAsked?.()
    if (await this.#goneBy(began + ending.graceMs)) return
    await this.#kill()
  }

  async #kill(): Promise<void> {
    // Its keeper is the one that finds everything, and would leave it behind if it were ended itself.
    if (
      this.#by === 'landlock' &&
      signalTo(this.#pid, KEEPER_ENDS) &&
      (await this.#goneBy(awakeNow() + SWEEP_MS))
    )
      return
    // With bubblewrap all dies that it has made processes for, however many.
    if (this.#by !== 'bubblewrap') await this.#freeze()
    this.#signal('SIGKILL')
    await this.#goneBy(awakeNow() + KILL_MS)
  }

  /** Of SIGTERM bubblewrap dies at once, and all in it with it: so only what is in it is asked. */
  #askInside(): void {
    const keepers = descendants(this.#pid).filter(({ pid }) => parentOf(pid) === this.#pid)
    for (const { pid } of descendants(...keepers.map((one) => one.pid))) signalTo(pid, 'SIGTERM')
  }

  async #goneBy(end: number): Promise<boolean> {
    await settlesWithin(this.#exited, Math.max(0, end - awakeNow()))
    while (!this.isGone) {
      if (awakeNow() >= end) return false
      await setTimeout(LOOK_EVERY_MS)
    }
    return true
  }

  /** What is stopped can't fork, so looking again until nothing new is found finds everything that is still related. */
  async #freeze(): Promise<void> {
    for (let round = 0, known = -1; round < MAX_ROUNDS && known !== this.#strays.size; round++) {
      known = this.#strays.size
      this.#signal('SIGSTOP')
      this.#look()
      // Of thousands each look takes its time, and others are not to wait for all of them.
      await setImmediate()
    }
  }

  #look(): void {
    const roots = [...this.#strays.values()].filter(lives).map(({ pid }) => pid)
    const found = descendants(...(this.#leads ? [this.#pid] : []), ...roots).filter(
      ({ pid, startTime }) => this.#strays.get(pid)?.startTime !== startTime,
    )
    for (const relative of found) this.#strays.set(relative.pid, relative)
    if (found.length > 0) this.#onFound?.(found)
  }

  #signal(signal: NodeJS.Signals): void {
    // Whoever is in the group has it from there.
    const apart = [...this.#strays.values()].filter((stray) => {
      const group = groupOf(stray)
      return group !== undefined && (group !== this.#pid || !this.#hasGroup)
    })
    if (this.#hasGroup) signalTo(-this.#pid, signal)
    for (const { pid } of apart) signalTo(pid, signal)
  }

  async #endOnWindows({ graceMs }: EndingOptions): Promise<void> {
    this.#child.stdin?.end()
    if (await settlesWithin(this.#exited, graceMs)) return
    const taskkill = win32.join(process.env['SYSTEMROOT'] ?? 'C:\\Windows', 'System32', 'taskkill.exe')
    await new Promise<void>((resolve) => {
      const whole = ['/pid', String(this.#pid), '/T', '/F']
      execFile(taskkill, whole, { windowsHide: true, timeout: 2000 }, () => resolve())
    })
    await settlesWithin(this.#exited, KILL_MS)
  }
}
