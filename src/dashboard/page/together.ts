/**
 * Deciding several questions at once. A no needs nothing more. For a yes every one of them is shown once more, with
 * all its arguments, and the button wakes up only when the end of that list has been in view: so there is no way to
 * approve in bulk what was never on the screen, destructive or not.
 */
import { button, foreign, make, riskBadge, setAttribute, setText } from './elements.ts'
import { holdWords, type Hold } from './guard.ts'
import type { Entry } from './questions.ts'
import { showArguments } from './show-values.ts'
import { toolName } from './tool-name.ts'

export interface TogetherActions {
  selectAll(selected: boolean): void
  approve(entries: readonly Entry[]): void
  deny(entries: readonly Entry[]): void
  moved(): void
}

export class Together {
  readonly element: HTMLElement
  readonly dialog: HTMLDialogElement
  readonly #actions: TogetherActions
  readonly #all = make('input', { type: 'checkbox' })
  readonly #count = make('span', { class: 'count' })
  readonly #deny: HTMLButtonElement
  readonly #approve: HTMLButtonElement
  readonly #confirm: HTMLButtonElement
  readonly #list = make('div', {
    class: 'all',
    tabindex: '0',
    role: 'region',
    'aria-label': 'All that would run',
  })
  readonly #title = make('h2', { tabindex: '-1', autofocus: true, id: 'together-title' })
  readonly #hint = make('p', { class: 'hold' })
  readonly #end = make('div', { class: 'end' }, 'End of the list')
  #selected: readonly Entry[] = []
  #shown = ''
  #seen = false

  constructor(actions: TogetherActions) {
    this.#actions = actions
    this.#all.addEventListener('change', () => actions.selectAll(this.#all.checked))
    this.#deny = button('Deny', { class: 'deny' }, () => actions.deny(this.#selected))
    this.#approve = button('Approve once…', { class: 'always' }, () => this.#open())
    this.#confirm = button('', { class: 'approve approve-destructive' }, () => {
      const entries = this.#selected
      this.dialog.close()
      actions.approve(entries)
    })
    this.element = make(
      'div',
      { class: 'together', role: 'group', 'aria-label': 'Decide several together' },
      make('label', { class: 'choice' }, this.#all, make('span', {}, 'Select all')),
      this.#count,
      make('div', { class: 'actions' }, this.#deny, this.#approve),
    )
    this.dialog = make(
      'dialog',
      { 'aria-labelledby': 'together-title' },
      this.#title,
      this.#list,
      this.#hint,
      make(
        'div',
        { class: 'actions' },
        button('Back', { class: 'quiet' }, () => this.dialog.close()),
        this.#confirm,
      ),
    )
    this.dialog.addEventListener('close', () => actions.moved())
    new IntersectionObserver(
      (seen) => {
        this.#seen ||= this.dialog.open && seen.some(({ isIntersecting }) => isIntersecting)
      },
      { root: this.#list },
    ).observe(this.#end)
  }

  update(open: readonly Entry[], selected: readonly Entry[], hold: Hold | undefined): void {
    this.#selected = selected
    const [count, held] = [selected.length, hold !== undefined]
    this.element.hidden = open.length < 2
    this.#all.checked = count === open.length
    this.#all.indeterminate = count > 0 && count < open.length
    setText(this.#count, count === 0 ? '' : `${count} of ${open.length} selected`)
    setText(this.#deny, count === 0 ? 'Deny' : `Deny ${count}`)
    setText(this.#approve, count === 0 ? 'Approve once…' : `Approve ${count} once…`)
    for (const each of [this.#deny, this.#approve])
      setAttribute(each, 'aria-disabled', String(held || count === 0))
    if (!this.dialog.open) return
    if (count === 0) this.dialog.close()
    else this.#fill()
    setAttribute(this.#confirm, 'aria-disabled', String(held || !this.#seen))
    setText(this.#hint, this.#seen ? holdWords(hold) : 'Scroll to the end of the list to approve.')
  }

  #open(): void {
    this.#shown = ''
    this.#actions.moved()
    this.dialog.showModal()
    this.#fill()
    this.#title.focus()
  }

  /** Again only when one of them went, and then nothing counts as seen any more. */
  #fill(): void {
    const ids = this.#selected.map(({ pending }) => pending.id).join()
    if (ids === this.#shown) return
    this.#shown = ids
    this.#seen = false
    this.#actions.moved()
    const count = this.#selected.length
    setText(this.#title, count === 1 ? 'Approve this one?' : `Approve these ${count}, each once?`)
    setText(this.#confirm, count === 1 ? 'Approve it once' : `Approve all ${count} once`)
    this.#list.replaceChildren(
      ...this.#selected.map((entry) =>
        make(
          'section',
          { class: 'one' },
          riskBadge(entry.pending.facts.risk),
          make('h3', {}, ...toolName(entry)),
          make(
            'p',
            { class: 'why' },
            make('span', { class: 'label' }, 'Asked because '),
            foreign(entry.pending.facts.why),
          ),
          showArguments(entry.pending.facts.args),
        ),
      ),
      this.#end,
    )
    this.#list.scrollTop = 0
  }
}
