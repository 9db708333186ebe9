/**
 * The scope of a grant: which ones can be chosen where, and the sentence that says what a human is about to allow.
 * Pure: how a moment is written comes from outside.
 */
import type { GrantOffer, GrantWish, GroupOffer } from '../../../approval/grants/grant-offer.ts'
import type { Grant } from '../../../approval/grants/grants.ts'

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

export function spanChoices({ maxMs }: { readonly maxMs: number }): Choice<number>[] {
  const fitting = SPANS.filter(({ value }) => value <= maxMs)
  return fitting.length > 0 ? fitting : [{ value: maxMs, label: spanWords(maxMs) }]
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

/**
 * Narrow in what is done: what names the target is fixed or within the folder that is meant, or everything is fixed where
 * that isn't known. What destroys is allowed for an hour, ten times; anything else as long and as often as may be, since
 * who says always doesn't want to be asked the same again in an hour.
 */
export function firstWish(offer: GrantOffer): GrantWish {
  const spans = spanChoices(offer)
  const longest = spans.at(-1)?.value ?? offer.maxMs
  const known = (offer.fixedByDefault ?? []).filter((name) => offer.argumentNames.includes(name))
  const isEnough = offer.fixedByDefault !== undefined && (offer.anyArguments || known.length > 0)
  const fixed = isEnough ? known : [...offer.argumentNames]
  const within = Object.fromEntries(
    fixed.flatMap((name) => {
      const folder = own(offer.within, name)?.byDefault
      return folder === undefined ? [] : [[name, folder] as const]
    }),
  )
  return {
    ...limited(fixed, within),
    ...(offer.maxUses === undefined
      ? { ms: longest, uses: undefined }
      : {
          ms: spans.find(({ value }) => value === HOUR)?.value ?? longest,
          uses: Math.min(10, offer.maxUses),
        }),
  }
}

/** What is within a folder isn't fixed. */
export function limited(
  fixed: readonly string[],
  within: Readonly<Record<string, string>>,
): Pick<GrantWish, 'fixed' | 'within'> {
  return {
    fixed: fixed.filter((name) => !Object.hasOwn(within, name)),
    ...(Object.keys(within).length > 0 && { within }),
  }
}

/** Of an argument that is a path: the value alone (undefined), or all below one of the folders. */
export function folderChoices(offer: GrantOffer, name: string): Choice<string | undefined>[] {
  const { folders = [] } = own(offer.within, name) ?? {}
  return [
    { value: undefined, label: 'exactly this' },
    ...folders.map((folder) => ({ value: folder, label: `anything below ${folder}` })),
  ]
}

function own<T>(all: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return all !== undefined && Object.hasOwn(all, name) ? all[name] : undefined
}

/** They only read, so what a person chose is meant to last. */
export function groupWish(group: GroupOffer): GrantWish {
  return { group: true, fixed: [], uses: undefined, ms: group.maxMs }
}

/** "17 tools of github that only read by name: get_*, list_*" */
export function groupParts(
  server: string,
  { tools, patterns }: { readonly tools: readonly unknown[]; readonly patterns: readonly string[] },
): SentencePart[] {
  const count = tools.length
  return [
    {
      kind: 'ours',
      text: count === 1 ? 'the one tool of ' : `all ${count.toLocaleString('en')} tools of `,
    },
    { kind: 'name', text: server },
    { kind: 'ours', text: ` that only read${count === 1 ? 's' : ''} by name: ` },
    ...listed(patterns.map((pattern) => [{ kind: 'name', text: pattern } as const])),
  ]
}

/** Why a wish can't be granted; undefined when it can. */
export function wishProblem(offer: GrantOffer, wish: GrantWish): string | undefined {
  if (wish.group === true) {
    const most = offer.group?.maxMs ?? 0
    return wish.ms > most ? `At most ${spanWords(most)}.` : undefined
  }
  if (!offer.anyArguments && offer.argumentNames.length > 0 && limitedNames(wish).length === 0)
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
  const end: SentencePart = {
    kind: 'ours',
    text: `, until ${until}, ${wish.uses === undefined ? 'any number of times' : `at most ${timesWords(wish.uses)}`}.`,
  }
  if (wish.group === true && offer.group !== undefined)
    return [
      { kind: 'ours', text: 'Always allow ' },
      ...groupParts(tool.server, offer.group),
      { kind: 'ours', text: ', with any arguments' },
      end,
    ]
  const fixed = offer.argumentNames
    .filter((name) => wish.fixed.includes(name))
    .map((name) => [name, JSON.stringify(args[name]) ?? 'null'] as const)
  const free = offer.argumentNames.filter((name) => !limitedNames(wish).includes(name))
  const scope = { fixed, within: wish.within ?? {}, free }
  return [{ kind: 'ours', text: 'Always allow ' }, ...scopeParts(tool, scope), end]
}

export function grantSentence(grant: Grant, until: string): SentencePart[] {
  const fixed = Object.entries(grant.fixed).map(([name, { shown }]) => [name, shown] as const)
  const what =
    grant.group === undefined
      ? scopeParts(grant.subject, { fixed, within: grant.within ?? {}, free: grant.free })
      : groupParts(grant.subject.server, grant.group)
  return [
    ...what,
    {
      kind: 'ours',
      text: `, until ${until}${grant.left === undefined ? '' : `, ${timesWords(grant.left)} more`}`,
    },
  ]
}

export function sentenceText(parts: readonly SentencePart[]): string {
  return parts.map(({ text }) => text).join('')
}

function limitedNames({ fixed, within = {} }: GrantWish): readonly string[] {
  return [...fixed, ...Object.keys(within)]
}

interface Scope {
  readonly fixed: readonly (readonly [string, string])[]
  readonly within: Readonly<Record<string, string>>
  readonly free: readonly string[]
}

function scopeParts(
  { server, tool }: { readonly server: string; readonly tool: string },
  { fixed, within, free }: Scope,
): SentencePart[] {
  const subject: SentencePart[] = [{ kind: 'name', text: `${server} / ${tool}` }]
  const folders = Object.entries(within)
  if (fixed.length === 0 && folders.length === 0 && free.length === 0)
    return [...subject, { kind: 'ours', text: ' without arguments' }]
  const conditions = [
    ...fixed.map(([name, shown]): SentencePart[] => [
      { kind: 'name', text: name },
      { kind: 'ours', text: ' = ' },
      { kind: 'value', text: shortened(shown) },
    ]),
    ...folders.map(([name, folder]): SentencePart[] => [
      { kind: 'name', text: name },
      { kind: 'ours', text: ' below ' },
      { kind: 'value', text: folder },
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

export function spanWords(ms: number): string {
  const known = SPANS.find(({ value }) => value === ms)
  if (known !== undefined) return known.label
  if (ms >= 2 * DAY) return `${Math.floor(ms / DAY)} days`
  if (ms >= 2 * HOUR) return `${Math.floor(ms / HOUR)} hours`
  const minutes = Math.max(1, Math.floor(ms / MINUTE))
  return minutes === 1 ? '1 minute' : `${minutes} minutes`
}
