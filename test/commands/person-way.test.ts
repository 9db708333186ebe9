/** What `sidemux call` tells the person who typed it: never that he should tell himself, always what he can do. */
import { describe, expect, it } from 'vitest'
import { withPersonWay, type AskedFor } from '../../src/commands/call/person-way.ts'
import { SidemuxError } from '../../src/errors.ts'
import type { BlockedBy, Outcome } from '../../src/pipeline/call.ts'

const typed: AskedFor = { server: 'box', tool: 'wipe', refusal: undefined, hasTerminal: true }
const refusal = new SidemuxError('this shell is not believed', { hint: 'sidemux approvals page' })
const MODEL = 'tell the user that this host can not ask for the decision'
const blocked = (by: BlockedBy, reason = 'not executed'): Outcome => ({
  kind: 'blocked',
  by,
  reason,
  hint: MODEL,
})

describe('the way of a person', () => {
  it.each<[string, BlockedBy, Partial<AskedFor>, RegExp]>([
    ['in a script', 'approval', { hasTerminal: false }, /^run it in a terminal window of your own/],
    ['of a terminal that is not believed', 'approval', { refusal }, /^sidemux approvals page$/],
    ['after a no', 'human', {}, /^run the same command again/],
    ['after a wait', 'approval', {}, /^run the same command again/],
    ['at a rule', 'boundary', {}, /sidemux tools --explain box\/wipe$/],
  ])('%s', (_where, by, caller, hint) => {
    const reason = caller.refusal === undefined ? 'x' : `nobody could be asked: ${caller.refusal.message}`
    expect(withPersonWay(blocked(by, reason), { ...typed, ...caller })).toEqual({
      ...blocked(by, reason),
      hint: expect.stringMatching(hint),
    })
  })

  it('a refusal of the terminal that is not why it did not run is not told', () => {
    expect(withPersonWay(blocked('approval', 'nobody answered'), { ...typed, refusal })).not.toMatchObject({
      hint: refusal.hint,
    })
  })

  it.each<Outcome>([blocked('limit'), blocked('audit'), { kind: 'failed', reason: 'x', hint: 'y' }])(
    'what serves both is left as it is (%j)',
    (outcome) => {
      expect(withPersonWay(outcome, typed)).toBe(outcome)
    },
  )
})
