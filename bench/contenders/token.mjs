// Made-up secrets that look like real ones: what they have in common with other texts is what it costs to look for them.
import { createHash } from 'node:crypto'

/** The same for the same number, in every run. */
export const tokenOf = (number) =>
  `ghp_${createHash('sha256').update(`bench ${number}`).digest('base64url').slice(0, 36)}`
