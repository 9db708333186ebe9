/** Shows the name of the tool, prompt or resource of a question, wherever the page names it. */
import type { QuestionFacts } from '../../../approval/facts/question.ts'
import { foreign, make } from '../elements.ts'
import type { PageQuestion } from '../questions.ts'

export function toolName({ pending: { facts } }: PageQuestion): Node[] {
  if (facts.kind !== 'launch') return namesOf(facts)
  const ids = Object.keys(facts.args)
  return [
    make('span', { class: 'slash' }, ids.length === 1 ? 'Start ' : `Start ${ids.length} servers: `),
    make('span', { class: 'tool' }, foreign(ids.join(', '))),
  ]
}

/** The specification's names as they are; anything else in quotes, because it could be a sentence. */
export function namesOf({ server, kind, tool }: Pick<QuestionFacts, 'server' | 'kind' | 'tool'>): Node[] {
  const name = /^[A-Za-z0-9_./-]{1,128}$/.test(tool) ? tool : JSON.stringify(tool)
  return [
    make('span', { class: 'server' }, foreign(server)),
    make('span', { class: 'slash' }, kind === undefined ? ' / ' : ` / ${kind} `),
    make('span', { class: 'tool' }, foreign(name)),
  ]
}
