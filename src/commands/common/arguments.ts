/** `--args JSON`: the arguments of a tool, as a host would send them. */
import { SidemuxError } from '../../errors.ts'
import { parseJson } from '../../json/parse.ts'
import { isRecord, type JsonObject } from '../../json/record.ts'

/** @throws SidemuxError with exit code 2; it doesn't repeat what was typed. */
export function toolArguments(text: string): JsonObject {
  let value: unknown
  try {
    value = parseJson(text)
  } catch {
    value = undefined
  }
  if (!isRecord(value)) {
    throw new SidemuxError('--args is not a JSON object', {
      hint: `write for example --args '{"path": "notes.txt"}'`,
      exitCode: 2,
    })
  }
  return value
}
