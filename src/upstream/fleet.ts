/**
 * All children. They start at the same moment and know nothing of each other, so a slow or dead one delays nobody;
 * they end together, and with them the watchdog that would end them if the sidecar couldn't.
 *
 * What servers.yaml has them be may change meanwhile: those whose launch is the same go on, each of the others becomes
 * another, and one that is gone ends its calls.
 */
import { Child, type CallOptions, type CallReply, type ChildDeps, type ChildSpec } from './child.ts'
import type { ServerRequest } from './client.ts'
import { Reaper } from './reaper.ts'
import { replyWhileDown } from './state.ts'
import { unlessAborted } from './wait.ts'

export type FleetDeps = Omit<ChildDeps, 'onChange' | 'onStoreBack' | 'reaper'>

export class Fleet {
  readonly #deps: ChildDeps
  readonly #reaper = new Reaper()
  readonly #listeners: ((id: string) => void)[] = []
  /** Those that have no place any more, and calls that aren't answered yet. */
  readonly #retired = new Set<Child>()
  #children: readonly Child[]
  #started = false
  #stopping: Promise<void> | undefined

  constructor(specs: readonly ChildSpec[], deps: FleetDeps) {
    const onChange = (id: string): void => this.#listeners.forEach((listener) => listener(id))
    const onStoreBack = (store: string): void => this.#children.forEach((child) => child.storeBack(store))
    this.#deps = { ...deps, onChange, onStoreBack, reaper: this.#reaper }
    this.#children = specs.map((spec) => new Child(spec, this.#deps))
  }

  get children(): readonly Child[] {
    return this.#children
  }

  start(): void {
    if (this.#stopping !== undefined) return
    this.#started = true
    for (const child of this.#children) child.start()
  }

  /** @param goesOn whether a server that there is already keeps its process */
  change(specs: readonly ChildSpec[], goesOn: (id: string) => boolean): void {
    const leaving = new Map(this.#children.map((child) => [child.id, child]))
    this.#children = specs.map((spec) => {
      const present = leaving.get(spec.id)
      if (present === undefined) return new Child(spec, this.#deps)
      leaving.delete(spec.id)
      if (!goesOn(spec.id)) present.become(spec)
      return present
    })
    for (const child of leaving.values()) void this.#retire(child)
    if (this.#started) this.start()
  }

  /** Resolves when each child is ready, or has failed, or waits for another start. */
  async settled(): Promise<void> {
    for (let settled: readonly Child[] | undefined; settled !== this.#children;) {
      settled = this.#children
      await Promise.all(settled.map((child) => child.settled()))
    }
  }

  /** Resolves when the child has listed its tools once, or with why it hasn't; at once for an unknown id. */
  async listed(id: string, signal: AbortSignal): Promise<{ reason: string; hint: string } | undefined> {
    const child = this.get(id)
    if (child === undefined || child.offers !== undefined) return undefined
    child.hurry()
    await unlessAborted(child.settled(), signal).catch(() => undefined)
    if (child.offers !== undefined) return undefined
    const { state } = child
    if (state.kind === 'retired') return this.get(id) === undefined ? removed(id) : this.listed(id, signal)
    const { reason, hint } = replyWhileDown(id, state, Date.now())
    return { reason, hint }
  }

  get(id: string): Child | undefined {
    return this.#children.find((child) => child.id === id)
  }

  /** To the child that has that id when it is sent. */
  async request(id: string, request: ServerRequest, options: CallOptions): Promise<CallReply> {
    const child = this.get(id)
    if (child === undefined) return { kind: 'unavailable', ...removed(id) }
    const reply = await child.request(request, options)
    const isUnsent = reply.kind === 'unavailable' && reply.unsent === true
    return isUnsent ? this.request(id, request, options) : reply
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
    await Promise.all([...this.#children, ...this.#retired].map((child) => child.stop()))
    await this.#reaper.close()
  }

  async #retire(child: Child): Promise<void> {
    this.#retired.add(child)
    await child.retire()
    this.#retired.delete(child)
  }
}

function removed(id: string): { reason: string; hint: string } {
  return {
    reason: `"${id}" is not in servers.yaml any more.`,
    hint: 'Do without it, or ask the user to put it back.',
  }
}
