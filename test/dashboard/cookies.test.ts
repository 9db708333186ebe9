/** What of a browser's Cookie header is this run's; every port of 127.0.0.1 can set what it likes. */
import { expect, it } from 'vitest'
import { SessionCookie } from '../../src/dashboard/door/cookies.ts'

const cookie = new SessionCookie('run-1')

it.each<[string, string | undefined, string[]]>([
  ['none', undefined, []],
  ['an empty one', '', []],
  ['ours', 'sidemux-run-1=abc', ['abc']],
  ['ours among others', 'theme=dark; sidemux-run-1=abc; lang=de', ['abc']],
  ['without blanks', 'a=1;sidemux-run-1=abc;b=2', ['abc']],
  ["another run's", 'sidemux-run-2=abc', []],
  ['of a run whose name begins like ours', 'sidemux-run-10=abc', []],
  ['a name that ends like ours', 'x-sidemux-run-1=abc', []],
  ['another case', 'Sidemux-Run-1=abc', []],
  ['a value with an equals sign', 'sidemux-run-1=a=b', ['a=b']],
  ['somebody set one before ours', 'sidemux-run-1=theirs; sidemux-run-1=ours', ['theirs', 'ours']],
  ['five', Array(5).fill('sidemux-run-1=x').join('; '), ['x', 'x', 'x', 'x']],
])('%s', (_what, header, expected) => {
  expect(cookie.values(header)).toEqual(expected)
})

it('is out of reach of scripts and of other sites (promise 4)', () => {
  expect(cookie.set('abc')).toBe('sidemux-run-1=abc; HttpOnly; SameSite=Strict; Path=/')
})
