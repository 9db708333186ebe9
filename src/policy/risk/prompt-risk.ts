/**
 * Judges how much harm using a prompt can do (promise 4). A prompt is a text that its server makes for the model
 * (2025-11-25 server/prompts), and there is no claim by which a server could say more, so its name and its arguments
 * decide; pure.
 *
 *   destructive  the name destroys: `delete_everything`
 *   write        the name does something to others: `send_mail`. What a text is written about is no such thing
 *                (`write_tests`, `fix_bug`, `create-commit-message`): the model is told to do it, and is asked then
 *   unknown      it runs what an argument says, or is called in letters that can't be compared
 *   read         anything else
 */
import { readArguments } from './arguments.ts'
import { COMPOSING, NOUNS_TOO } from '../words/lexicon.ts'
import type { Risk } from './risk.ts'
import { isComparable, readName, takesWork, nameWords } from '../words/words.ts'

export function classifyPrompt(name: string, argumentNames: readonly string[] = []): Risk {
  // `write_and_send`: the text is about the first, and the second may be done with it.
  const parts = name.split(/(?<![A-Za-z])(?:and|then|plus)(?![A-Za-z])|(?<=[a-z])(?:And|Then|Plus)(?=[A-Z])/)
  const further = parts.length === 1 ? [] : parts.filter((part) => /[A-Za-z]/.test(part))
  const said = further
    .map((part) => readName(part))
    .find(({ says, word }) => says === 'changes' && !COMPOSING.has(word))
  const risk = classifyWhole(name, argumentNames)
  return risk.class === 'read' && said !== undefined
    ? { class: 'write', why: `it says "${said.word}"` }
    : risk
}

function classifyWhole(name: string, argumentNames: readonly string[]): Risk {
  if (!isComparable(name))
    return { class: 'unknown', why: "it is called in letters that can't be compared with known words" }
  const { says, word } = readName(name)
  if (says === 'destroys') return { class: 'destructive', why: `it says "${word}"` }
  const [first = ''] = nameWords(name)
  const isDraft = first === 'draft' && NOUNS_TOO.has(word)
  if (says === 'changes' && !COMPOSING.has(word) && !isDraft)
    return { class: 'write', why: `it says "${word}"` }
  if (says === 'runs' && argumentNames.length > 0) return { class: 'unknown', why: `it runs ${word}` }
  // `explain_command` reads what it is given, and `query` does it; further words are what a text is about.
  const args = argumentNames.map((argument) => ({ name: argument }))
  if ((says !== 'reads' || takesWork(first)) && readArguments(first, args)?.says === 'runs')
    return { class: 'unknown', why: 'it runs what an argument says' }
  return { class: 'read', why: 'a prompt is a text for the model' }
}
