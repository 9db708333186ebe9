/** Reads what a host wants called through the one tool that calls: name and arguments, as if it had called directly. Pure. */
import { isRecord, type JsonObject } from '../json/record.ts'
import { parseJson } from '../json/parse.ts'
import { surveyOf } from '../json/survey.ts'
import { MAX_NESTING } from '../wire/framing.ts'

export interface InnerCall {
  readonly name: string
  readonly args: JsonObject
}

/** The call, or what is wrong, in words that quote nothing. */
export function innerCall(args: JsonObject): InnerCall | string {
  const { name, arguments: given } = args
  if (typeof name !== 'string' || name === '') return 'name is required: the name of a tool, as it was found'
  const odd = Object.keys(args).find((key) => key !== 'name' && key !== 'arguments')
  // A model that puts them beside the name would call without them, and wonder.
  if (odd !== undefined) return 'the arguments of the tool belong into arguments, as one JSON object'
  const inner = typeof given === 'string' ? parsed(given) : (given ?? {})
  return isRecord(inner) ? { name, args: inner } : 'arguments is not a JSON object'
}

function parsed(text: string): unknown {
  if (text.trim() === '') return {}
  const survey = surveyOf(text)
  // As for what stands in a line itself.
  if (survey.depth > MAX_NESTING) return undefined
  try {
    return parseJson(text, survey)
  } catch {
    return undefined
  }
}
