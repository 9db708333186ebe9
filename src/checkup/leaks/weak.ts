/**
 * Secrets that are no better than ordinary text: masking them garbles results, and every other server's call that says
 * them is stopped. Told before it hurts, and never with the value.
 */
import { weaknessOf } from '../../secrets/parts/usual-setting.ts'
import type { Mark } from '../../config/problem.ts'
import type { LocalUse } from './local-values.ts'

export const WEAK =
  'what any result says of it is masked, and what any other server is to be told of it is stopped'

/** @param reference as written: `${team:/x}`. */
export function weakHint(reference: string): string {
  return `if it is no secret, write ${reference.replace('${', '${plain:')}; else replace it by a longer one where it was made`
}

export function weakMark({ server, field, part, length, value }: LocalUse): readonly Mark[] {
  if (length !== 'ok' || value === undefined) return []
  const weakness = weaknessOf(value.reveal())
  if (weakness === undefined) return []
  const message = `the value of ${part.text} ${weakness}: ${WEAK}`
  return [{ ...server.fieldPosition(field), severity: 'warning', message, hint: weakHint(part.text) }]
}
