/** Says in words what `audit verify` relies on: who could have made the log anew without its noticing. Pure. */
import { headText } from './noted-heads.ts'
import type { Verification } from '../../audit/verify/verify.ts'

/** @param journal how many heads it has; undefined where there is none */
export function reliesOn(
  { sealed, unsealed = 0, lostKey = 0, heads }: Verification,
  journal: number | undefined,
): string[] {
  if (sealed === undefined)
    return unsealed === 0 ? [] : ['without a key: who can write the log can make it anew']
  const { since, readableBy } = sealed
  const day = since.slice(0, 10)
  const readers =
    readableBy.length === 0
      ? 'every server that ran since then was confined and could not read it'
      : `it could be read by servers that ran unconfined: ${readableBy.join(', ')}`
  return [
    `sealed with a key since ${day}; ${readers}`,
    ...(unsealed === 0 ? [] : [`${counted(unsealed)} of before the key, which only hold to each other`]),
    ...(lostKey === 0
      ? []
      : [
          `${counted(lostKey)} whose key is lost: only the order and the ends of their records can be checked`,
        ]),
    journal === undefined
      ? 'no journal of the system is here, or it can not be read: an older state of everything, put back as it was, would not show'
      : `the system's journal: ${journal} ${journal === 1 ? 'head agrees' : 'heads agree'}`,
    ...(heads.length === 0
      ? []
      : [`compare later: sidemux audit verify --since ${heads.map(headText).join(',')}`]),
  ]
}

function counted(segments: number): string {
  return segments === 1 ? '1 segment' : `${segments} segments`
}
