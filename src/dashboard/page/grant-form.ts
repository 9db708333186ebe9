/** The form behind "Always allow…": what is fixed, until when, how often, and the sentence that comes out of it. */
import type { GrantOffer, GrantWish } from '../../approval/grantOffer.ts'
import type { Pending } from '../../approval/pending.ts'
import { button, foreign, make, setAttribute } from './elements.ts'
import { untilWords } from './moments.ts'
import {
  firstWish,
  spanChoices,
  useChoices,
  wishProblem,
  wishSentence,
  type Choice,
  type SentencePart,
} from './scope.ts'

export interface GrantFormActions {
  now(): number
  confirm(wish: GrantWish): void
  back(): void
}

export class GrantForm {
  readonly element: HTMLElement
  readonly #sentence = make('p', { class: 'sentence', 'aria-live': 'polite' })
  readonly #confirm: HTMLButtonElement
  readonly #pending: Pending
  readonly #offer: GrantOffer
  readonly #actions: GrantFormActions
  #wish: GrantWish
  #held = false

  constructor(pending: Pending, offer: GrantOffer, actions: GrantFormActions) {
    this.#pending = pending
    this.#offer = offer
    this.#actions = actions
    this.#wish = firstWish(offer)
    this.#confirm = button('Approve and always allow this', { class: 'approve' }, () =>
      actions.confirm(this.#wish),
    )
    const title = make('h3', { tabindex: '-1' }, 'Always allow')
    this.element = make(
      'section',
      { class: 'grant-form', role: 'group', 'aria-label': 'Always allow' },
      title,
      ...this.#argumentChoices(),
      make(
        'div',
        { class: 'pair' },
        select('For how long', spanChoices(offer), this.#wish.ms, (ms) => this.#change({ ms })),
        select('How often', useChoices(offer), this.#wish.uses, (uses) => this.#change({ uses })),
      ),
      this.#sentence,
      make(
        'div',
        { class: 'actions' },
        button('Back', { class: 'quiet' }, () => actions.back()),
        this.#confirm,
      ),
    )
    this.#show()
  }

  focus(): void {
    this.element.querySelector('h3')?.focus()
  }

  /** Whether a decision must wait. */
  hold(held: boolean): void {
    this.#held = held
    setAttribute(
      this.#confirm,
      'aria-disabled',
      String(held || wishProblem(this.#offer, this.#wish) !== undefined),
    )
  }

  #argumentChoices(): HTMLElement[] {
    if (this.#offer.argumentNames.length === 0) return []
    return [
      make(
        'fieldset',
        {},
        make('legend', {}, 'Only when these are exactly as in this call'),
        ...this.#offer.argumentNames.map((name) => this.#argumentChoice(name)),
      ),
    ]
  }

  #argumentChoice(name: string): HTMLElement {
    const box = make('input', { type: 'checkbox', checked: true })
    box.addEventListener('change', () => {
      const others = this.#wish.fixed.filter((fixed) => fixed !== name)
      this.#change({ fixed: box.checked ? [...others, name] : others })
    })
    const value = JSON.stringify(this.#pending.facts.args[name]) ?? 'null'
    const short = value.length > 60 ? `${value.slice(0, 60)} …` : value
    return make(
      'label',
      { class: 'choice' },
      box,
      make('span', {}, make('b', {}, foreign(name)), ' ', make('code', {}, foreign(short))),
    )
  }

  #change(part: Partial<GrantWish>): void {
    this.#wish = { ...this.#wish, ...part }
    this.#show()
  }

  #show(): void {
    const problem = wishProblem(this.#offer, this.#wish)
    const { facts } = this.#pending
    const until = untilWords(this.#actions.now() + this.#wish.ms, this.#actions.now())
    const sentence = wishSentence(facts, facts.args, this.#offer, this.#wish, until)
    this.#sentence.replaceChildren(problem ?? showSentence(sentence))
    this.hold(this.#held)
  }
}

export function showSentence(parts: readonly SentencePart[]): DocumentFragment {
  const fragment = document.createDocumentFragment()
  for (const { kind, text } of parts) {
    if (kind === 'ours') fragment.append(text)
    else fragment.append(make(kind === 'name' ? 'b' : 'code', {}, foreign(text)))
  }
  return fragment
}

function select<T>(
  label: string,
  choices: readonly Choice<T>[],
  chosen: T,
  take: (value: T) => void,
): HTMLElement {
  const element = make(
    'select',
    {},
    ...choices.map((choice, index) =>
      make('option', { value: String(index), selected: choice.value === chosen }, choice.label),
    ),
  )
  element.addEventListener('change', () => {
    const choice = choices[element.selectedIndex]
    if (choice !== undefined) take(choice.value)
  })
  return make('label', { class: 'field' }, make('span', {}, label), element)
}
