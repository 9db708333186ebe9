/**
 * Reports which file its sandbox kept from a server: by a line of the log, which stderr shows too, and by a record of the
 * audit log. Masked, since the server chose the name.
 */
import { denialText, type FileDenial } from '../../confine/denied/denial.ts'
import type { Logger } from '../../log.ts'
import type { Redactor } from '../../redact/redactor.ts'
import type { Journal } from '../journal.ts'

export function tellDenied(
  denial: FileDenial,
  journal: Pick<Journal, 'note'>,
  log: Logger,
  redactor: Pick<Redactor, 'maskJson'>,
): void {
  const { message, hint } = redactor.maskJson(denialText(denial)).value
  const { server, path, setting } = redactor.maskJson(denial).value
  journal.note('server', { phase: 'denied', server, path, setting })
  log.warn({ server, event: 'denied', hint }, message)
}
