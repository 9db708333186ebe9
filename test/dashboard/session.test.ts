/** How long a page that was just opened decides nothing (promise 4). */
import { expect, it } from 'vitest'
import { SESSION_TIMES, Sessions } from '../../src/dashboard/session.ts'

it.each([
  ["the user's own browser", false, 2000],
  ['what a server may have left behind, and would lose to a browser that takes its time', true, 6000],
])('%s', (_who, isOrphan, settles) => {
  const sessions = new Sessions({ now: () => 1000, ...SESSION_TIMES })
  const exchange = sessions.exchange(sessions.mint(), 'pid 1', isOrphan)
  expect(exchange).toMatchObject({ kind: 'begun', session: { decidesFrom: 1000 + settles } })
})
