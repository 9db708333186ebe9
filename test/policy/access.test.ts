import { describe, expect, it } from 'vitest'
import { decideAccess, unmatchedAccess, type AccessKind } from '../../src/policy/access.ts'
import type { AccessRules } from '../../src/policy/options.ts'
import type { Risk } from '../../src/policy/risk/risk.ts'
import type { VerdictKind } from '../../src/policy/rules.ts'

const READS: Risk = { class: 'read', why: 'it reads' }

describe('the verdict over a prompt or a resource', () => {
  const cases: [
    string,
    AccessKind,
    string,
    AccessRules | undefined,
    AccessRules | undefined,
    VerdictKind,
    string,
  ][] = [
    ['no rule', 'prompt', 'review', undefined, undefined, 'allow', 'risk'],
    [
      'an allow that names it',
      'prompt',
      'review',
      { allow: ['re*'] },
      undefined,
      'allow',
      'prompts.allow: re*',
    ],
    ['an allow that does not', 'prompt', 'x', { allow: ['re*'] }, undefined, 'hidden', 'prompts.allow'],
    ['an empty allow', 'prompt', 'x', { allow: [] }, undefined, 'hidden', 'prompts.allow'],
    [
      'allow, named by confirm',
      'prompt',
      'x',
      { allow: ['a'], confirm: ['x'] },
      undefined,
      'confirm',
      'prompts.confirm: x',
    ],
    [
      'confirm over allow',
      'prompt',
      'x',
      { allow: ['*'], confirm: ['x'] },
      undefined,
      'confirm',
      'prompts.confirm: x',
    ],
    [
      'block over all',
      'prompt',
      'x',
      { allow: ['x'], confirm: ['x'], block: ['?'] },
      undefined,
      'block',
      'prompts.block: ?',
    ],
    ['block over hidden', 'prompt', 'x', { allow: [], block: ['x'] }, undefined, 'block', 'prompts.block: x'],
    ["the profile's block", 'prompt', 'x', { allow: ['x'] }, { block: ['x'] }, 'block', 'profile block: x'],
    ["the profile's allow", 'prompt', 'x', { allow: ['x'] }, { allow: ['y'] }, 'hidden', 'profile allow'],
    [
      "the profile's confirm",
      'prompt',
      'x',
      { allow: ['x'] },
      { confirm: ['x'] },
      'confirm',
      'profile confirm: x',
    ],
    ['a profile never widens', 'prompt', 'x', { allow: ['y'] }, { allow: ['x'] }, 'hidden', 'prompts.allow'],
    [
      "the profile's confirm brings nothing back",
      'prompt',
      'x',
      {},
      { allow: [], confirm: ['x'] },
      'hidden',
      'profile allow',
    ],
    [
      'a resource',
      'resource',
      'file:///a/b',
      { block: ['file:///a/*'] },
      undefined,
      'block',
      'resources.block: file:///a/*',
    ],
    [
      'a template',
      'template',
      'db://{id}',
      { block: ['db://*'] },
      undefined,
      'block',
      'resources.block: db://*',
    ],
    [
      'a template that allow names',
      'template',
      'db://{id}',
      { allow: ['db://?id?'] },
      undefined,
      'allow',
      'resources.allow: db://?id?',
    ],
  ]
  it.each(cases)('%s', (_what, kind, name, rules, profile, verdict, rule) => {
    expect(decideAccess(kind, name, READS, rules, profile)).toMatchObject({
      kind: verdict,
      rule,
      risk: 'read',
    })
  })
})

describe('a URI that is written in another way', () => {
  it.each([
    'file:///etc/passwd',
    'FILE:///etc/passwd',
    'file:/etc/passwd',
    'file:///etc/%70asswd',
    'file:///home/../etc/passwd',
    'file:///home/%2e%2E/etc/passwd',
    'file:///home/..%2Fetc%2fpasswd',
    'file:///home/..\\etc\\passwd',
    'file:///home/.\t./etc/passwd',
    ' file:///etc/passwd',
  ])('%j is blocked as what it leads to', (uri) => {
    expect(decideAccess('resource', uri, READS, { block: ['file:///etc/*'] }).kind).toBe('block')
    expect(decideAccess('resource', uri, READS, { confirm: ['file:///etc/*'] }).kind).toBe('confirm')
    expect(decideAccess('resource', uri, READS, { allow: ['file:///home/*'] }).kind).toBe('hidden')
    expect(decideAccess('resource', uri, READS, {}, { allow: ['file:///home/*'] }).kind).toBe('hidden')
  })

  it.each([
    ['file:///home/a%20b', 'file:///home/a%20*'],
    ['file:///home/a b', 'file:///home/a b'],
    ['file:///home/é', 'file:///home/é'],
    ['file:///home/%C3%A9', 'file:///home/*'],
    ['https://example.com', 'https://example.com'],
    ['memo:insights', 'memo:*'],
    ['memo:a/../b', 'memo:a/*'],
    ['not a URI', 'not*'],
    ['db://rows/100%', 'db://rows/*'],
  ])('%j is allowed by %j', (uri, pattern) => {
    expect(decideAccess('resource', uri, READS, { allow: [pattern] })).toMatchObject({ kind: 'allow' })
  })

  it('is allowed where both ways are', () => {
    const rules = { allow: ['file:///home/*', 'file:///tmp/*'] }
    expect(decideAccess('resource', 'file:///home/../tmp/x', READS, rules).kind).toBe('allow')
  })
})

it('names the patterns that match nothing', () => {
  expect(unmatchedAccess({ allow: ['a*', 'b'], confirm: ['b'], block: ['c'] }, ['ab', 'c'])).toEqual(['b'])
  expect(unmatchedAccess({}, [])).toEqual([])
})
