/**
 * Characters that nobody sees and a model reads all the same: zero width, turned direction, tags, variation selectors,
 * controls and what drives a terminal. What servers list crosses without them (promise 7 names it), because a
 * description that a human accepted must be the one that he saw. What scripts and emoji are written with stays: joiners
 * between letters that join, marks beside letters that run from right to left, a selector or a joiner of an emoji. Pure.
 */
import { isRecord, type JsonObject } from '../json/record.ts'

const HIDES = String.raw`[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]`
/** Scripts whose letters change their shape beside others (Unicode core specification, 9 and 12 to 17). */
const JOINING_SCRIPTS =
  'Arabic Syriac Nko Mandaic Mongolian Phags_Pa Adlam Hanifi_Rohingya Devanagari Bengali Gurmukhi Gujarati Oriya Tamil ' +
  'Telugu Kannada Malayalam Sinhala Khmer Myanmar Tibetan Balinese Javanese Newa Grantha Kaithi'
const JOINING = `[${JOINING_SCRIPTS.replaceAll(/\w+/g, (script) => `\\p{Script=${script}}`).replaceAll(' ', '')}]`
const RIGHT_TO_LEFT = String.raw`[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]`
const EMOJI = String.raw`\p{Extended_Pictographic}`
const MARK = String.raw`[\u200E\u200F\u061C]`

/** What hides and is how something that is seen is written. */
const WRITTEN = [
  // \t \n, and \r in front of \n.
  String.raw`[\t\n]|\r(?=\n)`,
  // The flags of England, Scotland and Wales: the only tags that emoji have (Unicode emoji, RGI).
  String.raw`(?<=\u{1F3F4})\u{E0067}\u{E0062}(?:\u{E0065}\u{E006E}\u{E0067}|\u{E0073}\u{E0063}\u{E0074}|\u{E0077}\u{E006C}\u{E0073})\u{E007F}`,
  String.raw`(?<=[${EMOJI}\p{Emoji_Modifier}\uFE0F])\u200D(?=${EMOJI})`,
  String.raw`(?<=${EMOJI})[\uFE0E\uFE0F](?![\uFE00-\uFE0F])`,
  String.raw`(?<=[0-9#*])\uFE0F(?=\u20E3)`,
  String.raw`(?<=${JOINING})[\u200C\u200D](?!${HIDES})`,
  String.raw`(?<=${RIGHT_TO_LEFT})${MARK}(?!${HIDES})|(?<!${HIDES})${MARK}(?=${RIGHT_TO_LEFT})`,
  String.raw`(?<=\p{Script=Mongolian})[\u180B-\u180F]`,
  // Signs in front of numbers, which are seen (Prepended_Concatenation_Mark).
  String.raw`[\u0600-\u0605\u06DD\u070F\u0890\u0891\u08E2\u{110BD}\u{110CD}]`,
].join('|')
/** What a terminal takes for an order, with its text (ECMA-48: CSI, OSC and other strings, single ones). */
const ORDERS = String.raw`(?:\u001B\[|\u009B)[0-?]*[ -/]*[@-~]|(?:\u001B[\]PX^_]|[\u0090\u0098\u009D-\u009F])[^\u0007\u001B\u009C]*(?:\u0007|\u009C|\u001B\\)|\u001B[ -/]*[0-Z\\^-~]`
const ANY = new RegExp(HIDES, 'u')
const EACH = new RegExp(`(?<written>${WRITTEN})|(?<order>${ORDERS})|(?<alone>${HIDES})`, 'gu')

/** What was found, for people: code points in order, and what tag characters spell. */
export class Unseen {
  readonly #points = new Set<string>()
  #tags = ''

  note(text: string): void {
    for (const character of text) {
      const point = character.codePointAt(0) ?? 0
      const isTag = point >= 0xe0020 && point <= 0xe007e
      if (isTag && this.#tags.length < MAX_TAGS) this.#tags += String.fromCharCode(point - 0xe0000)
      if (this.#points.size < MAX_POINTS && ANY.test(character)) this.#points.add(pointOf(character))
    }
  }

  /** Half a sentence; undefined where nothing was found. */
  get words(): string | undefined {
    if (this.#points.size === 0) return undefined
    const more = this.#points.size === MAX_POINTS ? ', …' : ''
    const spelt = this.#tags === '' ? '' : `, and in tag characters "${this.#tags}"`
    return `nobody sees them: ${[...this.#points].join(', ')}${more}${spelt}`
  }
}

const MAX_POINTS = 8
const MAX_TAGS = 200

/** Of a text, what can be seen. */
export function withoutUnseen(text: string, found?: Unseen): string {
  return replaced(text, found, (all) => (all === '\r' ? '\n' : ''))
}

/** Of a name or a value, which has to differ from others and to be found again: each written out as `‹U+200B›`. */
export function writtenOut(text: string, found?: Unseen): string {
  return mapUnseen(text, (one) => `‹${pointOf(one)}›`, found)
}

/** Of a regular expression (ECMA-262), which means the same. */
export function escaped(pattern: string): string {
  return mapUnseen(pattern, (one) => one.split('').map(escapedUnit).join(''))
}

function escapedUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Each character that can't be seen as something else. */
export function mapUnseen(text: string, change: (character: string) => string, found?: Unseen): string {
  return replaced(text, found, (all) =>
    Array.from(all, (one) => (isUnseen(one) ? change(one) : one)).join(''),
  )
}

export function holdsUnseen(text: string): boolean {
  return ANY.test(text) && withoutUnseen(text) !== text
}

/**
 * All strings of a value; the same object where nothing hides. Keys are written out, so that none becomes another.
 * Nesting is bounded by framing.ts.
 */
export function mapStrings<T>(value: T, change: Change, found?: Unseen): T {
  return map(value, change, found) as T
}

type Change = (text: string, found?: Unseen) => string

function map(value: unknown, change: Change, found: Unseen | undefined): unknown {
  if (typeof value === 'string') return change(value, found)
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => map(item, change, found))
    return items.every((item, index) => item === value[index]) ? value : items
  }
  return isRecord(value) ? mapMembers(value, change, found) : value
}

function mapMembers(object: JsonObject, change: Change, found: Unseen | undefined): JsonObject {
  let isSame = true
  const now = Object.entries(object).map(([key, member]) => {
    const to = [writtenOut(key, found), map(member, change, found)] as const
    isSame &&= to[0] === key && to[1] === member
    return to
  })
  return isSame ? object : Object.fromEntries(now)
}

function replaced(text: string, found: Unseen | undefined, by: (all: string) => string): string {
  if (!ANY.test(text)) return text
  return text.replace(EACH, (all: string, ...rest: unknown[]) => {
    const { written } = rest.at(-1) as { readonly written?: string }
    if (written !== undefined) return all
    found?.note(all)
    return by(all)
  })
}

function isUnseen(character: string): boolean {
  return ANY.test(character)
}

function pointOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
}
