/** One question: what is about to run, and the bar that decides it. Its facts never change, so they are shown once. */
import type { GrantWish } from '../../../approval/grants/grant-offer.ts'
import { button, foreign, make, riskBadge, setAttribute, setText } from '../elements.ts'
import type { HoldReason } from '../guard.ts'
import { clockTime } from '../moments.ts'
import { timeLeft, type PageQuestion } from '../questions.ts'
import { showArguments } from '../values/show-values.ts'
import { Foot } from './foot.ts'
import { gist } from './gist.ts'
import { GrantForm } from './grant-form.ts'
import { why, whyNoOffer } from './reason.ts'
import { changeHint, serverWords } from './server-words.ts'
import { toolName } from './tool-name.ts'

export interface CardActions {
  now(): number
  approve(entry: PageQuestion, grant?: GrantWish): void
  /** @param forMs And every call of this tool for so long. */
  deny(entry: PageQuestion, forMs?: number): void
  /** Has the page opened on which it can be decided. */
  openElsewhere(entry: PageQuestion): void
  /** Something on the page is about to move. */
  moved(): void
}

export interface CardView {
  readonly entry: PageQuestion
  readonly hold: HoldReason | undefined
  readonly now: number
  /** More than this question waits. */
  readonly several: boolean
  readonly severalSidecars: boolean
  /** What became of an answer that didn't count. */
  readonly message: string
}

const OPEN_SECONDS = 60_000

export class Card {
  readonly element: HTMLElement
  readonly foot: Foot
  readonly #actions: CardActions
  readonly #heading: HTMLElement
  readonly #toggle: HTMLButtonElement
  readonly #body: HTMLElement
  /** What the server wrote, below the bar, so that nothing of it stands between what will run and the decision. */
  readonly #after: HTMLElement
  readonly #gist: HTMLElement
  readonly #time = make('span', { class: 'time' })
  readonly #asker = make('p', { class: 'asker' })
  readonly #later = make('p', { class: 'later' })
  readonly #approved = make('p', { class: 'approved' })
  #form: GrantForm | undefined
  #entry: PageQuestion

  constructor(entry: PageQuestion, actions: CardActions) {
    this.#entry = entry
    this.#actions = actions
    const { facts, offer, id } = entry.pending
    this.#heading = make('h2', { id: `question-${id}`, tabindex: '-1' }, ...toolName(entry))
    this.#toggle = button(
      'Show',
      { class: 'toggle', 'aria-controls': `body-${id}`, 'aria-describedby': `question-${id}` },
      () => this.open(!this.isOpen),
    )
    this.#gist = make('p', { class: 'gist' }, gist(facts.args))
    this.foot = new Foot(`question-${id}`, facts, offer, {
      approve: () => actions.approve(this.#entry),
      deny: () => actions.deny(this.#entry),
      denyAll: () => actions.deny(this.#entry, this.#entry.pending.denyMs),
      always: () => this.#openForm(),
      openElsewhere: () => actions.openElsewhere(this.#entry),
    })
    this.#body = this.#makeBody(entry)
    this.#after = make(
      'div',
      { class: 'after' },
      offer === undefined ? make('p', { class: 'no-offer' }, whyNoOffer(entry)) : undefined,
      serverWords(entry),
    )
    this.element = this.#makeElement(entry)
  }

  get isOpen(): boolean {
    return !this.#body.hidden
  }

  open(open: boolean): void {
    this.#actions.moved()
    if (!open) this.#closeForm()
    this.#body.hidden = !open
    this.#after.hidden = !open
    this.#gist.hidden = open
    this.element.classList.toggle('is-open', open)
    setAttribute(this.#toggle, 'aria-expanded', String(open))
    setText(this.#toggle, open ? 'Hide' : 'Show')
  }

  focus(): void {
    this.#heading.focus()
  }

  update({ entry, hold, now, several, severalSidecars, message }: CardView): void {
    const { pending, refuses } = entry
    this.#entry = entry
    const left = pending.expiresAt - now
    const approved = pending.state === 'approved'
    setText(this.#time, left <= 0 ? 'expired' : `${timeLeft(left)} left`)
    this.#time.classList.toggle('soon', left < OPEN_SECONDS)
    this.element.classList.toggle('is-approved', approved)
    this.element.classList.toggle('is-settling', hold?.why === 'settling')
    this.#toggle.hidden = !several
    if (!several && !this.isOpen) this.open(true)
    this.#showAsker(severalSidecars)
    this.#approved.hidden = !approved
    setText(
      this.#approved,
      approved
        ? `Approved, and not used yet. It runs when the host repeats exactly this call, until ${clockTime(pending.expiresAt)}; then never.`
        : '',
    )
    this.#later.hidden = approved || pending.waiting || pending.facts.kind === 'launch'
    if (this.#form !== undefined && (approved || refuses !== undefined)) this.#closeForm()
    this.#form?.hold(hold !== undefined)
    this.foot.update({ hold, approved, denyMs: pending.denyMs, refuses, message })
  }

  #showAsker(several: boolean): void {
    this.#asker.hidden = !several
    if (!several || this.#asker.childElementCount > 0) return
    const { host, config } = this.#entry.sidecar
    this.#asker.append(
      make('span', { class: 'label' }, 'Asked by '),
      make('b', {}, foreign(host ?? 'a host that has not said its name')),
      ' with ',
      make('code', {}, foreign(config)),
    )
  }

  #makeBody(entry: PageQuestion): HTMLElement {
    const { facts, id } = entry.pending
    setText(
      this.#later,
      'The host stopped waiting. A yes lets it run once if it sends exactly this call again.',
    )
    return make(
      'div',
      { class: 'body', id: `body-${id}` },
      ...why(facts),
      make('h3', {}, facts.kind === 'launch' ? 'What would start, in full' : countOf(facts.args)),
      showArguments(facts.args),
      changeHint(entry),
      this.#later,
      this.#approved,
    )
  }

  #makeElement({ pending: { facts, id } }: PageQuestion): HTMLElement {
    return make(
      'article',
      { class: 'card', 'aria-labelledby': `question-${id}`, 'data-id': id },
      make(
        'header',
        {},
        make(
          'div',
          { class: 'title' },
          make('div', { class: 'top' }, riskBadge(facts.risk), this.#time, this.#toggle),
          this.#heading,
          this.#asker,
          this.#gist,
        ),
      ),
      this.#body,
      this.foot.element,
      this.#after,
    )
  }

  #openForm(): void {
    const { offer } = this.#entry.pending
    if (offer === undefined) return
    this.open(true)
    this.#form = new GrantForm(this.#entry.pending, offer, {
      now: () => this.#actions.now(),
      confirm: (wish) => this.#actions.approve(this.#entry, wish),
      back: () => {
        this.#closeForm()
        this.foot.focusAlways()
      },
    })
    this.#form.hold(true)
    this.#body.append(this.#form.element)
    this.foot.replace(this.#form.actions)
    this.#form.focus()
  }

  #closeForm(): void {
    if (this.#form === undefined) return
    this.#actions.moved()
    this.#form.element.remove()
    this.foot.replace(undefined)
    this.#form = undefined
  }
}

function countOf(args: Readonly<Record<string, unknown>>): string {
  const count = Object.keys(args).length
  return count === 0 ? 'Arguments' : `${count === 1 ? 'The argument' : `All ${count} arguments`}, in full`
}
