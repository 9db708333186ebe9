/**
 * Reports what a server reached for and was refused: by a line of the log, which stderr shows too, and by a record of the
 * audit log. Masked, since the server chose the name.
 */
import { refusedText, type RefusedPlace } from '../../egress/refused-places.ts'
import type { Logger } from '../../log.ts'
import type { Redactor } from '../../redact/redactor.ts'
import type { Journal } from '../journal.ts'

export function tellRefused(
  place: RefusedPlace,
  journal: Pick<Journal, 'note'>,
  log: Logger,
  redactor: Pick<Redactor, 'maskJson'>,
): void {
  const { message, hint } = redactor.maskJson(refusedText(place)).value
  const { server, at: _at, ...facts } = redactor.maskJson(place).value
  journal.note('server', { phase: 'refused', server, ...facts })
  log.warn({ server, ...facts }, `${message} (${hint})`)
}
