/**
 * The page and the terminal as channels: having a question where a person can see it. A question makes the browser open
 * only where no page is open already, here or at a neighbour, whose page then shows ours, and no browser is on its way.
 */
import type { Channel } from '../approval/channels/channel.ts'
import { systemErrorCode } from '../errors.ts'
import type { Neighbours } from './neighbours.ts'
import type { Opening } from './opening.ts'

export interface ShowingOptions {
  readonly opening: Opening
  readonly neighbours: Neighbours
  /** Opens the door, behind which the questions are; rejects when it can't. */
  openDoor(): Promise<unknown>
}

export class Showing {
  readonly page: Channel
  readonly terminal: Channel
  readonly #options: ShowingOptions
  #underWay: ReturnType<Channel['ask']> | undefined

  constructor(options: ShowingOptions) {
    this.#options = options
    this.page = { name: 'page', ask: () => this.#askOnPage() }
    this.terminal = { name: 'terminal', ask: () => this.#askAtTerminal() }
  }

  async #askAtTerminal(): ReturnType<Channel['ask']> {
    try {
      await this.#options.openDoor()
      return { kind: 'shown' }
    } catch (error) {
      return { kind: 'unavailable', why: cannotOpen(error) }
    }
  }

  /** Many questions at once look once whether somebody sees them. */
  #askOnPage(): ReturnType<Channel['ask']> {
    this.#underWay ??= this.#show().finally(() => {
      this.#underWay = undefined
    })
    return this.#underWay
  }

  async #show(): ReturnType<Channel['ask']> {
    const { opening, neighbours } = this.#options
    try {
      await this.#options.openDoor()
      if (opening.isShown || (await neighbours.states()).some(({ pageOpen }) => pageOpen))
        return { kind: 'shown' }
      const { opened, why } = await opening.open()
      return opened || opening.isShown
        ? { kind: 'shown' }
        : { kind: 'unavailable', why: why ?? 'the page could not be opened' }
    } catch (error) {
      return { kind: 'unavailable', why: cannotOpen(error) }
    }
  }
}

function cannotOpen(error: unknown): string {
  return `the page could not be served (${systemErrorCode(error) ?? 'unknown error'})`
}
