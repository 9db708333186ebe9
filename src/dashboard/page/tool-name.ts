/** What is asked about, by name, wherever the page speaks of it. */
import { foreign, make } from './elements.ts'
import type { Entry } from './questions.ts'

/** The specification's names as they are; anything else in quotes, because it could be a sentence. */
export function toolName({ pending: { facts } }: Entry): Node[] {
  const name = /^[A-Za-z0-9_./-]{1,128}$/.test(facts.tool) ? facts.tool : JSON.stringify(facts.tool)
  return [
    make('span', { class: 'server' }, foreign(facts.server)),
    make('span', { class: 'slash' }, facts.kind === undefined ? ' / ' : ` / ${facts.kind} `),
    make('span', { class: 'tool' }, foreign(name)),
  ]
}
