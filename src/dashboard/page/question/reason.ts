/** Shows why a question is asked: in plain words, and in the terms of the rules for those who wrote them. */
import type { QuestionFacts } from '../../../approval/facts/question.ts'
import { foreign, make } from '../elements.ts'
import type { PageQuestion } from '../questions.ts'

export function why({ because, why }: QuestionFacts): HTMLElement[] {
  if (because === undefined)
    return [make('p', { class: 'why' }, make('span', { class: 'label' }, 'Asked because '), foreign(why))]
  return [
    make('p', { class: 'why' }, foreign(because)),
    make('details', { class: 'rule' }, make('summary', {}, 'Which rule asks'), make('p', {}, foreign(why))),
  ]
}

export function whyNoOffer({ pending: { facts } }: PageQuestion): string {
  if (facts.kind === 'launch')
    return 'A yes holds for later starts too, until one of them wants more than this. Take it back with: sidemux trust --revoke SERVER'
  return facts.changes.length > 0
    ? `“Always allow” isn’t offered: this ${facts.kind ?? 'tool'} changed since it was first seen.`
    : '“Always allow” isn’t offered for this call.'
}
