/**
 * `#field` where a store has no fields of its own: the value is JSON, and the field is a path of keys and array
 * indexes with dots between them. JSON.parse quotes the text in its errors, so none of them is passed on.
 */
import { failure, type StoreAnswer } from '../store.ts'

/** `value` itself when no field is asked for. `what` names it in an error: `team:/github/KEY`. */
export function pickField(
  value: string,
  field: string | undefined,
  what: string,
  version?: string,
): StoreAnswer {
  const answer = (value: string): StoreAnswer => ({
    ok: true,
    value,
    ...(version === undefined ? {} : { version }),
  })
  if (field === undefined) return answer(value)
  let found: unknown
  try {
    found = JSON.parse(value)
  } catch {
    return failure('invalid_reference', `${what} is not JSON, so it has no field "${field}"`, {
      hint: `drop #${field} to use the whole value`,
    })
  }
  for (const key of field.split('.')) {
    if (found === null || typeof found !== 'object' || !Object.hasOwn(found, key)) {
      return failure('not_found', `the JSON in ${what} has no field "${field}"`, {
        hint: 'correct the field after the #; write a dot between nested keys',
      })
    }
    found = (found as Record<string, unknown>)[key]
  }
  if (typeof found === 'string') return answer(found)
  // Any other number may have lost digits when it was parsed.
  if (typeof found === 'boolean' || Number.isSafeInteger(found)) return answer(String(found))
  return failure('invalid_reference', `field "${field}" of ${what} is not a text`, {
    hint:
      typeof found === 'number'
        ? 'put the number in quotes, so that no digit is lost'
        : 'name a text inside it, with a dot between nested keys',
  })
}
