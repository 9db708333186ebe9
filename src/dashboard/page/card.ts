/** One question: what is about to run, and the buttons that decide. Its facts never change, so they are shown once. */
import type { GrantWish } from '../../approval/grantOffer.ts'
import { button, foreign, make, riskBadge, setAttribute, setText } from './elements.ts'
import { GrantForm } from './grant-form.ts'
import { holdWords, type Hold } from './guard.ts'
import { clockTime } from './moments.ts'
import { timeLeft, type Entry } from './questions.ts'
import { changeHint, serverWords } from './server-words.ts'
import { gist, showArguments } from './show-values.ts'
import { toolName } from './tool-name.ts'

export interface CardActions {
  now(): number
  approve(entry: Entry, grant?: GrantWish): void
  deny(entry: Entry): void
  select(entry: Entry, selected: boolean): void
  /** Something on the page is about to move. */
  moved(): void
}

export interface CardView {
  readonly entry: Entry
  readonly hold: Hold | undefined
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
  readonly #actions: CardActions
  readonly #heading: HTMLElement
  readonly #check = make('input', { type: 'checkbox' })
  readonly #checkLabel: HTMLElement
  readonly #toggle: HTMLButtonElement
  readonly #body: HTMLElement
  readonly #gist: HTMLElement
  readonly #time = make('span', { class: 'time' })
  readonly #asker = make('p', { class: 'asker' })
  readonly #wait = make('p', { class: 'hold' })
  readonly #message = make('p', { class: 'message', role: 'alert' })
  readonly #approved = make('p', { class: 'approved' })
  readonly #decide: HTMLElement
  readonly #deny: HTMLButtonElement
  readonly #approve: HTMLButtonElement
  readonly #always: HTMLButtonElement | undefined
  #form: GrantForm | undefined
  #entry: Entry
  #hold: Hold | undefined

  constructor(entry: Entry, actions: CardActions) {
    this.#entry = entry
    this.#actions = actions
    const { pending } = entry
    const { facts, offer, id } = pending
    this.#heading = make('h2', { id: `question-${id}`, tabindex: '-1' }, ...toolName(entry))
    this.#checkLabel = make(
      'label',
      { class: 'check' },
      this.#check,
      make('span', { class: 'unseen' }, 'Select ', ...toolName(entry)),
    )
    this.#check.addEventListener('change', () => actions.select(this.#entry, this.#check.checked))
    this.#toggle = button('Show', { class: 'toggle', 'aria-controls': `body-${id}` }, () =>
      this.open(!this.isOpen),
    )
    this.#gist = make('p', { class: 'gist' }, gist(facts.args))
    this.#deny = button('Deny', { class: 'deny' }, () => actions.deny(this.#entry))
    this.#approve = button(
      'Approve once',
      { class: `approve approve-${facts.risk === 'write' ? 'write' : 'destructive'}` },
      () => actions.approve(this.#entry),
    )
    this.#always =
      offer === undefined
        ? undefined
        : button('Always allow…', { class: 'always', 'aria-expanded': 'false' }, () => this.#openForm())
    this.#decide = make('div', { class: 'actions' }, this.#deny, this.#approve, this.#always)
    this.#body = this.#makeBody(entry)
    this.element = this.#makeElement(entry)
  }

  get isOpen(): boolean {
    return !this.#body.hidden
  }

  get entry(): Entry {
    return this.#entry
  }

  open(open: boolean): void {
    this.#actions.moved()
    this.#body.hidden = !open
    this.#gist.hidden = open
    setAttribute(this.#toggle, 'aria-expanded', String(open))
    setText(this.#toggle, open ? 'Hide' : 'Show')
  }

  focus(): void {
    this.#heading.focus()
  }

  set selected(selected: boolean) {
    this.#check.checked = selected
  }

  update(view: CardView): void {
    const { pending, sidecar } = view.entry
    this.#entry = view.entry
    this.#hold = view.hold
    const left = pending.expiresAt - view.now
    const approved = pending.state === 'approved'
    setText(this.#time, left <= 0 ? 'expired' : `${timeLeft(left)} left`)
    this.#time.classList.toggle('soon', left < OPEN_SECONDS)
    this.element.classList.toggle('is-approved', approved)
    this.#checkLabel.hidden = !view.several || approved
    this.#toggle.hidden = !view.several
    if (!view.several && !this.isOpen) this.open(true)
    this.#asker.hidden = !view.severalSidecars
    if (view.severalSidecars && this.#asker.childElementCount === 0) {
      this.#asker.append(
        make('span', { class: 'label' }, 'Asked by '),
        make('b', {}, foreign(sidecar.host ?? 'a host that has not said its name')),
        ' with ',
        make('code', {}, foreign(sidecar.config)),
      )
    }
    this.#approved.hidden = !approved
    setText(
      this.#approved,
      approved
        ? `Approved, and not used yet. It runs when the host repeats exactly this call, until ${clockTime(pending.expiresAt)}; then never.`
        : '',
    )
    this.#buttons(approved, pending.waiting)
    setText(this.#wait, this.#waitWords(approved, pending.waiting))
    setText(this.#message, view.message)
  }

  #makeBody(entry: Entry): HTMLElement {
    const { facts, offer, id } = entry.pending
    return make(
      'div',
      { class: 'body', id: `body-${id}` },
      make('p', { class: 'why' }, make('span', { class: 'label' }, 'Asked because '), foreign(facts.why)),
      this.#asker,
      make('h3', {}, countOf(facts.args)),
      showArguments(facts.args),
      changeHint(entry),
      this.#approved,
      this.#decide,
      offer === undefined ? make('p', { class: 'no-offer' }, whyNoOffer(entry)) : undefined,
      this.#wait,
      this.#message,
      serverWords(entry),
    )
  }

  #makeElement({ pending: { facts, id } }: Entry): HTMLElement {
    return make(
      'article',
      { class: 'card', 'aria-labelledby': `question-${id}`, 'data-id': id },
      make(
        'header',
        {},
        this.#checkLabel,
        make(
          'div',
          { class: 'title' },
          make('div', { class: 'top' }, riskBadge(facts.risk), this.#time),
          this.#heading,
          this.#gist,
        ),
        this.#toggle,
      ),
      this.#body,
    )
  }

  #buttons(approved: boolean, waiting: boolean): void {
    const held = this.#hold !== undefined
    if (approved && this.#form !== undefined) this.#closeForm()
    setText(this.#deny, approved ? 'Take it back' : 'Deny')
    this.#approve.hidden = approved
    if (this.#always !== undefined) this.#always.hidden = approved
    this.element.classList.toggle('is-waiting', waiting)
    for (const each of [this.#deny, this.#approve, this.#always]) {
      if (each !== undefined) setAttribute(each, 'aria-disabled', String(held))
    }
    this.element.classList.toggle('is-settling', this.#hold?.why === 'settling')
    this.#form?.hold(held)
  }

  #waitWords(approved: boolean, waiting: boolean): string {
    const words = holdWords(this.#hold)
    if (words !== '' || approved) return words
    return waiting
      ? ''
      : 'The host stopped waiting. A yes lets it run once if it sends exactly this call again.'
  }

  #openForm(): void {
    const { offer } = this.#entry.pending
    if (offer === undefined) return
    this.#actions.moved()
    this.#form = new GrantForm(this.#entry.pending, offer, {
      now: () => this.#actions.now(),
      confirm: (wish) => this.#actions.approve(this.#entry, wish),
      back: () => {
        this.#closeForm()
        this.#always?.focus()
      },
    })
    this.#form.hold(true)
    this.#decide.before(this.#form.element)
    this.#decide.hidden = true
    this.#form.focus()
  }

  #closeForm(): void {
    this.#actions.moved()
    this.#form?.element.remove()
    this.#form = undefined
    this.#decide.hidden = false
  }
}

function countOf(args: Readonly<Record<string, unknown>>): string {
  const count = Object.keys(args).length
  return count === 0 ? 'Arguments' : `${count === 1 ? 'The argument' : `All ${count} arguments`}, in full`
}

function whyNoOffer({ pending: { facts } }: Entry): string {
  return facts.changes.length > 0
    ? `“Always allow” isn’t offered: this ${facts.kind ?? 'tool'} changed since it was first seen.`
    : '“Always allow” isn’t offered for this call.'
}
