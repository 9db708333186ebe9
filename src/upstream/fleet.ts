/**
 * All children. They start at the same moment and know nothing of each other, so a slow or dead one delays nobody;
 * they end together, and with them the watchdog that would end them if the sidecar couldn't.
 */
import { Child, type ChildDeps, type ChildSpec } from './child.ts'
import { Reaper } from './reaper.ts'
import { unlessAborted } from './wait.ts'

export type FleetDeps = Omit<ChildDeps, 'onChange' | 'reaper'>

export class Fleet {
  readonly children: readonly Child[]
  readonly #reaper = new Reaper()
  readonly #listeners: ((id: string) => void)[] = []
  #stopping: Promise<void> | undefined

  constructor(specs: readonly ChildSpec[], deps: FleetDeps) {
    const onChange = (id: string): void => this.#listeners.forEach((listener) => listener(id))
    const childDeps: ChildDeps = { ...deps, onChange, reaper: this.#reaper }
    this.children = specs.map((spec) => new Child(spec, childDeps))
  }

  start(): void {
    if (this.#stopping !== undefined) return
    for (const child of this.children) child.start()
  }

  /** Resolves when each child is ready, or has failed, or waits for another start. */
  async settled(): Promise<void> {
    await Promise.all(this.children.map((child) => child.settled()))
  }

  /** Resolves when the child has listed its tools once, or with why it hasn't; at once for an unknown id. */
  async listed(id: string, signal: AbortSignal): Promise<{ reason: string; hint: string } | undefined> {
    const child = this.get(id)
    if (child === undefined || child.offers !== undefined) return undefined
    await unlessAborted(child.settled(), signal).catch(() => undefined)
    if (child.offers !== undefined) return undefined
    const { state } = child
    if ('reason' in state) return { reason: state.reason, hint: state.hint }
    return { reason: `"${id}" has not listed its tools yet.`, hint: 'Try again in a few seconds.' }
  }

  get(id: string): Child | undefined {
    return this.children.find((child) => child.id === id)
  }

  /** Calls back with a child's id whenever its state or its tool list has changed. */
  onChange(listener: (id: string) => void): void {
    this.#listeners.push(listener)
  }

  /** Resolves when everything is gone, within 5 s; may be called again. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #stop(): Promise<void> {
    await Promise.all(this.children.map((child) => child.stop()))
    await this.#reaper.close()
  }
}
