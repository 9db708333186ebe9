/**
 * A person at the page without a browser: comes by the link that a browser would have been opened with, reads what
 * waits, and decides. `openerIn` gives the `approvals.browser` setting that writes such links down.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'

const OPENER = `require('node:fs').appendFileSync(require('node:path').join(__dirname, 'links'), process.argv.at(-1) + '\\n')`
const POLL_MS = 20

export function openerIn(dir) {
  const file = join(dir, 'opener.cjs')
  writeFileSync(file, OPENER)
  return [process.execPath, file]
}

export class Visitor {
  #links
  #page
  #cookie

  /** @param dir of the opener */
  constructor(dir) {
    this.#links = join(dir, 'links')
  }

  /** The newest link that was opened, once it stands there whole. */
  get link() {
    // A link that is being written down has no end yet.
    return existsSync(this.#links) ? readFileSync(this.#links, 'utf8').split('\n').at(-2) : undefined
  }

  /** Whether a page was ever opened. */
  get isCalled() {
    return this.link !== undefined
  }

  /** GET /state; undefined before a page was opened, and while it takes no decision yet. */
  async state() {
    if (!this.isCalled) return undefined
    if (this.#page === undefined) await this.#enter()
    const reply = await fetch(`${this.#page}/state`, { headers: { Cookie: this.#cookie } })
    if (!reply.ok) throw new Error(`the page says ${reply.status}: ${await reply.text()}`)
    const state = await reply.json()
    return state.now < state.decidesFrom ? undefined : state
  }

  /** The first open question, within `ms`; undefined where none comes. */
  async question(ms) {
    const end = Date.now() + ms
    while (Date.now() < end) {
      const { sidecars = [] } = (await this.state()) ?? {}
      for (const { sidecar, pending } of sidecars) {
        const question = pending.find(({ state }) => state === 'open')
        if (question !== undefined) return { sidecar: sidecar.id, question }
      }
      await after(POLL_MS)
    }
    return undefined
  }

  /** @param answer `{ answer, grant? }` @throws where it doesn't count */
  async answer(sidecar, id, answer) {
    const reply = await fetch(`${this.#page}/answer`, {
      method: 'POST',
      headers: { Cookie: this.#cookie, Origin: this.#page, 'Content-Type': 'application/json' },
      body: JSON.stringify({ sidecar, ids: [id], ...answer }),
    })
    const { outcomes: [outcome] = [] } = reply.ok ? await reply.json() : {}
    if (outcome !== 'done')
      throw new Error(`an answer came to ${outcome ?? reply.status}: ${JSON.stringify(answer)}`)
  }

  async #enter() {
    const link = new URL(this.link)
    const entered = await fetch(link, { redirect: 'manual' })
    this.#page = link.origin
    this.#cookie = entered.headers.get('set-cookie').split(';')[0]
  }
}
