/** Shows a person what a server offers beside what servers.lock holds of it, and takes his word for it (promise 5). */
import { differencesOf, type Difference } from '../catalog/lock/differences.ts'
import { definitionKey } from '../catalog/pins/pin.ts'
import { renderError, SidemuxError } from '../errors.ts'
import type { JsonObject } from '../json/record.ts'
import type { Offers } from '../upstream/messages/offer.ts'
import type { Rooms } from './rooms.ts'

export interface Differing {
  readonly differences: readonly Difference[]
  /** Why what servers.lock says of it can't be used. */
  readonly fault?: string
}

export class Pinning {
  readonly #rooms: Rooms

  constructor(rooms: Rooms) {
    this.#rooms = rooms
  }

  /** Undefined where it has listed nothing. */
  differing(id: string): Differing | undefined {
    const offers = this.#offers(id)
    const server = this.#rooms.generation.server(id)
    if (offers === undefined || server === undefined) return undefined
    const { pins } = this.#rooms
    const launches = pins.launches(id, server.launchHash)
    const of = {
      launches,
      package: pins.packageNow(id, server.launchHash),
      offers,
      isStrict: server.pin === 'strict',
    }
    try {
      return { differences: differencesOf({ ...of, locked: pins.stored(id, server.launchHash) }) }
    } catch (error) {
      if (!(error instanceof SidemuxError)) throw error
      return { differences: differencesOf({ ...of, locked: undefined }), fault: renderError(error) }
    }
  }

  /** Takes all of what it offers now, or these of it, as the good one. @throws SidemuxError */
  async accept(id: string, which: 'all' | readonly Difference[]): Promise<void> {
    const { pins, generation, journal } = this.#rooms
    const { launchHash = '' } = generation.server(id) ?? {}
    const offers = this.#offers(id)
    if (offers === undefined) return
    const isAll = which === 'all'
    const names = isAll ? {} : { names: which.map(({ kind, name }) => (name === '' ? kind : name)) }
    // Written down before it counts (promise 6).
    await journal.record('pin', { phase: 'accepted', server: id, launch: launchHash, all: isAll, ...names })
    if (isAll) return pins.acceptAll(id, launchHash, offers)
    const meant = <T extends JsonObject>(kind: Difference['kind'], list: readonly T[]): readonly T[] =>
      list.filter((one) => which.some((other) => other.kind === kind && other.name === definitionKey(one)))
    const definitions = {
      tools: meant('tool', offers.tools),
      prompts: meant('prompt', offers.prompts),
      templates: meant('template', offers.templates),
    }
    const has = (kind: Difference['kind']): boolean => which.some((one) => one.kind === kind)
    const [{ instructions }, now] = [offers, pins.packageNow(id, launchHash)]
    pins.accept(id, launchHash, definitions, {
      ...(has('instructions') && instructions !== undefined && { instructions }),
      ...(has('package') && now !== undefined && { package: now }),
    })
  }

  /** Masked, as everything that is kept or shown. */
  #offers(id: string): Offers | undefined {
    const offers = this.#rooms.fleet.get(id)?.offers
    return offers && this.#rooms.options.redactor.maskJson(offers).value
  }
}
