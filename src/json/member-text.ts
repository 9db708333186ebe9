/**
 * Remembers for one member of a message the text that it came as (text.ts), where that text says the same as the
 * value to every reader. So whoever reads the text gets what was judged by the value:
 *
 * - Beside the member only certain others stand, each of them once, so nothing can pass for another message.
 * - There is no line break in it, so it stays one line.
 * - No member in it is given twice; some parsers read the first one where JSON.parse reads the last.
 * - No number in it has another spelling than JSON.stringify's, since the digits that it leaves out may be a secret's.
 *
 * Pure but for what is remembered.
 */
import { isKept, isSpelledSo } from './number.ts'
import { quoted } from './quoted.ts'
import { surveyOf, type JsonSurvey } from './survey.ts'
import { jsonTextOf, keepText } from './text.ts'

/** Shorter ones are printed again, which takes no longer than to look after a text, and leaves nothing of the sender's spelling. */
export const WORTH_KEEPING = 1024

/**
 * Remembers the text of one member of a message, where nothing of the message can pass for something else: beside that
 * member only the `others` stand, none of them twice.
 *
 * @param text of the whole message, of which `survey` is the survey and `message` what it was parsed to
 */
export function keepTextOf(
  name: string,
  others: ReadonlySet<string>,
  { text, survey, message }: { text: string; survey: JsonSurvey; message: Readonly<Record<string, unknown>> },
): void {
  const value = message[name]
  if (text.length < WORTH_KEEPING || typeof value !== 'object' || value === null) return
  const place = memberPlace(name, others, { text, survey, message })
  if (place === undefined || place.end - place.start < WORTH_KEEPING) return
  keepText(value, text.slice(place.start, place.end).trim())
}

/** Where the text of that member stands, with the blanks around it; undefined where something else may be read from it. */
export function memberPlace(
  name: string,
  others: ReadonlySet<string>,
  { text, survey, message }: { text: string; survey: JsonSurvey; message: Readonly<Record<string, unknown>> },
): { readonly start: number; readonly end: number } | undefined {
  if (survey.hasBreaks) return undefined
  const seen = new Set<string>()
  let place: { readonly start: number; readonly end: number } | undefined
  for (const member of survey.outer) {
    if (seen.has(member.name) || (member.name !== name && !others.has(member.name))) return undefined
    seen.add(member.name)
    if (member.name === name) place = member
  }
  if (hasOwnSpelling(text, survey) || membersIn(message) !== survey.members) return undefined
  return place
}

/** The texts of an object's own members by their names, where the object's text is known; of odd names they aren't. */
export function memberTextsOf(value: object): ReadonlyMap<string, string> {
  const text = jsonTextOf(value)
  if (text === undefined) return new Map()
  const plain = surveyOf(text).outer.filter(({ name }) => !name.includes('\\'))
  return new Map(plain.map(({ name, start, end }) => [name, text.slice(start, end).trim()]))
}

/** Where those of an object that stands in a text have theirs, without the blanks around it; of odd names there are none. */
export function outerPlaces(
  text: string,
  place: { readonly start: number; readonly end: number },
): ReadonlyMap<string, { readonly start: number; readonly end: number }> {
  const own = text.slice(place.start, place.end)
  const plain = surveyOf(own).outer.filter(({ name }) => !name.includes('\\'))
  return new Map(
    plain.map(({ name, start, end }) => {
      const value = own.slice(start, end)
      const from = place.start + end - value.trimStart().length
      return [name, { start: from, end: from + value.trim().length }]
    }),
  )
}

/** Remembers the text of a copy that only lacks some members of an object, where the object's text is known. */
export function keepTextOfRest(object: object, rest: object): void {
  const texts = memberTextsOf(object)
  if (texts.size === 0) return
  let text = ''
  for (const name of Object.keys(rest)) {
    const member = texts.get(name)
    if (member === undefined) return
    text += `${text === '' ? '' : ','}${quoted(name)}:${member}`
  }
  keepText(rest, `{${text}}`)
}

/** Of a number. Those that no double keeps are written as they are. */
function hasOwnSpelling(text: string, { numbers }: JsonSurvey): boolean {
  for (let i = 0; i < numbers.length; i += 2) {
    const written = text.slice(numbers[i], numbers[i + 1])
    if (!isSpelledSo(written) && isKept(written)) return true
  }
  return false
}

/** Fewer than in its text where one is given twice. How deeply it is nested is bounded before. */
function membersIn(value: object): number {
  let count = 0
  if (Array.isArray(value)) {
    for (const item of value)
      if (typeof item === 'object' && item !== null) count += membersIn(item as object)
    return count
  }
  for (const member of Object.values(value)) {
    count += 1
    if (typeof member === 'object' && member !== null) count += membersIn(member as object)
  }
  return count
}
