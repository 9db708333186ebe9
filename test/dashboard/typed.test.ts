/** Promise 4: whose typed word is a person's, one rule for `sidemux approvals` and `sidemux call`. */
import { expect, it } from 'vitest'
import { refuseTyped, type Typist } from '../../src/dashboard/caller/typed.ts'
import { refusalError } from '../../src/dashboard/neighbours/refusals.ts'
import type { LocalRefusal } from '../../src/dashboard/page-wire.ts'

const person: Typist = { standing: 'clear', processes: 1, sitsAtTerminal: true }

it.each<[string, Partial<Typist>, LocalRefusal | undefined]>([
  ['a person at a terminal of his own', {}, undefined],
  ['nobody at a terminal', { sitsAtTerminal: false }, 'no-terminal'],
  ['in the tree of a sidecar, at a terminal', { standing: 'inside' }, 'inside'],
  ['a shell of the application that runs sidemux', { standing: 'host' }, 'host'],
  ['what a server may have left behind', { standing: 'orphan' }, 'orphan'],
  ['where the system does not tell', { standing: 'unknown' }, 'unknown'],
  ['another user', { standing: 'other-user' }, 'other-user'],
  ['who has hung up', { standing: 'gone' }, 'not-allowed'],
  ['one of two processes', { processes: 2 }, 'unknown'],
  ['no process at all', { processes: 0 }, 'unknown'],
])('%s', (_who, facts, why) => {
  expect(refuseTyped({ ...person, ...facts })).toBe(why)
})

const PAGE = 'decide on the page in the browser: sidemux approvals page'
const CONSOLE = /or a login of its own \(ssh, a text console\)$/

it.each<[LocalRefusal, string | undefined, readonly (string | RegExp)[]]>([
  ['orphan', undefined, [PAGE, 'a terminal that was open before', CONSOLE]],
  ['orphan', 'no screen', ['no page can be opened here (no screen)', CONSOLE]],
  ['host', undefined, [PAGE, 'terminal window of your own']],
  ['host', 'no screen', ['(no screen)', 'terminal window of your own']],
  ['unknown', undefined, [PAGE]],
  ['unknown', 'no screen', ['(no screen)']],
  ['inside', 'no screen', ['in a terminal of your own']],
])('names the way that works for %s, where a page: %s', (why, noPage, parts) => {
  const { hint = '', exitCode } = refusalError(why, noPage)
  for (const part of parts) expect(hint).toMatch(part)
  expect([hint.includes('approvals page'), exitCode]).toEqual([parts.includes(PAGE), 3])
})
