/**
 * The smallest policy that lets a login do what a server needs. A policy is never wider than the references it is made
 * for: what the back end's policies can't name exactly is refused, and where a back end can't divide further (one key of
 * a secret, one dynamic secret of a folder) a note says so.
 */
import { SidemuxError } from '../../errors.ts'
import { visibleLine } from '../../visible.ts'
import { traitsOf } from '../stores/traits.ts'
import type { Need, WantedSecret } from './needs.ts'
import { showStore } from './needs.ts'

export const FORMATS = ['infisical', 'vault', 'aws', 'azure', 'gcp'] as const
export type Format = (typeof FORMATS)[number]

export function formatOf(type: string): Format | undefined {
  return traitsOf(type).policy
}

export interface Policy {
  /** HCL or a script; or a document, to be shown as JSON. */
  readonly policy: string | Readonly<Record<string, unknown>>
  /** Sentences for the person who gives the rights. */
  readonly notes: readonly string[]
}

/** A name as it is, where nothing in it can mean more than itself. @throws SidemuxError */
export function exactly(
  { server, store }: Pick<Need, 'server' | 'store'>,
  { written, path }: WantedSecret,
  wrong: (path: string) => string | undefined,
): string {
  const refuse = (why: string): never => {
    throw new SidemuxError(
      `no policy can be written for ${server} at store ${showStore(store)}: ${visibleLine(written)}: ${why}`,
      { hint: 'correct or rename it, then run: sidemux secrets policy', exitCode: 2 },
    )
  }
  if (visibleLine(path) !== path) return refuse("it holds a character that can't be seen")
  // Policy languages fill in what stands in braces.
  if (/[{}]/.test(path)) return refuse('it holds a brace, which policies fill in')
  const problem = wrong(path)
  return problem === undefined ? path : refuse(problem)
}

export function placeholdersIn(policy: Policy['policy']): readonly string[] {
  const text = typeof policy === 'string' ? policy : JSON.stringify(policy)
  return [...new Set(text.match(/<[A-Za-z_][\w-]*>/g))]
}

/** Said where a reference names a field: no back end gives out less than a whole secret. */
export function fieldNote(reads: readonly WantedSecret[]): readonly string[] {
  return reads.some(({ field }) => field !== undefined)
    ? ['a secret is read as a whole: the fields of it that no reference names can be read too']
    : []
}
