/** How long a page that was just opened decides nothing (promise 4), and how long one is on its way. */
import { expect, it } from 'vitest'
import { SESSION_TIMES, Sessions } from '../../src/dashboard/door/session.ts'

it.each([
  ["the user's own browser", false, 2000],
  ['what a server may have left behind, and would lose to a browser that takes its time', true, 6000],
])('%s', (_who, isOrphan, settles) => {
  const sessions = new Sessions({ now: () => 1000, ...SESSION_TIMES })
  const exchange = sessions.exchange(sessions.mint(), 'pid 1', isOrphan)
  expect(exchange).toMatchObject({ kind: 'begun', session: { decidesFrom: 1000 + settles } })
})

it('a browser is awaited until its page listens, and not for ever, nor when its session is void', () => {
  let now = 0
  const sessions = new Sessions({ now: () => now, ...SESSION_TIMES })
  const enter = (secret: string): string => {
    const exchange = sessions.exchange(secret, 'pid 1')
    return exchange.kind === 'begun' ? exchange.session.id : exchange.kind
  }
  expect(sessions.awaited).toBe(false)
  const first = sessions.mint()
  expect(sessions.awaited).toBe(true)
  const session = enter(first)
  // Its page is loading: another question opens no second one.
  expect(sessions.awaited).toBe(true)
  sessions.arrived(session)
  expect(sessions.awaited).toBe(false)
  enter(sessions.mint())
  now += 10_000
  expect(sessions.awaited).toBe(false)
  const stolen = sessions.mint()
  enter(stolen)
  expect(enter(stolen)).toBe('reused')
  expect(sessions.awaited).toBe(false)
})
