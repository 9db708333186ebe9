/**
 * Holds all children. Only as many start at a time as the machine can take (turns.ts). They don't know each other, so
 * a slow or dead one delays nobody. They end together, and with them the watchdog that ends them if the sidecar
 * can't.
 *
 * When servers.yaml changes, children with the same launch go on, each of the others is replaced, and one that is no
 * longer listed ends its calls.
 */
import type { StopSignal } from '../../cancellation.ts'
import { Child, type CallOptions, type CallReply, type ChildDeps, type ChildSpec } from './child.ts'
import type { ServerRequest } from '../session/connection.ts'
import type { OfferKind } from '../messages/offer.ts'
import { LimitWatch } from '../process/limits/watch.ts'
import { Reaper } from '../process/ending/reaper.ts'
import { DUE_WITHIN_MS } from './requests.ts'
import type { Failure } from '../session/diagnosis.ts'
import { replyWhileDown } from './state.ts'
import { Turns, type TurnsOptions } from './starting/turns.ts'
import { settlesWithin, unlessAborted } from '../wait.ts'

export interface FleetDeps extends Omit<
  ChildDeps,
  'onChange' | 'onStoreBack' | 'reaper' | 'limitWatch' | 'turns'
> {
  /** What a child offers is known from an earlier run, so that nobody waits for its list. */
  isKnown?(id: string): boolean
  readonly starting?: TurnsOptions
}

export class Fleet {
  readonly #deps: ChildDeps
  readonly #reaper = new Reaper()
  readonly #limitWatch = new LimitWatch()
  readonly #turns: Turns
  readonly #listeners: ((id: string) => void)[] = []
  /** Those that have no place any more, and calls that aren't answered yet. */
  readonly #retired = new Set<Child>()
  #children: readonly Child[]
  #started = false
  #stopping: Promise<void> | undefined

  constructor(specs: readonly ChildSpec[], deps: FleetDeps) {
    const onChange = (id: string): void => this.#listeners.forEach((listener) => listener(id))
    const onStoreBack = (store: string): void => this.#children.forEach((child) => child.storeBack(store))
    const isKnown = (id: string): boolean => deps.isKnown?.(id) === true
    const placeOf = (id: string): number => this.#children.findIndex((child) => child.id === id)
    this.#turns = new Turns({ isKnown, placeOf }, deps.starting)
    this.#deps = {
      ...deps,
      onChange,
      onStoreBack,
      reaper: this.#reaper,
      limitWatch: this.#limitWatch,
      turns: this.#turns,
    }
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
      if (goesOn(spec.id)) present.regard()
      else present.become(spec)
      return present
    })
    for (const child of leaving.values()) void this.#retire(child)
    this.#reaper.regraced()
    if (this.#started) this.start()
  }

  /** Resolves when each child, or each of these, is ready, or has failed, or waits for another start. */
  async settled(isOne: (id: string) => boolean = () => true): Promise<void> {
    for (let settled: readonly Child[] | undefined; settled !== this.#children;) {
      settled = this.#children
      await Promise.all(settled.filter(({ id }) => isOne(id)).map((child) => child.settled()))
    }
  }

  /** Resolves when all that runs has read its lists, but for what isn't answered within so long. */
  async read(withinMs: number): Promise<void> {
    await settlesWithin(Promise.all(this.#children.map((child) => child.read())), withinMs)
  }

  /** Whether it has listed everything once, so that `listed` would have nothing to wait for. */
  hasListed(id: string): boolean {
    const offers = this.get(id)?.offers
    return offers !== undefined && (offers.unread === undefined || offers.unread.length === 0)
  }

  /** Resolves when the child has listed its tools once, or with why it hasn't; at once for an unknown id. */
  async listed(id: string, kind: OfferKind, signal: StopSignal): Promise<Failure | undefined> {
    const child = this.get(id)
    if (child === undefined) return undefined
    if (child.offers !== undefined)
      return kind === 'tools' && child.offers.unread?.includes(kind) === true
        ? this.whyUnlisted(id, kind, signal)
        : undefined
    if (child.state.kind !== 'ready') this.#turns.hurry(id)
    child.hurry()
    await unlessAborted(child.tried(DUE_WITHIN_MS), signal).catch(() => undefined)
    if (child.offers !== undefined) return undefined
    const { state } = child
    if (state.kind === 'retired')
      return this.get(id) === undefined ? removed(id) : this.listed(id, kind, signal)
    const { reason, hint, said } = replyWhileDown(id, state, Date.now())
    return { reason, hint, ...(said !== undefined && { said }) }
  }

  /**
   * Why something may not be known of a server that works: its list is missing in part, also now that it was read again.
   * Undefined where it is whole.
   */
  async whyUnlisted(id: string, kind: OfferKind, signal: StopSignal): Promise<Failure | undefined> {
    const child = this.get(id)
    if (child?.whyMissing(kind) === undefined) return undefined
    // Its next process reads every list.
    if (child.state.kind === 'asleep') {
      child.hurry()
      await unlessAborted(child.tried(DUE_WITHIN_MS), signal).catch(() => undefined)
      return child.whyMissing(kind)
    }
    const read = settlesWithin(child.listAgain(kind), DUE_WITHIN_MS)
    await unlessAborted(read, signal).catch(() => undefined)
    return child.whyMissing(kind)
  }

  get(id: string): Child | undefined {
    for (const child of this.#children) if (child.id === id) return child
    return undefined
  }

  /** To the child that has that id when it is sent. */
  request(id: string, request: ServerRequest, options: CallOptions): Promise<CallReply> {
    const child = this.get(id)
    if (child === undefined) return Promise.resolve({ kind: 'unavailable', ...removed(id) })
    if (child.state.kind !== 'ready') this.#turns.hurry(id)
    return child.request(request, options).then((reply) => {
      const isUnsent = reply.kind === 'unavailable' && reply.unsent === true
      return isUnsent ? this.request(id, request, options) : reply
    })
  }

  /** While this is under way the child isn't ended for being idle. */
  async during<T>(id: string, work: Promise<T>): Promise<T> {
    const release = this.get(id)?.use()
    return work.finally(() => release?.())
  }

  /** Calls back with a child's id whenever its state or its tool list has changed. */
  onChange(listener: (id: string) => void): void {
    this.#listeners.push(listener)
  }

  /** How long what runs now may take to end, all at once; zero for nothing. */
  get longestGraceMs(): number {
    return this.#reaper.longestGraceMs
  }

  /** Resolves when everything is gone, soon after the longest grace; may be called again. */
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
