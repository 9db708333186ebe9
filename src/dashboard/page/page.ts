/**
 * The page on which a person decides. It shows what the sidecars ask, oldest first, and sends back what was decided;
 * it decides and remembers nothing itself. Whatever makes the buttons move makes them deaf for a moment (guard.ts).
 */
import type { GrantWish } from '../../approval/grants/grant-offer.ts'
import type { AnswerOutcome } from '../../approval/facts/pending.ts'
import type { AnswerRequest, PageState } from '../page-wire.ts'
import { watchFeet } from './feet.ts'
import { Card } from './question/card.ts'
import { PageConnection } from './connection.ts'
import { make, setText } from './elements.ts'
import { holdOf, type HoldReason, type ConnectionState } from './guard.ts'
import {
  questionChanges,
  documentTitle,
  pageQuestions,
  type EndedQuestion,
  type PageQuestion,
} from './questions.ts'
import { Surroundings } from './surroundings.ts'
import { Together } from './together.ts'
import { openedWords, outcomeWords } from './words.ts'

const TICK_MS = 250
/** What is over stays in sight, but not forever. */
const MAX_OVER = 8

class Page {
  readonly #cards = new Map<string, Card>()
  readonly #list = make('div', { class: 'questions' })
  readonly #surroundings: Surroundings
  readonly #together: Together
  readonly #connection: PageConnection
  readonly #answered = new Map<string, 'approve' | 'deny'>()
  readonly #messages = new Map<string, string>()
  readonly #busy = new Set<string>()
  readonly #over: EndedQuestion[] = []
  #entries: readonly PageQuestion[] = []
  #state: PageState | undefined
  #link: ConnectionState = 'connecting'
  #movedAt = performance.now()
  /** What the server's clock shows when performance.now() is 0. */
  #clock = 0

  constructor(root: HTMLElement) {
    this.#connection = new PageConnection({
      state: (state) => this.#take(state),
      link: (link, reason) => this.#relink(link, reason),
    })
    this.#surroundings = new Surroundings({
      revoke: (grant) => this.#connection.revoke(grant),
      lift: (sidecar, denial) => this.#connection.lift(sidecar, denial),
    })
    this.#together = new Together({
      approve: (entries) => void this.#answer(entries, { answer: 'approve' }),
      deny: (entries) => void this.#answer(entries, { answer: 'deny' }),
      moved: () => this.#moved(),
    })
    this.#surroundings.attach(root, [this.#list, this.#together.element])
    document.body.append(this.#together.dialog)
    // The click that brings the window to the front was not meant for what lies under it.
    window.addEventListener('focus', () => this.#moved())
    document.addEventListener('visibilitychange', () => this.#moved())
    window.addEventListener('resize', () => this.#moved())
    watchFeet(this.#list, () => this.#moved())
    setInterval(() => this.#show(), TICK_MS)
    this.#show()
    void this.#connection.refresh()
  }

  #now(): number {
    return this.#clock + performance.now()
  }

  /** Counted from when it can be seen: a busy machine shows it late, and clicks that were meant before come after it. */
  #moved(): void {
    this.#movedAt = Infinity
    requestAnimationFrame(() => {
      // A button that doesn't count now doesn't look as if it did.
      this.#show()
      setTimeout(() => (this.#movedAt = performance.now()))
    })
  }

  #take(state: PageState): void {
    this.#clock = state.now - performance.now()
    const { came, ended } = questionChanges(this.#entries, state, this.#answered)
    this.#state = state
    this.#entries = pageQuestions(state)
    const focusLost = ended.map(({ entry }) => this.#remove(entry)).includes(true)
    for (const entry of came) this.#add(entry)
    this.#over.unshift(...ended)
    this.#over.length = Math.min(this.#over.length, MAX_OVER)
    this.#show()
    if (focusLost) this.#focusNext()
    this.#surroundings.announce(came, ended)
  }

  #relink(link: ConnectionState, reason: string | undefined): void {
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

  #add(entry: PageQuestion): void {
    this.#moved()
    const { id } = entry.pending
    const card = new Card(entry, {
      now: () => this.#now(),
      approve: (entry, grant) => void this.#answer([entry], { answer: 'approve', grant }),
      deny: (entry, forMs) => void this.#answer([entry], { answer: 'deny', forMs }),
      openElsewhere: (entry) => void this.#openElsewhere(entry),
      moved: () => this.#moved(),
    })
    this.#cards.set(id, card)
    // In the order of the list; that is at its end but for a neighbour's that was asked earlier.
    const after = this.#entries.slice(this.#entries.findIndex(({ pending }) => pending.id === id) + 1)
    const next = after.map(({ pending }) => this.#cards.get(pending.id)?.element).find((element) => element)
    this.#list.insertBefore(card.element, next ?? null)
    // One is shown whole; several are a list, in which each can be decided.
    card.open(this.#entries.length === 1)
  }

  /** Whether what had the focus went with it. */
  #remove({ pending: { id } }: PageQuestion): boolean {
    this.#moved()
    const card = this.#cards.get(id)
    const hadFocus = card?.element.contains(document.activeElement) === true
    card?.element.remove()
    for (const kept of [this.#cards, this.#messages, this.#busy]) kept.delete(id)
    return hadFocus
  }

  #focusNext(): void {
    const next = this.#cards.values().next().value
    if (next === undefined) this.#surroundings.focus()
    else next.focus()
  }

  #open(): PageQuestion[] {
    return this.#entries.filter(({ pending }) => pending.state === 'open')
  }

  /** Those that this page decides. */
  #decidable(): PageQuestion[] {
    return this.#open().filter(({ refuses }) => refuses === undefined)
  }

  async #openElsewhere({ sidecar, pending: { id } }: PageQuestion): Promise<void> {
    const response = await this.#connection.open(sidecar.id)
    if (this.#cards.has(id)) this.#messages.set(id, openedWords(response))
    this.#show()
  }

  #hold(entry?: PageQuestion): HoldReason | undefined {
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
  async #answer(entries: readonly PageQuestion[], said: Said): Promise<void> {
    const now = entries.filter((entry) => entry.refuses === undefined && this.#hold(entry) === undefined)
    if (now.length === 0) return
    for (const { pending } of now) {
      this.#busy.add(pending.id)
      this.#messages.delete(pending.id)
      this.#answered.set(pending.id, said.answer)
    }
    this.#show()
    const sidecars = [...new Set(now.map(({ sidecar }) => sidecar.id))]
    await Promise.all(
      sidecars.map(async (sidecar) => {
        const ids = now.filter((entry) => entry.sidecar.id === sidecar).map(({ pending }) => pending.id)
        const response = await this.#connection.answer({ sidecar, ids, ...saidParts(said) })
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
    const decidable = this.#decidable()
    const sidecars = this.#state?.sidecars ?? []
    this.#list.classList.toggle('is-one', this.#entries.length === 1)
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
    this.#together.update(decidable, this.#hold())
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

interface Said {
  readonly answer: 'approve' | 'deny'
  readonly grant?: GrantWish | undefined
  /** With a no: and every call of this tool for so long. */
  readonly forMs?: number | undefined
}

function saidParts({ answer, grant, forMs }: Said): Omit<AnswerRequest, 'sidecar' | 'ids'> {
  return { answer, ...(grant !== undefined && { grant }), ...(forMs !== undefined && { forMs }) }
}

const root = document.querySelector('main')
if (root !== null) {
  setText(root, '')
  void new Page(root)
}
