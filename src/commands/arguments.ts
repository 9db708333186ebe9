/** `--args JSON`: the arguments of a tool, as a host would send them. */
import { SidemuxError } from '../errors.ts'
import { ExactNumber } from '../json/number.ts'
import { parseJson } from '../json/parse.ts'

/** @throws SidemuxError with exit code 2; it doesn't repeat what was typed. */
export function toolArguments(text: string): Record<string, unknown> {
  let value: unknown
  try {
    value = parseJson(text)
  } catch {
    value = undefined
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value) || value instanceof ExactNumber) {
    throw new SidemuxError('--args is not a JSON object', {
      hint: `write for example --args '{"path": "notes.txt"}'`,
      exitCode: 2,
    })
  }
  return value as Record<string, unknown>
}
