/** Searches the tools that a model can find. All of the search is behind this file, which is loaded when one searches. */
import type { Entry } from '../../catalog/offers/select.ts'
import type { JsonObject } from '../../json/record.ts'
import { nearestName } from '../../nearest.ts'
import type { OwnAnswer } from '../own-tools.ts'
import { answerSearch, readSearch, type Around } from './answer.ts'
import { ToolIndex } from './tool-index.ts'

const MAX_NEAR = 3

export class ToolSearch {
  readonly #index = new ToolIndex()

  /** @param entries all that can be found */
  answer(args: JsonObject, entries: readonly Entry[], around: Around): OwnAnswer {
    const wanted = readSearch(args)
    if (typeof wanted === 'string') return { wrong: wanted }
    return { result: answerSearch(wanted, this.#index.search(entries, wanted), around) }
  }

  /** Names of tools that may have been meant, of those that can be found. */
  near(name: string, entries: readonly Entry[]): readonly string[] {
    const nearest = nearestName(name, entries.map(emittedOf))
    const { tools } = this.#index.search(entries, { query: name, limit: MAX_NEAR })
    return [...new Set([...(nearest === undefined ? [] : [nearest]), ...tools.map(emittedOf)])].slice(
      0,
      MAX_NEAR,
    )
  }
}

function emittedOf({ target }: Entry): string {
  return target.emitted
}
