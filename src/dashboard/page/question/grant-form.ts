/** The form behind "Always allow…": what is fixed, until when, how often, and the sentence that comes out of it. */
import type { GrantOffer, GrantWish, GroupOffer } from '../../../approval/grants/grant-offer.ts'
import type { Pending } from '../../../approval/facts/pending.ts'
import { button, foreign, make, setAttribute } from '../elements.ts'
import { untilWords } from '../moments.ts'
import {
  firstWish,
  folderChoices,
  groupParts,
  groupWish,
  limited,
  spanChoices,
  useChoices,
  wishProblem,
  wishSentence,
  type Choice,
  type SentencePart,
} from './scope.ts'

export interface GrantFormActions {
  readonly now: () => number
  readonly confirm: (wish: GrantWish) => void
  readonly back: () => void
}

export class GrantForm {
  readonly element: HTMLElement
  /** For the bar at the foot, where they are always in view. */
  readonly actions: HTMLElement
  readonly #sentence = make('p', { class: 'sentence', 'aria-live': 'polite' })
  readonly #confirm: HTMLButtonElement
  readonly #title = make('h3', { tabindex: '-1' }, 'Always allow')
  readonly #oneChoices: HTMLElement
  readonly #groupChoices: HTMLElement | undefined
  readonly #pending: Pending
  readonly #offer: GrantOffer
  readonly #now: () => number
  #one: GrantWish
  #group: GrantWish | undefined
  #isGroup = false
  #held = false

  constructor(pending: Pending, offer: GrantOffer, { now, confirm, back }: GrantFormActions) {
    this.#pending = pending
    this.#offer = offer
    this.#now = now
    this.#one = firstWish(offer)
    this.#group = offer.group === undefined ? undefined : groupWish(offer.group)
    this.#confirm = button('Approve and always allow this', { class: 'approve' }, () => confirm(this.#wish))
    this.actions = make(
      'div',
      { class: 'actions grant-actions' },
      button('Back', { class: 'quiet' }, back),
      this.#confirm,
    )
    this.#oneChoices = make('div', { class: 'choices' }, ...this.#argumentChoices(), this.#limits(offer))
    this.#groupChoices = offer.group === undefined ? undefined : this.#limitsOfGroup(offer.group)
    this.element = make(
      'section',
      { class: 'grant-form', role: 'group', 'aria-label': 'Always allow' },
      this.#title,
      offer.group === undefined ? undefined : this.#whatChoice(offer.group),
      this.#oneChoices,
      this.#groupChoices,
      this.#sentence,
    )
    this.#show()
  }

  /** Its beginning comes into view, and the sentence with it where there is room. */
  focus(): void {
    this.#title.focus()
    this.#sentence.scrollIntoView({ block: 'nearest' })
    this.#title.scrollIntoView({ block: 'nearest' })
  }

  /** Whether a decision must wait. */
  hold(held: boolean): void {
    this.#held = held
    const problem = wishProblem(this.#offer, this.#wish)
    setAttribute(this.#confirm, 'aria-disabled', String(held || problem !== undefined))
  }

  get #wish(): GrantWish {
    return this.#isGroup && this.#group !== undefined ? this.#group : this.#one
  }

  #whatChoice(group: GroupOffer): HTMLElement {
    const { facts, id } = this.#pending
    const choice = (isGroup: boolean, label: readonly SentencePart[]): HTMLElement => {
      const radio = make('input', { type: 'radio', name: `what-${id}`, checked: !isGroup })
      radio.addEventListener('change', () => {
        this.#isGroup = isGroup
        this.#show()
      })
      return make('label', { class: 'choice' }, radio, make('span', {}, showSentence(label)))
    }
    return make(
      'fieldset',
      { class: 'what' },
      make('legend', {}, 'What'),
      choice(false, [
        { kind: 'ours', text: 'only ' },
        { kind: 'name', text: `${facts.server} / ${facts.tool}` },
      ]),
      choice(true, groupParts(facts.server, group)),
    )
  }

  #limitsOfGroup({ tools, maxMs }: GroupOffer): HTMLElement {
    return make(
      'div',
      { class: 'choices', hidden: true },
      make(
        'details',
        { class: 'rule' },
        make('summary', {}, `Which ${tools.length}`),
        make(
          'ul',
          { class: 'names' },
          ...tools.map((tool) => make('li', {}, make('code', {}, foreign(tool)))),
        ),
      ),
      select('For how long', spanChoices({ maxMs }), maxMs, (ms) => this.#change({ ms })),
    )
  }

  #limits(offer: GrantOffer): HTMLElement {
    return make(
      'div',
      { class: 'pair' },
      select('For how long', spanChoices(offer), this.#one.ms, (ms) => this.#change({ ms })),
      select('How often', useChoices(offer), this.#one.uses, (uses) => this.#change({ uses })),
    )
  }

  #argumentChoices(): HTMLElement[] {
    if (this.#offer.argumentNames.length === 0) return []
    return [
      make(
        'fieldset',
        {},
        make(
          'legend',
          {},
          this.#offer.within === undefined
            ? 'Only when these are exactly as in this call'
            : 'Only when these are as in this call, or below what you choose',
        ),
        ...this.#offer.argumentNames.map((name) => this.#argumentChoice(name)),
      ),
    ]
  }

  #argumentChoice(name: string): HTMLElement {
    const first = this.#one.within ?? {}
    let folder = Object.hasOwn(first, name) ? first[name] : undefined
    const isLimited = folder !== undefined || this.#one.fixed.includes(name)
    const box = make('input', { type: 'checkbox', checked: isLimited })
    const limit = (): void => {
      this.#limit(name, box.checked, folder)
    }
    box.addEventListener('change', limit)
    const value = JSON.stringify(this.#pending.facts.args[name]) ?? 'null'
    const short = value.length > 60 ? `${value.slice(0, 60)} …` : value
    const whole = make(
      'label',
      { class: 'choice' },
      box,
      make('span', {}, make('b', {}, foreign(name)), ' ', make('code', {}, foreign(short))),
    )
    const choices = folderChoices(this.#offer, name)
    if (choices.length === 1) return whole
    const folders = select(`Which ${name}`, choices, folder, (chosen) => {
      folder = chosen
      box.checked = true
      limit()
    })
    return make('div', { class: 'within' }, whole, folders)
  }

  /** @param folder undefined: the value alone */
  #limit(name: string, isLimited: boolean, folder: string | undefined): void {
    const { fixed, within = {}, ...rest } = this.#one
    const others = Object.entries(within).filter(([other]) => other !== name)
    const names = fixed.filter((other) => other !== name)
    const chosen = isLimited && folder !== undefined ? [[name, folder] as const] : []
    this.#one = {
      ...rest,
      ...limited(isLimited ? [...names, name] : names, Object.fromEntries([...others, ...chosen])),
    }
    this.#show()
  }

  #change(part: Partial<GrantWish>): void {
    if (this.#isGroup && this.#group !== undefined) this.#group = { ...this.#group, ...part }
    else this.#one = { ...this.#one, ...part }
    this.#show()
  }

  #show(): void {
    this.#oneChoices.hidden = this.#isGroup
    if (this.#groupChoices !== undefined) this.#groupChoices.hidden = !this.#isGroup
    const problem = wishProblem(this.#offer, this.#wish)
    const { facts } = this.#pending
    const until = untilWords(this.#now() + this.#wish.ms, this.#now())
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
