/**
 * The reading tools of a server as one grant (promise 4): who is in the group, and that the grant covers exactly those
 * tools, as they were.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { GrantBook } from '../../src/approval/grants/grant-book.ts'
import { isFor, pickGrant, whyNotCovered, whyVoid } from '../../src/approval/grants/grant-coverage.ts'
import { checkWish, offerFor, type GrantWish } from '../../src/approval/grants/grant-offer.ts'
import type { ToolGroup } from '../../src/approval/grants/group.ts'
import { grantOf, type GrantSubject } from '../../src/approval/grants/grants.ts'
import { readingGroup } from '../../src/catalog/offers/reading-group.ts'
import { select, type CatalogServer, type Entry } from '../../src/catalog/offers/select.ts'
import type { Tool } from '../../src/upstream/messages/tool.ts'

const NOW = 1_800_000_000_000
const DAYS = 24 * 3_600_000
const hash = (letter: string): string => letter.repeat(64)
const group: ToolGroup = {
  tools: [
    { tool: 'get_issue', toolHash: hash('a') },
    { tool: '__proto__', toolHash: hash('b') },
  ],
  patterns: ['get_issue', '__proto__'],
}
const subject: GrantSubject = {
  server: 'github',
  tool: 'get_issue',
  launchHash: hash('1'),
  toolHash: hash('a'),
  ruleHash: hash('2'),
}
const wish: GrantWish = { group: true, fixed: [], uses: undefined, ms: 30 * DAYS }

describe('who is in it', () => {
  const tool = (name: string, more: Partial<Tool> = {}): Tool => ({
    name,
    inputSchema: { type: 'object', properties: {} },
    ...more,
  })
  const entriesOf = (tools: readonly Tool[], rules: CatalogServer['rules'] = {}): Entry[] =>
    tools.map((one) => select({ id: 'box', launchHash: 'l', rules }, one, one))
  const two = [tool('get_a'), tool('get_b')]
  const statement = { type: 'object', properties: { sql: { type: 'string' } } } as const

  test.each<[string, readonly Entry[], readonly string[] | undefined]>([
    ['silent tools whose names read', entriesOf(two), ['get_a', 'get_b']],
    ['nouns too', entriesOf([tool('directory_tree'), tool('search')]), ['directory_tree', 'search']],
    [
      'none that the server lets read anyway',
      entriesOf([...two, tool('get_c', { annotations: { readOnlyHint: true } })]),
      ['get_a', 'get_b'],
    ],
    [
      'none of which the server says that it changes',
      entriesOf([...two, tool('get_c', { annotations: { readOnlyHint: false } })]),
      ['get_a', 'get_b'],
    ],
    [
      'none of which it says that it can destroy',
      entriesOf([...two, tool('get_c', { annotations: { destructiveHint: true } })]),
      ['get_a', 'get_b'],
    ],
    [
      'none with a changing word behind a conjunction',
      entriesOf([...two, tool('get_and_delete'), tool('list_then_zap')]),
      ['get_a', 'get_b'],
    ],
    [
      'none that runs what it is given',
      entriesOf([
        ...two,
        tool('get_rows', { inputSchema: statement }),
        tool('query', { inputSchema: statement }),
      ]),
      ['get_a', 'get_b'],
    ],
    [
      'none that changes or says nothing',
      entriesOf([...two, tool('create_x'), tool('thing'), tool('delete_y')]),
      ['get_a', 'get_b'],
    ],
    [
      'none that a rule asks about',
      entriesOf([...two, tool('get_secret')], { confirm: ['get_secret'] }),
      ['get_a', 'get_b'],
    ],
    [
      'none that is hidden or blocked',
      entriesOf([...two, tool('get_c')], { block: ['get_c'] }),
      ['get_a', 'get_b'],
    ],
    [
      'none whose definition changed',
      [
        ...entriesOf(two),
        select({ id: 'box', launchHash: 'l', rules: {} }, tool('get_c', { title: 'new' }), tool('get_c')),
      ],
      ['get_a', 'get_b'],
    ],
    ['none in letters that only look alike', entriesOf([...two, tool('gеt_c')]), ['get_a', 'get_b']],
    ['nothing for one tool alone', entriesOf([tool('get_a'), tool('create_b')]), undefined],
    ['nothing where all is asked about by rule', entriesOf(two, { confirm: ['*'] }), undefined],
    [
      'nothing of another server',
      entriesOf(two).map((entry) => ({ ...entry, target: { ...entry.target, server: 'other' } })),
      undefined,
    ],
  ])('%s', (_what, entries, names) => {
    expect(readingGroup('box', entries)?.tools.map(({ tool: name }) => name)).toEqual(names)
  })

  test('is called by patterns that fit nothing else', () => {
    const names = ['get_a', 'get_b', 'list_a', 'list_b', 'list_and_purge', 'search']
    expect(readingGroup('box', entriesOf(names.map((name) => tool(name))))?.patterns).toEqual([
      'get_*',
      'list_a',
      'list_b',
      'search',
    ])
  })
})

describe('what is offered', () => {
  const offer = (risk: 'unknown' | 'write' | 'destructive', changed = false) =>
    offerFor(risk, { a: 1 }, changed, { a: 1 }, { tool: 'get_issue', group })?.group

  test('beside any question but one about what can not be undone, or changed', () => {
    const expected = { tools: ['get_issue', '__proto__'], patterns: group.patterns, maxMs: 30 * DAYS }
    expect([offer('unknown'), offer('write')]).toEqual([expected, expected])
    expect([offer('destructive'), offer('unknown', true)]).toEqual([undefined, undefined])
  })

  const whole = offerFor('unknown', { a: 1 }, false, { a: 1 }, { tool: 'get_issue', group })
  test.each<[string, Partial<GrantWish>, RegExp | undefined]>([
    ['all of it', {}, undefined],
    ['counted', { uses: 5 }, undefined],
    ['a millisecond too long', { ms: 30 * DAYS + 1 }, /720 hours at most/],
    ['without end', { ms: Infinity }, /milliseconds/],
    ['no use', { uses: 0 }, /above 0/],
    ['an argument fixed', { fixed: ['a'] }, /no arguments that could be fixed/],
  ])('%s', (_what, part, why) => {
    if (whole === undefined) throw new Error('nothing was offered')
    const found = checkWish(whole, { ...wish, ...part })
    if (why === undefined) expect(found).toBeUndefined()
    else expect(found).toMatch(why)
  })

  test('not where none is', () => {
    const alone = offerFor('unknown', {}, false)
    expect(alone && checkWish(alone, wish)).toMatch(/no group of tools is offered/)
  })
})

describe('what is covered', () => {
  const fresh = { id: 'g', salt: 's', now: NOW }
  const grant = grantOf(subject, { args: { a: 1 }, shown: { a: 1 }, risk: 'unknown', group }, wish, fresh)

  test.each<[string, Partial<GrantSubject>, RegExp | undefined]>([
    ['the tool that asked', {}, undefined],
    ['another one of the group', { tool: '__proto__', toolHash: hash('b') }, undefined],
    ['one that came later', { tool: 'get_later', toolHash: hash('c') }, /for other tools/],
    [
      'one that took a name of the group',
      { tool: '__proto__', toolHash: hash('a') },
      /definition of the tool changed/,
    ],
    ['one that was renamed', { tool: 'get_issue_2' }, /for other tools/],
    ['one that changed', { toolHash: hash('c') }, /definition of the tool changed/],
    ['a member of every object', { tool: 'constructor' }, /for other tools/],
    ['another server', { server: 'gitlab' }, /for other tools/],
    ['another launch command', { launchHash: hash('9') }, /launch command changed/],
    ['other rules', { ruleHash: hash('9') }, /rules, profile or environment/],
  ])('%s', (_what, change, why) => {
    const found = whyNotCovered(grant, { ...subject, ...change }, { any: { thing: [1] }, x: 2 }, NOW + 1)
    if (why === undefined) expect(found).toBeUndefined()
    else expect(found).toMatch(why)
    expect(pickGrant([grant], { ...subject, ...change }, {}, NOW + 1) === undefined).toBe(why !== undefined)
  })

  test('nothing of the question itself where its tool is none of the group', () => {
    const write = { ...subject, tool: 'create_issue', toolHash: hash('f') }
    const given = grantOf(write, { args: {}, shown: {}, risk: 'write', group }, wish, fresh)
    expect(isFor(given, write)).toBe(false)
    expect(whyVoid(given, subject)).toBeUndefined()
    expect(whyNotCovered(given, write, {}, NOW)).toMatch(/for other tools/)
  })

  test('a grant for the tool alone is used first', () => {
    const alone = grantOf(
      subject,
      { args: {}, shown: {}, risk: 'unknown' },
      { ...wish, group: undefined } as never,
      {
        ...fresh,
        id: 'alone',
      },
    )
    expect(pickGrant([grant, alone], subject, {}, NOW)?.id).toBe('alone')
  })
})

test('the book keeps it as one grant, which is counted, found after a restart, and revoked whole', () => {
  const state = mkdtempSync(join(tmpdir(), 'sidemux-groups-'))
  onTestFinished(() => rmSync(state, { recursive: true, force: true }))
  const book = (): GrantBook =>
    new GrantBook({
      stateDir: state,
      configFile: '/x/servers.yaml',
      now: Date.now,
      onError: (e) => expect.fail(e.message),
    })
  const offer = offerFor('unknown', { a: 1 }, false, { a: 1 }, { tool: 'get_issue', group })
  if (offer === undefined) throw new Error('nothing was offered')
  const call = { args: { a: 1 }, shown: { a: 1 }, offer, group }
  const first = book()
  const { id } = first.remember(subject, call, { ...wish, uses: 2 })
  const second = book()
  expect(second.list()).toMatchObject([{ id, group, free: [], fixed: {} }])
  expect(second.use({ ...subject, tool: '__proto__', toolHash: hash('b') }, { z: 1 })).toMatchObject({
    id,
    used: 1,
    left: 1,
  })
  expect(first.use(subject, {})).toMatchObject({ id, used: 2, left: 0 })
  expect(second.use(subject, {})).toBeUndefined()
  const again = first.remember(subject, call, wish)
  expect(second.revoke(again.id)).toBe(true)
  expect(first.use(subject, {})).toBeUndefined()
  expect(() => first.remember(subject, { args: {}, shown: {}, offer }, wish)).toThrow(
    /no group of tools is known/,
  )
})
