/**
 * The page on which a person decides. It shows what the sidecars ask, oldest first, and sends back what was decided;
 * it decides and remembers nothing itself. Whatever makes the buttons move makes them deaf for a moment (guard.ts).
 */
import type { GrantWish } from '../../approval/grantOffer.ts'
import type { AnswerOutcome } from '../../approval/pending.ts'
import type { PageState } from '../wire.ts'
import { Card } from './card.ts'
import { Connection } from './connection.ts'
import { make, setText } from './elements.ts'
import { holdOf, type Hold, type Link } from './guard.ts'
import { changesBetween, documentTitle, entriesOf, type Ended, type Entry } from './questions.ts'
import { Surroundings } from './surroundings.ts'
import { Together } from './together.ts'

const TICK_MS = 250
/** What is over stays in sight, but not forever. */
const MAX_OVER = 8

class Page {
  readonly #cards = new Map<string, Card>()
  readonly #list = make('div', { class: 'questions' })
  readonly #surroundings: Surroundings
  readonly #together: Together
  readonly #connection: Connection
  readonly #answered = new Map<string, 'approve' | 'deny'>()
  readonly #messages = new Map<string, string>()
  readonly #busy = new Set<string>()
  readonly #selected = new Set<string>()
  readonly #over: Ended[] = []
  #entries: readonly Entry[] = []
  #state: PageState | undefined
  #link: Link = 'connecting'
  #movedAt = performance.now()
  /** What the server's clock shows when performance.now() is 0. */
  #clock = 0

  constructor(root: HTMLElement) {
    this.#connection = new Connection({
      state: (state) => this.#take(state),
      link: (link, reason) => this.#relink(link, reason),
    })
    this.#surroundings = new Surroundings((grant) => this.#connection.revoke(grant))
    this.#together = new Together({
      selectAll: (selected) => this.#selectAll(selected),
      approve: (entries) => void this.#answer(entries, 'approve'),
      deny: (entries) => void this.#answer(entries, 'deny'),
      moved: () => this.#moved(),
    })
    this.#surroundings.attach(root, [this.#together.element, this.#list])
    document.body.append(this.#together.dialog)
    // The click that brings the window to the front was not meant for what lies under it.
    window.addEventListener('focus', () => this.#moved())
    document.addEventListener('visibilitychange', () => this.#moved())
    window.addEventListener('resize', () => this.#moved())
    setInterval(() => this.#show(), TICK_MS)
    this.#show()
    void this.#connection.refresh()
  }

  #now(): number {
    return this.#clock + performance.now()
  }

  #moved(): void {
    this.#movedAt = performance.now()
  }

  #take(state: PageState): void {
    this.#clock = state.now - performance.now()
    const { came, ended } = changesBetween(this.#entries, state, this.#answered)
    this.#state = state
    this.#entries = entriesOf(state)
    const focusLost = ended.map(({ entry }) => this.#remove(entry)).includes(true)
    for (const entry of came) this.#add(entry)
    this.#over.unshift(...ended)
    this.#over.length = Math.min(this.#over.length, MAX_OVER)
    this.#show()
    if (focusLost) this.#focusNext()
    this.#surroundings.announce(came, ended)
  }

  #relink(link: Link, reason: string | undefined): void {
    if (link !== this.#link) this.#moved()
    this.#link = link
    if (link === 'closed') {
      for (const { element } of this.#cards.values()) element.remove()
      this.#cards.clear()
      this.#entries = []
      if (this.#together.dialog.open) this.#together.dialog.close()
      this.#surroundings.close(reason)
    }
    this.#show()
  }

  #add(entry: Entry): void {
    this.#moved()
    const { id } = entry.pending
    const card = new Card(entry, {
      now: () => this.#now(),
      approve: (entry, grant) => void this.#answer([entry], 'approve', grant),
      deny: (entry) => void this.#answer([entry], 'deny'),
      select: (entry, selected) => this.#select(entry, selected),
      moved: () => this.#moved(),
    })
    this.#cards.set(id, card)
    // In the order of the list; that is at its end but for a neighbour's that was asked earlier.
    const after = this.#entries.slice(this.#entries.findIndex(({ pending }) => pending.id === id) + 1)
    const next = after.map(({ pending }) => this.#cards.get(pending.id)?.element).find((element) => element)
    this.#list.insertBefore(card.element, next ?? null)
    card.open(this.#cards.size === 1)
  }

  /** Whether what had the focus went with it. */
  #remove({ pending: { id } }: Entry): boolean {
    this.#moved()
    const card = this.#cards.get(id)
    const hadFocus = card?.element.contains(document.activeElement) === true
    card?.element.remove()
    for (const kept of [this.#cards, this.#messages, this.#selected, this.#busy]) kept.delete(id)
    return hadFocus
  }

  #focusNext(): void {
    const next = this.#cards.values().next().value
    if (next === undefined) this.#surroundings.focus()
    else {
      next.open(true)
      next.focus()
    }
  }

  #select({ pending: { id } }: Entry, selected: boolean): void {
    if (selected) this.#selected.add(id)
    else this.#selected.delete(id)
    this.#show()
  }

  #selectAll(selected: boolean): void {
    for (const entry of this.#open()) {
      this.#select(entry, selected)
      const card = this.#cards.get(entry.pending.id)
      if (card !== undefined) card.selected = selected
    }
    this.#show()
  }

  #open(): Entry[] {
    return this.#entries.filter(({ pending }) => pending.state === 'open')
  }

  #hold(entry?: Entry): Hold | undefined {
    return holdOf({
      now: this.#now(),
      link: this.#link,
      decidesFrom: this.#state?.decidesFrom ?? Infinity,
      movedAt: this.#clock + this.#movedAt,
      busy: entry === undefined ? this.#busy.size > 0 : this.#busy.has(entry.pending.id),
      expiresAt: entry?.pending.expiresAt ?? Infinity,
    })
  }

  /** Each sidecar decides its own, so each gets a request of its own. */
  async #answer(entries: readonly Entry[], answer: 'approve' | 'deny', grant?: GrantWish): Promise<void> {
    const now = entries.filter((entry) => this.#hold(entry) === undefined)
    if (now.length === 0) return
    for (const { pending } of now) {
      this.#busy.add(pending.id)
      this.#messages.delete(pending.id)
      this.#answered.set(pending.id, answer)
    }
    this.#show()
    const sidecars = [...new Set(now.map(({ sidecar }) => sidecar.id))]
    await Promise.all(
      sidecars.map(async (sidecar) => {
        const ids = now.filter((entry) => entry.sidecar.id === sidecar).map(({ pending }) => pending.id)
        const response = await this.#connection.answer({
          sidecar,
          ids,
          answer,
          ...(grant === undefined ? {} : { grant }),
        })
        for (const [index, id] of ids.entries()) this.#settle(id, response?.outcomes[index], sidecar)
      }),
    )
    this.#show()
  }

  #settle(id: string, outcome: AnswerOutcome | undefined, sidecar: string): void {
    this.#busy.delete(id)
    if (outcome === 'done') return
    this.#answered.delete(id)
    const isNeighbour = sidecar !== this.#state?.sidecars[0]?.sidecar.id
    if (this.#cards.has(id)) this.#messages.set(id, outcomeWords(outcome, isNeighbour))
  }

  #show(): void {
    const now = this.#now()
    const open = this.#open()
    const sidecars = this.#state?.sidecars ?? []
    for (const id of this.#selected)
      if (!open.some(({ pending }) => pending.id === id)) this.#selected.delete(id)
    for (const entry of this.#entries) {
      this.#cards.get(entry.pending.id)?.update({
        entry,
        hold: this.#hold(entry),
        now,
        several: this.#entries.length > 1,
        severalSidecars: sidecars.length > 1,
        message: this.#messages.get(entry.pending.id) ?? '',
      })
    }
    const selected = open.filter(({ pending }) => this.#selected.has(pending.id))
    this.#together.update(open, selected, this.#hold())
    this.#surroundings.update({
      link: this.#link,
      state: this.#state,
      open: open.length,
      unspent: this.#entries.length - open.length,
      over: this.#over,
      now,
    })
    if (document.title !== documentTitle(open.length)) document.title = documentTitle(open.length)
  }
}

/** @param isNeighbour The page's own sidecar stands first; another one may want its own page for an answer. */
function outcomeWords(outcome: AnswerOutcome | undefined, isNeighbour: boolean): string {
  switch (outcome) {
    case undefined:
      return 'The decision didn’t arrive, or its answer didn’t come back. What is shown here is what counts.'
    case 'gone':
      return 'This question was over already; nothing was decided.'
    case 'decided':
      return 'Somebody decided this first.'
    case 'refused':
      return isNeighbour
        ? 'This sidecar takes no answer from here, so nothing was decided. Its own page is opened for it.'
        : 'It could not be written down or goes beyond what may be allowed, so nothing was decided.'
    case 'done':
      return ''
  }
}

const root = document.querySelector('main')
if (root !== null) {
  setText(root, '')
  void new Page(root)
}
