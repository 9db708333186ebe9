/**
 * The scope of a grant: which ones can be chosen where, and the sentence that says what a human is about to allow.
 * Pure: how a moment is written comes from outside.
 */
import type { GrantOffer, GrantWish } from '../../approval/grantOffer.ts'
import type { Grant } from '../../approval/grants.ts'

export interface Choice<T> {
  readonly value: T
  readonly label: string
}

/** A sentence in parts, so that names and values, which come from elsewhere, stand out of our words. */
export interface SentencePart {
  readonly kind: 'ours' | 'name' | 'value'
  readonly text: string
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const SPANS: readonly Choice<number>[] = [
  { value: 15 * MINUTE, label: '15 minutes' },
  { value: HOUR, label: '1 hour' },
  { value: 8 * HOUR, label: '8 hours' },
  { value: DAY, label: '1 day' },
  { value: 7 * DAY, label: '7 days' },
  { value: 30 * DAY, label: '30 days' },
]
const USES = [1, 5, 10, 20, 100]
/** A value longer than this is quoted by its two ends and its length; it stands in full among the arguments. */
const LONG_VALUE = 72

export function spanChoices(offer: GrantOffer): Choice<number>[] {
  const fitting = SPANS.filter(({ value }) => value <= offer.maxMs)
  return fitting.length > 0 ? fitting : [{ value: offer.maxMs, label: spanWords(offer.maxMs) }]
}

/** `undefined` stands for any number. */
export function useChoices(offer: GrantOffer): Choice<number | undefined>[] {
  const { maxUses } = offer
  const counted = [...new Set([...USES, ...(maxUses === undefined ? [] : [maxUses])])]
    .filter((uses) => maxUses === undefined || uses <= maxUses)
    .toSorted((a, b) => a - b)
    .map((uses) => ({ value: uses, label: timesWords(uses) }))
  return maxUses === undefined ? [...counted, { value: undefined, label: 'any number of times' }] : counted
}

/** The narrowest: everything fixed, an hour, ten times. */
export function firstWish(offer: GrantOffer): GrantWish {
  const spans = spanChoices(offer)
  return {
    fixed: [...offer.argumentNames],
    ms: spans.find(({ value }) => value === HOUR)?.value ?? spans.at(-1)?.value ?? offer.maxMs,
    uses: Math.min(10, offer.maxUses ?? 10),
  }
}

/** Why a wish can't be granted; undefined when it can. */
export function wishProblem(offer: GrantOffer, wish: GrantWish): string | undefined {
  if (!offer.anyArguments && offer.argumentNames.length > 0 && wish.fixed.length === 0)
    return `A ${offer.risk} tool is never allowed with any arguments: keep at least one as it is.`
  if (wish.ms > offer.maxMs) return `At most ${spanWords(offer.maxMs)}.`
  if (offer.maxUses !== undefined && (wish.uses ?? Infinity) > offer.maxUses)
    return `At most ${timesWords(offer.maxUses)}.`
  return undefined
}

export function wishSentence(
  tool: { readonly server: string; readonly tool: string },
  args: Readonly<Record<string, unknown>>,
  offer: GrantOffer,
  wish: GrantWish,
  until: string,
): SentencePart[] {
  const fixed = offer.argumentNames
    .filter((name) => wish.fixed.includes(name))
    .map((name) => [name, JSON.stringify(args[name]) ?? 'null'] as const)
  const free = offer.argumentNames.filter((name) => !wish.fixed.includes(name))
  return [
    { kind: 'ours', text: 'Always allow ' },
    ...scopeParts(tool, fixed, free),
    {
      kind: 'ours',
      text: `, until ${until}, ${wish.uses === undefined ? 'any number of times' : `at most ${timesWords(wish.uses)}`}.`,
    },
  ]
}

export function grantSentence(grant: Grant, until: string): SentencePart[] {
  const fixed = Object.entries(grant.fixed).map(([name, { shown }]) => [name, shown] as const)
  return [
    ...scopeParts(grant.subject, fixed, grant.free),
    {
      kind: 'ours',
      text: `, until ${until}${grant.left === undefined ? '' : `, ${timesWords(grant.left)} more`}`,
    },
  ]
}

export function sentenceText(parts: readonly SentencePart[]): string {
  return parts.map(({ text }) => text).join('')
}

function scopeParts(
  { server, tool }: { readonly server: string; readonly tool: string },
  fixed: readonly (readonly [string, string])[],
  free: readonly string[],
): SentencePart[] {
  const subject: SentencePart[] = [{ kind: 'name', text: `${server} / ${tool}` }]
  if (fixed.length === 0 && free.length === 0)
    return [...subject, { kind: 'ours', text: ' without arguments' }]
  const conditions = [
    ...fixed.map(([name, shown]): SentencePart[] => [
      { kind: 'name', text: name },
      { kind: 'ours', text: ' = ' },
      { kind: 'value', text: shortened(shown) },
    ]),
    ...free.map((name): SentencePart[] => [
      { kind: 'ours', text: 'any ' },
      { kind: 'name', text: name },
    ]),
  ]
  return [...subject, { kind: 'ours', text: ' with ' }, ...listed(conditions)]
}

function listed(items: readonly (readonly SentencePart[])[]): SentencePart[] {
  return items.flatMap((item, index) =>
    index === 0 ? [...item] : [{ kind: 'ours', text: ', ' } as const, ...item],
  )
}

function shortened(json: string): string {
  const characters = Array.from(json)
  if (characters.length <= LONG_VALUE) return json
  const [start, end] = [characters.slice(0, 40).join(''), characters.slice(-20).join('')]
  return `${start} … ${end} (${characters.length.toLocaleString('en')} characters, exactly as now)`
}

function timesWords(times: number): string {
  return times === 1 ? 'once' : times === 2 ? 'twice' : `${times.toLocaleString('en')} times`
}

function spanWords(ms: number): string {
  if (ms >= 2 * DAY) return `${Math.floor(ms / DAY)} days`
  return ms >= 2 * HOUR ? `${Math.floor(ms / HOUR)} hours` : `${Math.max(1, Math.floor(ms / MINUTE))} minutes`
}
