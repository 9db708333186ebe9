/** What the page says of itself is what is the case; a page that can decide nothing never says that something waits. */
import { expect, it } from 'vitest'
import type { QuestionFacts } from '../../src/approval/facts/question.ts'
import { askedWords, closingWords, leadWords, titleWords } from '../../src/dashboard/page/words.ts'

it.each<[string, Parameters<typeof leadWords>, RegExp, RegExp]>([
  ['nothing is known yet', ['connecting', 0, 0, false], /moment/, /^$/],
  ['nothing waits', ['live', 0, 0, true], /Nothing waits/, /appears here/],
  ['one waits', ['live', 1, 0, true], /^One question/, /^$/],
  ['several wait, and a yes is unspent', ['live', 3, 1, true], /^3 questions/, /^$/],
  ['one yes is unspent', ['live', 0, 1, true], /Nothing waits/, /^One yes/],
  ['several are', ['live', 0, 2, true], /Nothing waits/, /^2 yeses/],
  ['the connection is lost, whatever waits', ['lost', 3, 1, true], /No connection/, /Nothing can be decided/],
  ['it never was there', ['lost', 0, 0, false], /No connection/, /Nothing can be decided/],
])('%s', (_when, [link, open, unspent, known], title, lead) => {
  expect(titleWords(link, open, known)).toMatch(title)
  expect(leadWords(link, open, unspent, known)).toMatch(lead)
})

it.each<[string | undefined, RegExp, readonly (string | undefined)[]]>([
  ['voided', /used a second time/, [undefined, undefined, 'sidemux approvals', 'sidemux audit show']],
  ['caller', /another process/, [undefined, 'sidemux approvals']],
  ['session', /session has ended/, [undefined, 'sidemux approvals']],
  [undefined, /session has ended/, [undefined, 'sidemux approvals']],
])(
  'a page that is over because of %s says what happened, and where to decide instead',
  (why, what, commands) => {
    const words = closingWords(why)
    expect(words.what.join(' ')).toMatch(what)
    expect(words.steps.map(([, command]) => command)).toEqual(commands)
  },
)

it.each<[QuestionFacts['kind'], string, string]>([
  [undefined, 'run_sql', 'may db run run_sql?'],
  ['prompt', 'review', 'may the prompt review of db be used?'],
  ['resource', 'db://users', 'may db://users of db be read?'],
  ['sampling', 'sampling', 'may db have your model write for it?'],
])('a question about a %s is announced as that', (kind, tool, words) => {
  const facts = { server: 'db', tool, risk: 'write', why: '', args: {}, changes: [] }
  expect(askedWords(kind === undefined ? facts : { ...facts, kind })).toBe(
    `New question: ${words} Risk: write.`,
  )
})
