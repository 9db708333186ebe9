/**
 * Ranks tools by a query, with MiniSearch (BM25+). What it has made of the tools is
 * kept until they are others. It judges nothing: whose tools may be found is decided by who asks.
 */
import MiniSearch from 'minisearch'
import type { Entry } from '../../catalog/offers/select.ts'
import { isRecord, member } from '../../json/record.ts'
import type { FoundTools, WantedTools } from './answer.ts'
import { queryWords, searchWords, type QueryWord } from './search-words.ts'

/** What of a tool is looked through; the index in the list is its id. */
interface ToolTexts {
  readonly id: number
  readonly name: string
  readonly server: string
  readonly title: string
  /** The first sentence of the description, which says what the tool is for. */
  readonly summary: string
  readonly more: string
  readonly arguments: string
}

/** Of one tool: its server could fill a description with every word there is. */
const MAX_SUMMARY = 300
const MAX_DESCRIPTION = 1500
const MAX_ARGUMENTS = 1500
const BOOST = { name: 3, title: 1, summary: 2, more: 0.4, server: 2, arguments: 0.3 }
/** How much a word counts that only means the same as one that was asked for. */
const ALIKE = 0.3
/** One that only begins so, or has a slip in it. */
const INEXACT = { prefix: 0.5, fuzzy: 0.3 }
const SLIPS = 0.2
/** A tool that has only some of the words counts so much less: this share is sure. */
const SURE = 0.4
const BM25 = { k: 1.2, b: 0.5, d: 0.5 }

export class ToolIndex {
  #made: { readonly entries: readonly Entry[]; readonly index: MiniSearch<ToolTexts> } | undefined

  search(entries: readonly Entry[], { query, server, limit }: WantedTools): FoundTools {
    const of = (entry: Entry): boolean => server === undefined || entry.target.server === server
    const exact = entries.filter((entry) => of(entry) && isNamed(entry, query))
    const index = this.#indexOf(entries)
    const ranked = query.trim() === '' ? entries.filter(of) : this.#ranked(index, entries, query).filter(of)
    const all = [...new Set([...exact, ...ranked])]
    return { tools: all.slice(0, limit), total: all.length }
  }

  #ranked(index: MiniSearch<ToolTexts>, entries: readonly Entry[], query: string): readonly Entry[] {
    const words = queryWords(query)
    const asked = new Set(words.map(({ word }) => word))
    const terms = new Set(words.flatMap(({ word, alike }) => [word, ...alike]))
    const found = index.search([...terms].join(' '), {
      tokenize: (text) => text.split(' '),
      boost: BOOST,
      bm25: BM25,
      weights: INEXACT,
      prefix: (term) => term.length > 3,
      fuzzy: (term) => (term.length > 4 ? SLIPS : false),
      boostTerm: (term) => (asked.has(term) ? 1 : ALIKE),
    })
    return found
      .map(({ id, score, queryTerms }) => ({
        id: Number(id),
        score: score * share(words, new Set(queryTerms)),
      }))
      .toSorted((a, b) => b.score - a.score || a.id - b.id)
      .flatMap(({ id }) => entries[id] ?? [])
  }

  #indexOf(entries: readonly Entry[]): MiniSearch<ToolTexts> {
    const made = this.#made
    if (made !== undefined && isSame(made.entries, entries)) return made.index
    const index = new MiniSearch<ToolTexts>({
      fields: Object.keys(BOOST),
      tokenize: (text) => [...searchWords(text)],
      processTerm: (term) => term,
    })
    index.addAll(entries.map((entry, id) => textsOf(entry, id)))
    this.#made = { entries, index }
    return index
  }
}

/** By how many of the words it has, or others for them. */
function share(words: readonly QueryWord[], has: ReadonlySet<string>): number {
  const met = words.filter(({ word, alike }) => has.has(word) || alike.some((like) => has.has(like)))
  return SURE + (1 - SURE) * (met.length / words.length)
}

function isNamed({ target: { emitted, name } }: Entry, query: string): boolean {
  const asked = query.trim().toLowerCase()
  return emitted.toLowerCase() === asked || name.toLowerCase() === asked
}

function isSame(a: readonly Entry[], b: readonly Entry[]): boolean {
  return a.length === b.length && a.every((entry, index) => entry === b[index])
}

function textsOf({ target, listed = {} }: Entry, id: number): ToolTexts {
  const { title, description, inputSchema } = listed
  return {
    id,
    name: target.name,
    server: target.server,
    title: typeof title === 'string' ? title : '',
    ...described(typeof description === 'string' ? description.trim() : ''),
    arguments: argumentWords(inputSchema).slice(0, MAX_ARGUMENTS),
  }
}

function described(description: string): Pick<ToolTexts, 'summary' | 'more'> {
  const [line = ''] = description.slice(0, MAX_SUMMARY).split('\n')
  const summary = /^.*?[.!?](?=\s)/.exec(line)?.[0] ?? line
  return { summary, more: description.slice(summary.length, MAX_DESCRIPTION) }
}

/** Names of arguments, and what is said of them. */
function argumentWords(schema: unknown): string {
  const properties = member(schema, 'properties')
  if (!isRecord(properties)) return ''
  return Object.entries(properties)
    .map(([name, about]) => {
      const said = member(about, 'description')
      return `${name} ${typeof said === 'string' ? said : ''}`
    })
    .join(' ')
}
