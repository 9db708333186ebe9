/**
 * Guesses in which era to speak to a server at its next start.
 *
 * - A server that exits on the probe is spoken to in the older era once, at once.
 * - A remembered era that doesn't work is forgotten and found out anew; one that was learnt too late is used at once.
 */
import type { ServerEra } from './handshake.ts'
import type { FailedStart } from './diagnosis.ts'
import { FIRST_MODERN_VERSION } from '../link/gate.ts'

/** Which era each server speaks, so that it needn't be asked on every start. */
export interface EraMemory {
  get(id: string): ServerEra | undefined
  set(id: string, era: ServerEra | undefined): void
}

export interface Guess {
  /** Undefined when it is to be found out. */
  readonly era: ServerEra | undefined
  readonly known: FailedStart['era']
}

export class EraGuess {
  readonly #id: string
  readonly #memory: EraMemory
  #isSecondTry = false

  constructor(id: string, memory: EraMemory) {
    this.#id = id
    this.#memory = memory
  }

  next(): Guess {
    if (this.#isSecondTry) return { era: 'legacy', known: 'second try' }
    const era = this.#memory.get(this.#id)
    return { era, known: era === undefined ? 'probed' : 'remembered' }
  }

  /** The guess led to a server that is ready. */
  proved(era: ServerEra | undefined): void {
    this.#isSecondTry = false
    this.#memory.set(this.#id, era)
  }

  /** It did not. True when it is known better now, so that the server may be started again at once. */
  failed(
    { known }: Guess,
    start: { readonly endedByItself: boolean; readonly provedModern: boolean },
  ): boolean {
    this.#isSecondTry = known === 'probed' && start.endedByItself
    if (known === 'remembered') this.#memory.set(this.#id, undefined)
    if (start.provedModern) this.#memory.set(this.#id, FIRST_MODERN_VERSION)
    return start.provedModern
  }
}
