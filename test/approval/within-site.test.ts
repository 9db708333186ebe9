/** Grants for a part of a site in place of one address (promise 4): what is offered, and what never is a part of it. */
import { describe, expect, it } from 'vitest'
import { covers } from '../../src/approval/grants/grant-coverage.ts'
import { checkWish, offerFor } from '../../src/approval/grants/grant-offer.ts'
import { grantOf } from '../../src/approval/grants/grants.ts'
import { ELSEWHERE } from '../../src/policy/where/place.ts'
import { subjectOf } from './asked.ts'

type Args = Readonly<Record<string, unknown>>

const subject = subjectOf('browser_navigate')
const offered = (args: Args, risk: 'write' | 'destructive' = 'write') =>
  offerFor(risk, args, false, args, { tool: subject.tool, place: ELSEWHERE })

const DEV = 'http://localhost:3000'

describe('which parts of a site may be chosen', () => {
  it.each<[string, Args, readonly string[], string | undefined]>([
    ['all of a server of this machine, by default', { url: `${DEV}/a?b=1` }, [DEV], DEV],
    [
      'the same by its number',
      { url: 'http://127.0.0.1:4173/' },
      ['http://127.0.0.1:4173'],
      'http://127.0.0.1:4173',
    ],
    ['the same in IPv6', { url: 'http://[::1]:8080/x' }, ['http://[::1]:8080'], 'http://[::1]:8080'],
    [
      'a name below localhost',
      { url: 'http://app.localhost/' },
      ['http://app.localhost'],
      'http://app.localhost',
    ],
    [
      'another site only by choice, and below its paths',
      { url: 'https://github.com/acme/shop/issues?q=1' },
      ['https://github.com/acme/shop', 'https://github.com/acme', 'https://github.com'],
      undefined,
    ],
    [
      'a host that only begins like this machine',
      { url: 'http://localhost.evil.example/' },
      ['http://localhost.evil.example'],
      undefined,
    ],
    ['what a list has in common', { urls: [`${DEV}/a/1`, `${DEV}/b/2`] }, [DEV], DEV],
    ['two sites in one list', { urls: [`${DEV}/a`, 'http://localhost:3001/a'] }, [], undefined],
    ['a user name', { url: 'http://me@localhost:3000/' }, [], undefined],
    ['a host in unusual writing', { url: 'http://2130706433/' }, [], undefined],
    ['a backslash', { url: 'http://localhost:3000\\@evil.example/' }, [], undefined],
    ['a file', { url: 'file:///home/me/a.html' }, [], undefined],
    ['a script', { url: 'javascript:alert(1)' }, [], undefined],
    ['no address', { url: 'localhost:3000' }, [], undefined],
    ['an address in another argument', { text: `${DEV}/` }, [], undefined],
    ['a path with signs in it', { url: `${DEV}/a*/b/c` }, [DEV], DEV],
  ])('%s', (_what, args, folders, byDefault) => {
    const [name = ''] = Object.keys(args)
    const offer = offered(args)?.within?.[name]
    expect(offer?.folders ?? []).toEqual(folders)
    expect(offer?.byDefault).toBe(byDefault)
  })

  it('never by default for what can not be undone', () => {
    expect(offered({ url: `${DEV}/a` }, 'destructive')?.within).toEqual({ url: { folders: [DEV] } })
  })

  it('is refused where it was not offered', () => {
    const offer = offered({ url: `${DEV}/a` })
    const wish = { fixed: [], uses: undefined, ms: 1000 }
    expect(offer && checkWish(offer, { ...wish, within: { url: DEV } })).toBeUndefined()
    for (const area of ['http://localhost', 'http://*', 'https://localhost:3000', `${DEV}/b`])
      expect(offer && checkWish(offer, { ...wish, within: { url: area } })).toMatch(/not offered/)
  })
})

describe('a grant for all below https://app.example/shop', () => {
  const area = 'https://app.example/shop'
  const args = { url: `${area}/a` }
  const grant = grantOf(
    subject,
    { args, shown: args, risk: 'write' },
    { fixed: [], within: { url: area }, uses: undefined, ms: 1000 },
    { id: 'one', salt: 's'.repeat(32), now: 0 },
  )
  it.each<[unknown, boolean]>([
    [`${area}/a`, true],
    [`${area}/a/b?c=d#e`, true],
    [area, true],
    ['https://app.example:443/shop/a', true],
    ['https://app.example/shopping', false],
    ['https://app.example/shop/../admin', false],
    ['https://app.example/shop/%2e%2e/admin', false],
    ['https://app.example/shop/%252e%252e/admin', false],
    ['https://app.example/shop/..%2fadmin', false],
    ['https://app.example//shop/../../admin', false],
    ['https://app.example/Shop/a', false],
    ['http://app.example/shop/a', false],
    ['https://app.example:8443/shop/a', false],
    ['https://app.example.evil.example/shop/a', false],
    ['https://app.example@evil.example/shop/a', false],
    ['https://evil.example/https://app.example/shop/a', false],
    ['https://app.example./shop/a', false],
    ['https://app.example\\@evil.example/shop/a', false],
    [' https://app.example/shop/a', false],
    ['//app.example/shop/a', false],
    ['/shop/a', false],
    [[`${area}/a`, 'https://evil.example/'], false],
    [[], false],
    [{ href: `${area}/a` }, false],
    [7, false],
    [undefined, false],
  ])('%j: %s', (url, expected) => {
    expect(covers(grant, subject, { url }, 1, ELSEWHERE)).toBe(expected)
    expect(covers(grant, subject, { url }, 1)).toBe(expected)
  })
})
