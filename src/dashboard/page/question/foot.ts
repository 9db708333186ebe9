/**
 * The bar that decides one question. It is always in view while its question is (look/question.ts), so it holds only
 * what is needed to decide: the buttons, and why one of them doesn't count yet.
 */
import type { QuestionFacts } from '../../../approval/facts/question.ts'
import type { GrantOffer } from '../../../approval/grants/grant-offer.ts'
import { button, make, setAttribute, setText } from '../elements.ts'
import { holdWords, type HoldReason } from '../guard.ts'
import { elsewhereWords } from '../words.ts'
import { spanWords } from './scope.ts'
import type { LocalRefusal } from '../../page-wire.ts'

export interface FootActions {
  approve(): void
  deny(): void
  /** And every call of this tool for a while. */
  denyAll(): void
  always(): void
  openElsewhere(): void
}

export interface FootView {
  readonly hold: HoldReason | undefined
  readonly approved: boolean
  readonly denyMs: number | undefined
  readonly refuses: LocalRefusal | undefined
  /** What became of an answer that didn't count. */
  readonly message: string
}

export class Foot {
  readonly element: HTMLElement
  readonly #deny: HTMLButtonElement
  readonly #approve: HTMLButtonElement
  readonly #always: HTMLButtonElement | undefined
  readonly #denyAll: HTMLButtonElement
  readonly #decide: HTMLElement
  readonly #elsewhere: HTMLElement
  readonly #elsewhereWhy = make('p')
  readonly #hold = make('p', { class: 'hold' })
  readonly #message = make('p', { class: 'message', role: 'alert' })
  /** In place of the others while a grant is made. */
  #other: HTMLElement | undefined

  /** @param about The id of what the buttons decide, for those who hear only a button's name. */
  constructor(
    about: string,
    { risk, kind: asked }: Pick<QuestionFacts, 'risk' | 'kind'>,
    offer: GrantOffer | undefined,
    actions: FootActions,
  ) {
    const on = { 'aria-describedby': about }
    this.#deny = button('Deny', { class: 'deny', ...on }, () => actions.deny())
    const kind = risk === 'destructive' ? 'destructive' : 'write'
    const yes = asked === 'launch' ? 'Trust and start' : 'Approve once'
    this.#approve = button(yes, { class: `approve approve-${kind}`, ...on }, () => actions.approve())
    this.#always =
      offer === undefined
        ? undefined
        : button('Always allow…', { class: 'link always', ...on }, () => actions.always())
    this.#denyAll = button('Deny all', { class: 'link deny-all', ...on }, () => actions.denyAll())
    this.#decide = make('div', { class: 'actions' }, this.#deny, this.#approve, this.#denyAll, this.#always)
    const openPage = button('Open that page', { class: 'quiet', ...on }, () => actions.openElsewhere())
    this.#elsewhere = make('div', { class: 'elsewhere' }, this.#elsewhereWhy, openPage)
    this.element = make(
      'div',
      { class: 'foot' },
      make('div', { class: 'bar' }, this.#message, this.#hold, this.#elsewhere, this.#decide),
    )
  }

  update({ hold, approved, denyMs, refuses, message }: FootView): void {
    setText(this.#deny, approved ? 'Take it back' : 'Deny')
    this.#approve.hidden = approved
    if (this.#always !== undefined) this.#always.hidden = approved
    this.#denyAll.hidden = approved || denyMs === undefined
    if (denyMs !== undefined) setText(this.#denyAll, `Deny all of this tool for ${spanWords(denyMs)}`)
    for (const each of [this.#deny, this.#approve, this.#always, this.#denyAll]) {
      if (each !== undefined) setAttribute(each, 'aria-disabled', String(hold !== undefined))
    }
    setText(this.#hold, holdWords(hold))
    setText(this.#message, message)
    // What can't be decided here has no button for it, and says where it can.
    this.#elsewhere.hidden = refuses === undefined
    if (refuses !== undefined) setText(this.#elsewhereWhy, elsewhereWords(refuses))
    this.#decide.hidden = refuses !== undefined || this.#other !== undefined
  }

  /** Other buttons in place of these; undefined: these again. */
  replace(other: HTMLElement | undefined): void {
    this.#other?.remove()
    this.#other = other
    if (other !== undefined) this.#decide.after(other)
    this.#decide.hidden = other !== undefined
  }

  focusAlways(): void {
    this.#always?.focus()
  }
}
