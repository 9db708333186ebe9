/** One run of one host: the model, a user's machine, a screen; and what was on it when. */
import { setTimeout as after } from 'node:timers/promises'
import { startModel } from './model.mjs'
import { placeWith } from './place.mjs'
import { Screen } from './screen.mjs'
import { setUp } from './setups.mjs'

const POLL_MS = 100
const PATIENCE_MS = 60_000
/** For what a host does when its screen is gone. */
const ENDS_MS = 1500

export class Stage {
  shots = []
  #host
  #since = Date.now()

  constructor(host) {
    this.#host = host
  }

  /** @param how `screen` or `print` @param calls of the model @param approvals of servers.yaml */
  async start(how, calls, approvals) {
    this.model = await startModel(calls)
    this.place = placeWith(approvals)
    this.screen = new Screen()
    this.screen.run(setUp(this.#host, how, this.place, this.model))
    this.#since = Date.now()
  }

  shoot(label) {
    this.shots.push({ label, text: this.screen.text() })
  }

  /** Until the model has heard what became of so many calls. */
  async answered(count = 1) {
    while (this.model.results.length < count) await this.patience('an answer')
  }

  async patience(what) {
    if (Date.now() - this.#since > PATIENCE_MS)
      throw new Error(`${what} did not come:\n${this.screen.text()}`)
    await after(POLL_MS)
  }

  async close() {
    this.screen?.close()
    this.model?.close()
    await after(ENDS_MS)
  }
}
