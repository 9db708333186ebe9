/**
 * Keeps what was learnt of servers in this run beside what they list: which era they speak, and which package they run. Of a
 * server that has listed nothing yet it is written with what it lists.
 */
import type { LockedServer } from './lock-text.ts'

/** Absent: not known, or none. */
type Learnt = Pick<LockedServer, 'era' | 'package'>

export class LearntFacts {
  readonly #all = new Map<string, Learnt>()

  of(server: string, launchHash: string): Learnt {
    return this.#all.get(`${server} ${launchHash}`) ?? {}
  }

  setEra(server: string, launchHash: string, era: string | undefined): void {
    const { era: _before, ...rest } = this.of(server, launchHash)
    this.#all.set(`${server} ${launchHash}`, { ...rest, ...(era !== undefined && { era }) })
  }

  setPackage(server: string, launchHash: string, now: LockedServer['package']): void {
    const { package: _before, ...rest } = this.of(server, launchHash)
    this.#all.set(`${server} ${launchHash}`, { ...rest, ...(now !== undefined && { package: now }) })
  }
}
