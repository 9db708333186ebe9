/**
 * Decides all open questions at once. It stands below the list, since each question has its own buttons. A no needs
 * nothing more. For a yes all questions are shown once more with all their arguments, and the button works only after
 * the end of that list was in view. So nobody can approve in bulk what was never on the screen.
 */
import { button, make, riskBadge, setAttribute, setText } from './elements.ts'
import { holdWords, type HoldReason } from './guard.ts'
import { why } from './question/reason.ts'
import { toolName } from './question/tool-name.ts'
import type { PageQuestion } from './questions.ts'
import { showArguments } from './values/show-values.ts'

export interface TogetherActions {
  approve(entries: readonly PageQuestion[]): void
  deny(entries: readonly PageQuestion[]): void
  moved(): void
}

export class Together {
  readonly element: HTMLElement
  readonly dialog: HTMLDialogElement
  readonly #actions: TogetherActions
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
  /** All that can be decided here. */
  #open: readonly PageQuestion[] = []
  /** Those that the dialog is about: what comes while it is open isn't among them. */
  #chosen = new Set<string>()
  #shown = ''
  #seen = false

  constructor(actions: TogetherActions) {
    this.#actions = actions
    this.#deny = button('', { class: 'link' }, () => actions.deny(this.#open))
    this.#approve = button('', { class: 'link' }, () => this.#begin())
    this.#confirm = button('', { class: 'approve' }, () => {
      const entries = this.#entries()
      this.dialog.close()
      actions.approve(entries)
    })
    this.element = make(
      'div',
      { class: 'together', role: 'group', 'aria-label': 'Decide all of these' },
      make('span', {}, 'All of these:'),
      this.#deny,
      this.#approve,
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

  update(open: readonly PageQuestion[], hold: HoldReason | undefined): void {
    this.#open = open
    const held = hold !== undefined
    this.element.hidden = open.length < 2
    setText(this.#deny, `Deny all ${open.length}`)
    setText(this.#approve, `Approve all ${open.length} once…`)
    for (const each of [this.#deny, this.#approve]) setAttribute(each, 'aria-disabled', String(held))
    if (!this.dialog.open) return
    if (this.#entries().length === 0) this.dialog.close()
    else this.#fill()
    setAttribute(this.#confirm, 'aria-disabled', String(held || !this.#seen))
    setText(this.#hint, this.#seen ? holdWords(hold) : 'Scroll to the end of the list to approve.')
  }

  #entries(): readonly PageQuestion[] {
    return this.#open.filter(({ pending }) => this.#chosen.has(pending.id))
  }

  #begin(): void {
    this.#shown = ''
    this.#chosen = new Set(this.#open.map(({ pending }) => pending.id))
    this.#actions.moved()
    this.dialog.showModal()
    this.#fill()
    this.#title.focus()
  }

  /** Again only when one of them went, and then nothing counts as seen any more. */
  #fill(): void {
    const entries = this.#entries()
    const ids = entries.map(({ pending }) => pending.id).join()
    if (ids === this.#shown) return
    this.#shown = ids
    this.#seen = false
    this.#actions.moved()
    const count = entries.length
    setText(this.#title, count === 1 ? 'Approve this one?' : `Approve these ${count}, each once?`)
    setText(this.#confirm, count === 1 ? 'Approve it once' : `Approve all ${count} once`)
    const isDestructive = entries.some(({ pending }) => pending.facts.risk === 'destructive')
    this.#confirm.classList.toggle('approve-destructive', isDestructive)
    this.#list.replaceChildren(...entries.map(showOne), this.#end)
    this.#list.scrollTop = 0
  }
}

function showOne(entry: PageQuestion): HTMLElement {
  const { facts } = entry.pending
  return make(
    'section',
    { class: 'one' },
    riskBadge(facts.risk),
    make('h3', {}, ...toolName(entry)),
    ...why(facts),
    showArguments(facts.args),
  )
}
