/**
 * A person at the page, who does what the page suggests: the first time that a server asks, its reading tools as one
 * group for as long as they may; "always allow" with the arguments that are fixed by default for what isn't
 * destructive; and a yes for this once for what is. With `lasting` he does the same for what is destructive, within what
 * the page offers (20 times, 8 hours).
 */
import { setTimeout as after } from 'node:timers/promises'
import { Visitor } from '../servers/visitor.mjs'

const POLL_MS = 20

/** The grant that he adds to his yes, if any. Pure. @param met servers that have asked before */
export function grantFor({ facts, offer }, met, { lasting = false } = {}) {
  if (offer === undefined) return undefined
  if (offer.group !== undefined && !met.has(facts.server))
    return { group: true, fixed: [], ms: offer.group.maxMs }
  if (offer.risk === 'destructive' && !lasting) return undefined
  const fixed = offer.fixedByDefault ?? []
  if (!offer.anyArguments && fixed.length === 0) return undefined
  // A folder that the page has chosen, in place of the one value.
  const folders = fixed.filter((name) => offer.within?.[name]?.byDefault !== undefined)
  const within = Object.fromEntries(folders.map((name) => [name, offer.within[name].byDefault]))
  return {
    fixed: fixed.filter((name) => !folders.includes(name)),
    within,
    ms: offer.maxMs,
    ...(offer.maxUses !== undefined && { uses: offer.maxUses }),
  }
}

/**
 * Answers each question, until `signal`.
 * @param dir of the opener
 * @param onQuestion called back before the answer, with the question and the grant
 */
export async function attend(dir, habits, signal, onQuestion) {
  const visitor = new Visitor(dir)
  const met = new Set()
  const seen = new Set()
  while (!signal.aborted) {
    await after(POLL_MS)
    const { sidecars = [] } = (await visitor.state()) ?? {}
    for (const { sidecar, pending } of sidecars)
      for (const question of pending) {
        if (seen.has(question.id) || question.state !== 'open') continue
        seen.add(question.id)
        const grant = grantFor(question, met, habits)
        met.add(question.facts.server)
        onQuestion(question, grant)
        await visitor.answer(sidecar.id, question.id, { answer: 'approve', grant })
      }
  }
}
