/**
 * The hash of a call's arguments, by which a call is written down, bound to a human's yes and to its own retry. It is made
 * once, since arguments may be long and never change: a stage that changes them hands on others.
 */
import { canonicalHash } from '../json/canonical.ts'
import type { Call } from './call.ts'

/** SHA-256 of their canonical JSON, as 64 hex digits. @throws TypeError for arguments that have none */
export function argsHash({ args, seen }: Pick<Call, 'args' | 'seen'>): string {
  return seen?.args === args && seen.hash !== null ? seen.hash : canonicalHash(args)
}
