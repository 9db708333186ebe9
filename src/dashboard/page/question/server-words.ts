/**
 * Shows a server's own description of its tool or prompt, and how it changed since it was first seen. It is set apart
 * from what will run and marked as unchecked, because the server may want to mislead.
 */
import { foreign, make } from '../elements.ts'
import type { PageQuestion } from '../questions.ts'
import { showChange } from '../values/show-values.ts'

export function changeHint({ pending: { facts } }: PageQuestion): HTMLElement | undefined {
  if (facts.changes.length === 0) return undefined
  const names = facts.changes.map(({ member }) => member).join(', ')
  return make(
    'p',
    { class: 'changed' },
    make('strong', {}, `This ${facts.kind ?? 'tool'} changed since it was first seen: `),
    foreign(names),
    '. What it was and what it is now stands below.',
  )
}

/** Below the buttons, so that nothing a server wrote stands between what will run and the decision. */
export function serverWords({ pending: { facts } }: PageQuestion): HTMLElement | undefined {
  const { description = '', changes } = facts
  // The difference shows a changed description whole.
  const isShown = description.trim() === '' || changes.some(({ member }) => member === 'description')
  if (isShown && changes.length === 0) return undefined
  return make(
    'section',
    { class: 'server-words', role: 'group', 'aria-label': 'What the server says, unchecked' },
    make('h3', {}, 'The server says (unchecked)'),
    ...changes.flatMap(({ member, before, after }) => [
      make(
        'h4',
        {},
        foreign(member),
        before === undefined ? ', new' : after === undefined ? ', gone' : ', changed',
      ),
      showChange(member, before, after),
    ]),
    isShown ? undefined : make('blockquote', { tabindex: '0' }, foreign(description, 'several')),
  )
}
