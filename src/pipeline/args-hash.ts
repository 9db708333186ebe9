/**
 * The hash of a call's arguments, by which a call is written down, bound to a human's yes and to its own retry. It is made
 * once, since arguments may be long and never change: a stage that changes them hands on others.
 */
import { hashOnce, knownCanonical } from '../json/canonical.ts'
import type { Call } from './call.ts'

/** SHA-256 of their canonical JSON, as 64 hex digits. @throws TypeError for arguments that have none */
export function argsHash({ args }: Pick<Call, 'args'>): string {
  return hashOnce(args)
}

/** Their canonical JSON where it is short and their hash was wanted before. */
export function shortArgsText({ args }: Pick<Call, 'args'>): string | undefined {
  return knownCanonical(args)
}
