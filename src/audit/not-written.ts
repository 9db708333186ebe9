/**
 * The error of a record that the audit log did not take. It has a class of its own, so that whoever waits for a record
 * can tell a full disk from a defect of ours: people can mend the first, and must not be sent to their disk for the second.
 */
import { SidemuxError, systemErrorCode } from '../errors.ts'

/** The log can't be written now. Its message and hint are ours. */
export class NotWritten extends SidemuxError {}

export const ROOM = 'make room on the disk of the state directory'

/** A `NotWritten` where the system or the log itself refused; anything else is a defect, and says so. */
export function appendFailure(error: unknown): SidemuxError {
  if (error instanceof NotWritten) return error
  if (error instanceof SidemuxError)
    return new NotWritten(error.message, {
      ...(error.hint !== undefined && { hint: error.hint }),
      cause: error,
    })
  const code = systemErrorCode(error)
  if (code === undefined)
    return new SidemuxError('a record could not be made for the audit log', { cause: error })
  return new NotWritten(`the audit log could not be written (${code})`, {
    hint:
      code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG'
        ? ROOM
        : 'fix the permissions of the state directory',
    cause: error,
  })
}
