/** What a host is listed under a surface, and what it can call through our own tool. */
import { describe, expect, it } from 'vitest'
import { select, type CatalogServer, type Entry } from '../../src/catalog/offers/select.ts'
import { locked } from '../../src/sidecar/host/host-lock.ts'
import { HostSurface } from '../../src/surface/host-surface.ts'
import { innerCall } from '../../src/surface/inner-call.ts'
import { keptNothing } from '../../src/surface/kept.ts'
import { surfaceRules, type SurfaceRules } from '../../src/surface/options.ts'
import { CALL_TOOL, SEARCH_TOOL, searchSurface } from '../../src/surface/own-tools.ts'
import { ToolSearch } from '../../src/surface/search/tool-search.ts'
import { isTool } from '../../src/wire/shapes/offers.ts'
import type { Tool } from '../../src/upstream/messages/tool.ts'

function entry(id: string, name: string, server: Partial<CatalogServer> = {}, more: object = {}): Entry {
  const annotations = { readOnlyHint: name.startsWith('get_') }
  const tool: Tool = { name, annotations, inputSchema: { type: 'object' }, ...more }
  return select({ id, launchHash: '', rules: {}, ...server }, tool, tool)
}

const ENTRIES = [
  entry('git', 'get_log'),
  entry('git', 'delete_branch'),
  entry('page', 'get_page', { apps: true }),
  entry('page', 'get_for_page', { apps: true }, { _meta: { ui: { visibility: ['app'] } } }),
  entry('files', 'read', { rules: { block: ['read'] } }),
]
const LISTED = ENTRIES.flatMap(({ listed }) => (listed === undefined ? [] : [listed]))

function surface(rules: Partial<SurfaceRules> = {}): HostSurface {
  return new HostSurface({
    rules: { mode: 'search', keep: [], ...rules },
    servers: ['git', 'page', 'files'],
    entries: () => ENTRIES,
    unknown: () => [],
    listed: async () => undefined,
    cutsResults: false,
    readResult: () => ({ wrong: 'nothing is kept' }),
    search: async () => new ToolSearch(),
  })
}

const names = (list: readonly Readonly<Record<string, unknown>>[]): unknown[] => list.map(({ name }) => name)
const PLAIN = { flat: true, pages: false }

describe('a list', () => {
  it.each([
    [['git'], ['git_get_log', 'git_delete_branch']],
    [['git/get_*'], ['git_get_log']],
    [['{git,page}/get_*'], ['git_get_log', 'page_get_page', 'page_get_for_page']],
    [['git/none', 'nobody'], []],
    [['files'], []],
  ])('with search keeps of %j', (keep, kept) => {
    expect(names(surface({ keep }).tools(LISTED, PLAIN))).toEqual([SEARCH_TOOL, CALL_TOOL, ...kept])
  })

  it('is the same object where all is listed', () => {
    expect(surface({ mode: 'all', keep: ['git'] }).tools(LISTED, PLAIN)).toBe(LISTED)
  })

  it('is fixed where nothing of servers is in it, so nobody waits for them', () => {
    expect(surface().isFixed('tools', false)).toBe(true)
    expect(surface().isFixed('tools', true)).toBe(false)
    expect(surface().isFixed('prompts', false)).toBe(false)
    expect(surface({ keep: ['git'] }).isFixed('tools', false)).toBe(false)
    expect(surface({ mode: 'all' }).isFixed('tools', false)).toBe(false)
  })

  it('has what pages call, for a host that shows pages', () => {
    const list = surface().tools(LISTED, { flat: true, pages: true })
    expect(names(list)).toEqual([SEARCH_TOOL, CALL_TOOL, 'page_get_page', 'page_get_for_page'])
  })

  it('marks our own tool for the host where something behind it asks', () => {
    const mark = (keep: string[]): unknown[] => {
      const targets = ENTRIES.map(({ target }) => target)
      const lock = { grants: [], subject: () => ({}) as never, now: 0 }
      const list = locked(surface({ keep }).tools(LISTED, PLAIN), targets, lock)
      return names(list.filter(({ _meta: meta }) => meta !== undefined))
    }
    expect(mark([])).toEqual([CALL_TOOL])
    expect(mark(['git'])).toEqual(['git_delete_branch'])
  })
})

it('tells which patterns keep nothing', () => {
  expect(keptNothing(['git', 'git/none', 'nobody'], ENTRIES)).toEqual(['git/none', 'nobody'])
})

describe('our own tools', () => {
  const many = Array.from({ length: 300 }, (_, at) => `server-${at}`)

  it('are tools of MCP, with names that fit every host and schemas without anything that one refuses', () => {
    for (const tool of searchSurface(many)) {
      expect(isTool(tool)).toBe(true)
      expect(tool['name']).toMatch(/^[A-Za-z0-9_-]{1,46}$/)
      expect(String(tool['description']).length).toBeLessThan(2000)
      const { properties } = tool['inputSchema'] as { properties: Record<string, Record<string, unknown>> }
      for (const schema of Object.values(properties)) {
        expect(['string', 'integer']).toContain(schema['type'])
        expect(Object.keys(schema)).toEqual(['type', 'description'])
      }
    }
  })

  it('are not there where all is listed', async () => {
    const all = surface({ mode: 'all' })
    expect(all.isOwn(CALL_TOOL)).toBe(false)
    expect(all.inner(CALL_TOOL, { name: 'git_get_log' })).toBeUndefined()
  })

  it('propose no name that a model can not find', async () => {
    expect(await surface().near('page_get_for_pag')).not.toContain('page_get_for_page')
    expect(await surface().near('files_read')).not.toContain('files_read')
    expect(await surface().near('git_get_lgo')).toContain('git_get_log')
  })
})

describe('an inner call', () => {
  it.each([
    [{ name: 'a_b' }, { name: 'a_b', args: {} }],
    [
      { name: 'a_b', arguments: null },
      { name: 'a_b', args: {} },
    ],
    [
      { name: 'a_b', arguments: ' ' },
      { name: 'a_b', args: {} },
    ],
    [
      { name: 'a_b', arguments: { x: 1 } },
      { name: 'a_b', args: { x: 1 } },
    ],
    [
      { name: 'a_b', arguments: '{"x": {"y": [1]}}' },
      { name: 'a_b', args: { x: { y: [1] } } },
    ],
    [{ name: '' }, /^name is required/],
    [{ name: 5 }, /^name is required/],
    [{ name: 'a_b', arguments: 'x' }, /not a JSON object/],
    [{ name: 'a_b', arguments: '"{}"' }, /not a JSON object/],
    [{ name: 'a_b', arguments: `${'['.repeat(300)}${']'.repeat(300)}` }, /not a JSON object/],
    [{ name: 'a_b', x: 1 }, /belong into arguments/],
  ])('of %j', (args, read) => {
    const inner = innerCall(args)
    if (read instanceof RegExp) expect(inner).toMatch(read)
    else expect(inner).toEqual(read)
  })

  it('keeps every digit, and a member that is called __proto__', () => {
    const inner = innerCall({ name: 'a', arguments: '{"id": 12345678901234567890, "__proto__": {"x": 1}}' })
    if (typeof inner === 'string') throw new Error(inner)
    expect(String(inner.args['id'])).toBe('12345678901234567890')
    expect(Object.keys(inner.args)).toEqual(['id', '__proto__'])
  })
})

type Given = Parameters<typeof surfaceRules>[0]

it.each([
  ['all', undefined, undefined, { mode: 'all', keep: [] }],
  [undefined, undefined, undefined, { mode: 'all', keep: [] }],
  [{ mode: 'search', keep: ['a'] }, undefined, undefined, { mode: 'search', keep: ['a'] }],
  [{ mode: 'search', keep: ['a'] }, 'all', undefined, { mode: 'all', keep: ['a'] }],
  ['search', { mode: 'search', keep: ['b'] }, undefined, { mode: 'search', keep: ['b'] }],
  [{ mode: 'all', keep: ['a'] }, undefined, 'search', { mode: 'search', keep: ['a'] }],
  ['search', 'search', 'all', { mode: 'all', keep: [] }],
] as [Given, Given, SurfaceRules['mode'] | undefined, SurfaceRules][])(
  'of the file %j, the profile %j and the command line %j is %j',
  (file, profile, line, rules) => {
    expect(surfaceRules(file, profile, line)).toEqual(rules)
  },
)
