/**
 * What a profile says in the language of seatbelt (promise 2). No Mac runs it here: it is read as its documents say, the
 * last rule that fits counts.
 */
import { posix } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Mount } from '../../src/confine/mounts.ts'
import type { NetworkRules } from '../../src/confine/network.ts'
import { seatbeltProfile } from '../../src/confine/confiner/seatbelt.ts'
import { fakeFiles } from './fake-files.ts'

const disk = fakeFiles(`
  /private/etc/hosts
  /private/etc/master.passwd
  /Users/u/docs/a.md
  /Users/u/docs/keep/.env
  /tmp -> /private/tmp
  /private/tmp/
`)
const MOUNTS: readonly Mount[] = [
  { kind: 'read', path: '/usr' },
  { kind: 'empty', path: '/private/etc/master.passwd', holds: 'file', keep: false },
  { kind: 'empty', path: '/tmp', holds: 'directory', keep: true },
  { kind: 'home', path: '/Users/u', from: '/state/homes/a' },
  { kind: 'write', path: '/Users/u/link', from: '/Users/u/docs' },
  { kind: 'empty', path: '/Users/u/docs/keep', holds: 'directory', keep: false },
  { kind: 'read', path: '/Users/u/docs/keep/given.md' },
]

type Word = string | readonly Word[]

function written(more: { mounts?: readonly Mount[]; network?: NetworkRules } = {}): string {
  return seatbeltProfile({ mounts: MOUNTS, cwd: '/Users/u', network: { kind: 'all' }, ...more }, disk)
}

function rulesIn(text: string): Word[] {
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[()]|[^\s()"]+/g) ?? []
  const read = (): Word => {
    const token = tokens.shift() ?? expect.unreachable('an open bracket')
    if (token !== '(') return token.startsWith('"') ? (JSON.parse(token) as string) : token
    const list: Word[] = []
    while (tokens[0] !== ')') list.push(read())
    tokens.shift()
    return list
  }
  const rules: Word[] = []
  while (tokens.length > 0) rules.push(read())
  return rules
}

/** Of reading or writing a file. */
function verdict(profile: string, operation: 'file-read-data' | 'file-write-create', path: string): Word {
  let last: Word = 'deny'
  for (const rule of rulesIn(profile)) {
    if (!Array.isArray(rule)) continue
    const [how, ...rest] = rule as readonly Word[]
    const operations = rest.filter((word) => typeof word === 'string')
    const filters = rest.filter((word) => typeof word !== 'string')
    const covers = operations.some(
      (name) =>
        name === 'default' ||
        name === operation ||
        (name.endsWith('*') && operation.startsWith(name.slice(0, -1))),
    )
    const fits =
      filters.length === 0 ||
      filters.some(([kind, at]) => at === path || (kind === 'subpath' && path.startsWith(`${String(at)}/`)))
    if (covers && fits) last = how ?? 'deny'
  }
  return last
}

describe('files', () => {
  test.each([
    ['/usr/lib/libc.dylib', 'allow', 'deny'],
    ['/private/etc/hosts', 'allow', 'deny'],
    ['/private/etc/master.passwd', 'deny', 'deny'],
    ['/private/tmp/x', 'deny', 'deny'],
    ['/state/homes/a/.npmrc', 'allow', 'allow'],
    ['/state/homes/b/.npmrc', 'deny', 'deny'],
    ['/Users/u/.ssh/id', 'deny', 'deny'],
    ['/Users/u/docs/a.md', 'allow', 'allow'],
    ['/Users/u/docs/keep/.env', 'deny', 'deny'],
    ['/Users/u/docs/keep/given.md', 'allow', 'deny'],
    ['/Users/u/docs-of-another/a', 'deny', 'deny'],
    ['/Library/Keychains/System.keychain', 'deny', 'deny'],
  ])('%s', (path, read, write) => {
    const profile = written()
    expect(verdict(profile, 'file-read-data', path)).toBe(read)
    expect(verdict(profile, 'file-write-create', path)).toBe(write)
  })

  test('a path ends no rule, whatever is in it', () => {
    const path = '/Users/u/a") (allow default) ("\\'
    const profile = written({ mounts: [{ kind: 'read', path }] })
    expect(verdict(profile, 'file-read-data', posix.join(path, 'b'))).toBe('allow')
    expect(verdict(profile, 'file-read-data', '/Users/u/.ssh/id')).toBe('deny')
  })
})

test('there is a network where it may have one', () => {
  expect(written()).toContain('(allow network-outbound (remote ip "*:*"))')
  for (const kind of ['none', 'named'] as const)
    expect(written({ network: kind === 'named' ? { kind, hosts: [] } : { kind } })).not.toContain('network')
})

test('nobody can be asked to act for it: no keychain, no launch of programs, no events', () => {
  expect(written()).not.toMatch(/securityd|SecurityServer|launchservices|lsd|appleevent/i)
})
