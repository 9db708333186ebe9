/**
 * JSON.parse, but numbers that a double can't keep arrive with all their digits (number.ts). Few texts hold one, so
 * the others are only looked over (survey.ts). In those that do, a string stands in for each such number on the way
 * through JSON.parse (write.ts); that way exactly the texts that JSON.parse takes are taken.
 *
 * A member called `__proto__` becomes a member like any other. Code that copies a value from here does it by
 * Object.fromEntries, a spread or Object.defineProperty, never by assigning to a name, which would set a prototype.
 */
import { ExactNumber, isKept } from './number.ts'
import { surveyOf, type JsonSurvey } from './survey.ts'
import { RawJson, SIGN } from './write.ts'

/** @param survey of the text, where it is known. @throws SyntaxError */
export function parseJson(text: string, { numbers }: Pick<JsonSurvey, 'numbers'> = surveyOf(text)): unknown {
  let marked = ''
  let done = 0
  for (let i = 0; i < numbers.length; i += 2) {
    const [start = 0, end = 0] = [numbers[i], numbers[i + 1]]
    const written = text.slice(start, end)
    if (isKept(written) || !isNumber(text, written, end)) continue
    marked += `${text.slice(done, start)}"${SIGN}${written}"`
    done = end
  }
  if (done === 0) return JSON.parse(text)
  return JSON.parse(marked + text.slice(done), (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith(SIGN) ? new ExactNumber(value.slice(SIGN.length)) : value,
  )
}

/** The members that are JSON already, parsed; for the few who have to look into them. */
export function parsedMembers(value: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const members = Object.entries(value)
  if (!members.some(([, member]) => member instanceof RawJson)) return value
  return Object.fromEntries(
    members.map(([key, member]) => [key, member instanceof RawJson ? parseJson(member.text) : member]),
  )
}

/** Whether it is one of JSON, and a value: in the place of a member's name only a string may stand, and none may stand in. */
function isNumber(text: string, written: string, end: number): boolean {
  if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(written)) return false
  let at = end
  while (' \t\r\n'.includes(text.charAt(at)) && at < text.length) at++
  return at === text.length || ',]}'.includes(text.charAt(at))
}
