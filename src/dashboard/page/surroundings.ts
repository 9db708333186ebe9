/**
 * Builds what stands around the questions: the heading, the state of the connection, notices, grants, the connected
 * hosts, and questions that are over.
 */
import type { PageState, SidecarInfo } from '../page-wire.ts'
import { foreign, make, setAttribute, setText } from './elements.ts'
import type { ConnectionState } from './guard.ts'
import { denialElements, denialsOf, grantElements, type Endings } from './lasting.ts'
import { untilWords } from './moments.ts'
import { endingWords, type EndedQuestion, type PageQuestion } from './questions.ts'
import { gist } from './question/gist.ts'
import { toolName } from './question/tool-name.ts'
import { askedWords, closingWords, leadWords, statusWords, titleWords } from './words.ts'

export interface SurroundingsView {
  readonly link: ConnectionState
  readonly state: PageState | undefined
  readonly open: number
  /** Yeses that no call has used. */
  readonly unspent: number
  readonly over: readonly EndedQuestion[]
  readonly now: number
}

export class Surroundings {
  readonly #endings: Endings
  readonly #title = make('h1', { tabindex: '-1' })
  readonly #lead = make('p', { class: 'lead' })
  readonly #status = make('p', { class: 'status' })
  readonly #notices = make('div', { class: 'notices', role: 'status' })
  readonly #spoken = make('div', { class: 'unseen', role: 'status', 'aria-live': 'polite' })
  readonly #grants = make('section', { class: 'panel', 'aria-labelledby': 'grants' })
  readonly #denials = make('section', { class: 'panel', 'aria-labelledby': 'denials' })
  readonly #over = make('section', { class: 'panel over', 'aria-labelledby': 'over' })
  readonly #sidecars = make('section', { class: 'panel sidecars', 'aria-labelledby': 'sidecars' })
  readonly #shown = new Map<HTMLElement, string>()
  #closed = false

  constructor(endings: Endings) {
    this.#endings = endings
  }

  attach(root: HTMLElement, questions: readonly HTMLElement[]): void {
    document.querySelector('body > header')?.append(this.#status)
    root.append(this.#spoken, this.#notices, this.#title, this.#lead, ...questions)
    root.append(this.#over, this.#denials, this.#grants, this.#sidecars)
  }

  focus(): void {
    this.#title.focus()
  }

  update({ link, state, open, unspent, over, now }: SurroundingsView): void {
    setAttribute(document.documentElement, 'data-link', link)
    setText(this.#status, statusWords(link))
    if (this.#closed) return
    setText(this.#title, titleWords(link, open, state !== undefined))
    setText(this.#lead, leadWords(link, open, unspent, state !== undefined))
    this.#lead.hidden = this.#lead.textContent === ''
    this.#once(this.#notices, state?.notices ?? [], (notices) =>
      notices.map((notice) => noticeElement(notice)),
    )
    this.#once(this.#over, over, overElements)
    this.#once(this.#grants, state?.grants ?? [], (grants) => grantElements(grants, now, this.#endings))
    this.#once(this.#denials, denialsOf(state), (denied) => denialElements(denied, now, this.#endings))
    this.#once(this.#sidecars, state?.sidecars.map(({ sidecar, more }) => ({ sidecar, more })) ?? [], (all) =>
      sidecarElements(all, now),
    )
  }

  announce(came: readonly PageQuestion[], ended: readonly EndedQuestion[]): void {
    const [first] = came
    if (first !== undefined && came.length === 1) setText(this.#spoken, askedWords(first.pending.facts))
    else if (first !== undefined) setText(this.#spoken, `${came.length} new questions.`)
    else if (ended[0] !== undefined)
      setText(this.#spoken, endingWords(ended[0].how, ended[0].entry.pending.facts.kind))
  }

  /** Nothing can be done here any more; says what happened and what to do. */
  close(reason: string | undefined): void {
    this.#closed = true
    const { title, what, steps } = closingWords(reason)
    setText(this.#title, title)
    this.#lead.hidden = false
    this.#lead.replaceChildren(
      ...what.map((text) => make('p', {}, text)),
      make('h2', {}, 'What to do'),
      make(
        'ol',
        {},
        ...steps.map(([text, command]) =>
          make('li', {}, text, command === undefined ? undefined : make('code', {}, command)),
        ),
      ),
    )
    for (const each of [this.#notices, this.#over, this.#denials, this.#grants, this.#sidecars])
      each.replaceChildren()
    setText(this.#spoken, title)
    this.#title.focus()
  }

  /** Anew only when it changed, so that focus, selection and scrolling stay. */
  #once<T>(
    element: HTMLElement,
    facts: readonly T[],
    show: (facts: readonly T[]) => readonly HTMLElement[],
  ): void {
    const key = JSON.stringify(facts)
    if (this.#shown.get(element) === key) return
    const hadFocus = element.contains(document.activeElement)
    this.#shown.set(element, key)
    element.replaceChildren(...(facts.length === 0 ? [] : show(facts)))
    element.hidden = facts.length === 0
    if (hadFocus) this.focus()
  }
}

function noticeElement(notice: string): HTMLElement {
  return make('p', { class: 'notice' }, foreign(notice))
}

function overElements(over: readonly EndedQuestion[]): HTMLElement[] {
  return [
    make('h2', { id: 'over' }, 'Just now'),
    make(
      'ul',
      {},
      ...over.map(({ entry, how }) =>
        make(
          'li',
          {},
          make(
            'p',
            {},
            make('b', {}, ...toolName(entry)),
            ' ',
            endingWords(how, entry.pending.facts.kind),
            make('span', { class: 'aside' }, gist(entry.pending.facts.args)),
          ),
        ),
      ),
    ),
  ]
}

function sidecarElements(all: readonly { sidecar: SidecarInfo; more: number }[], now: number): HTMLElement[] {
  return [
    make('h2', { id: 'sidecars' }, 'Connected'),
    make(
      'ul',
      {},
      ...all.map(({ sidecar, more }) =>
        make(
          'li',
          {},
          make(
            'p',
            {},
            make('b', {}, foreign(sidecar.host ?? 'A host that has not said its name')),
            ' ',
            make('code', {}, foreign(sidecar.config)),
            make('span', { class: 'aside' }, ` since ${untilWords(sidecar.startedAt, now)}`),
            more > 0 ? ` and ${more} more questions that will appear when these are decided` : undefined,
          ),
        ),
      ),
    ),
  ]
}
